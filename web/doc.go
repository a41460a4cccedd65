// Package web is the front desk: the REST API with its OpenAPI description, health and metrics, and the pages that come with the program. It
// touches no wire and no database: what it shows it asks of the rooms below, by the interfaces of ports.go.
package web
