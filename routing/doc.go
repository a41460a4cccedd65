// Package routing is the switchboard: it decides where an attempt to call goes, and runs the call until it ends and is recorded. What it
// needs of the rooms above it (who is this, keep this record) it declares as interfaces; it knows no SQL and no HTTP.
package routing
