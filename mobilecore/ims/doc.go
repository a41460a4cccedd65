// Package ims is what an IMS application server must know of its core, as text and values: the served user and the session case, anchors against loops,
// redirections, charging vectors, why a leg failed, and the filter criteria that an operator loads. It knows no SIP stack: it reads headers by name.
//
// RFC 3326, 4458, 5502, 5806, 7044, 7315, 7544, 8498; TS 23.218, 24.229, 29.228.
package ims

// Headers is a request or response, as far as it is read here: the values of a header by its name, top first, each line cut at its commas.
type Headers interface{ Values(name string) []string }
