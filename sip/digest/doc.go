// Package digest proves who asks and who is asked (RFC 7616, RFC 8760): the server's side keeps no state for a challenge, the client's
// side answers its own realm only. It knows strings: no request, no transaction, no account.
package digest
