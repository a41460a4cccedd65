// Package es2plus is what an operator and its SM-DP+ say to each other about eSIM profiles: orders, confirmations and releases one way, notifications the
// other, and the activation code that a phone scans. It knows no number, user or database.
//
// GSMA SGP.22 v2.5 sections 4.1, 5.3 and 6.5; ITU-T E.118.
package es2plus
