package routing

// Cause is why a call or leg ended: a Q.850 value, and the SIP status it came from or goes out as. One table, in this file, ties the two.
type Cause struct {
	Q850 int
	SIP  int
	Text string
}
