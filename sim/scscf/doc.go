// Package scscf runs Debian's Kamailio as the S-CSCF of a mobile core: the registrar and proxy that asks an HSS for its subscribers' filter criteria, and an
// application server for their calls (TS 23.228, 24.229). It is for tests, beside the simulated core: what works with both works with what is not ours.
package scscf
