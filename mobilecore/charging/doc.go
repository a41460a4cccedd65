// Package charging is the office that grants and counts data: packages of 0, 20 and 50 GB, given out in slices, by Diameter Gy and Ro and by Nchf. It declares the
// Ledger that its figures are kept in, and knows no database.
//
// RFC 8506; TS 32.290, 32.291, 32.299 (as far as the peers that were measured use them).
package charging
