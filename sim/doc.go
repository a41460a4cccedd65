// Package sim is the outside world in a box, at wire level: a carrier with customers who call, magic callees who behave as their number
// says, and the phones on the desks. It speaks real SIP and RTP over the loopback, and knows nothing of the product but its addresses.
package sim
