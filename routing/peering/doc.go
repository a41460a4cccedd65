// Package peering holds the terms of a trunk: what its operator and ours agreed on, codecs, digits, headers, ways of writing numbers, limits,
// and what each rule of them does to a call. All of it are pure functions: it knows no wire, no media and no database.
package peering
