// Package transport owns the sockets: listeners, the guard in front of sipgo, framing, flows. It knows no transaction.
package transport
