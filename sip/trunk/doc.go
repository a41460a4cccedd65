// Package trunk keeps each trunk alive on the wire: it registers out, asks OPTIONS, knows which of its servers are well, and in which
// order a call tries them. It knows no call and no number.
package trunk
