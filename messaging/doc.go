// Package messaging is the SMS switchboard: it keeps every message once, in one order, and sees to it that each channel gets those that it must show.
//
// What comes in, from a handset, a screen, a program or a carrier, is decided upon by rules that know nothing but values (Spread is the table of SPEC M1 to M9),
// and is written in one transaction with the deliveries that it calls for; only then does the sender hear that it was taken. Workers carry the deliveries out,
// each lane in its order, and write what became of them.
//
// It does not know calls, flows, accounts' rules, SQL or HTTP. What it needs of those who do, it declares: Directory, Store, Book.
package messaging
