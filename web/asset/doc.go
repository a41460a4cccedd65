// Package asset serves files that are there when the program starts: each with a strong ETag made of its bytes, compressed once, and kept by browsers for
// as long as its name says. It knows nothing of accounts, pages or the API.
//
// RFC 9110 (ETag, conditional requests, content coding), RFC 8246 (immutable).
package asset
