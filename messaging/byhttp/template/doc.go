// Package template says how a carrier's HTTP interface looks: requests are made of texts with placeholders, and what comes in is read by expressions. It opens no
// connection and knows no message.
package template
