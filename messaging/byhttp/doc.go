// Package byhttp carries messages by the HTTP interface of a carrier or program: out by requests made of templates, in by requests that are read by expressions.
// It keeps nothing that a crash may lose.
package byhttp
