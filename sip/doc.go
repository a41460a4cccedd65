// Package sip turns bytes into requests, transactions, dialogs, registrations and trunks, and back. It carries bodies as bytes: it
// never hears of codecs, calls or databases. sipgo lives here, behind the guard, and its types stop here.
//
// RFC 3261, 3262 (planned), 3263, 3264 (as bytes), 3311, 3323, 3325, 3326, 3327, 3515, 3581, 3891, 3892, 5621, 5626 (flows), 5806, 6026,
// 6086, 7044, 7616, 8760.
package sip
