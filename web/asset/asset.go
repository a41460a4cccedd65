package asset

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
)

// smallest is the least that is worth being compressed, in bytes.
const smallest = 512

// Asset is one file, ready to be sent.
type Asset struct {
	Name    string // of the file, with slashes and without one before it
	Kind    string // its Content-Type
	Body    []byte
	zipped  []byte // nil: it is sent as it is
	etag    string
	forever permanence
}

// permanence says that a name stands for the same bytes always.
type permanence bool

// New makes an asset of a file.
func New(name string, body []byte) (*Asset, error) {
	sum := sha256.Sum256(body)
	a := &Asset{Name: name, Kind: kindOf(name), Body: body, etag: base64.RawURLEncoding.EncodeToString(sum[:]), forever: hashed(name)}
	if !compressible(a.Kind) || len(body) < smallest {
		return a, nil
	}
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err == nil {
		_, err = z.Write(body)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("compress %s: %w", name, err)
	}
	if b.Len() < len(body) {
		a.zipped = b.Bytes()
	}
	return a, nil
}

// ServeHTTP sends the asset. Each coding of it is a representation with an ETag of its own (RFC 9110 section 8.8.3).
func (a *Asset) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", a.Kind)
	h.Set("Cache-Control", "no-cache")
	if a.forever {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	body, etag := a.Body, `"`+a.etag+`"`
	if a.zipped != nil {
		h.Set("Vary", "Accept-Encoding")
		if takesGzip(r.Header.Get("Accept-Encoding")) {
			body, etag = a.zipped, `"`+a.etag+`-gz"`
			h.Set("Content-Encoding", "gzip")
		}
	}
	h.Set("ETag", etag)
	var content io.ReadSeeker = bytes.NewReader(body)
	http.ServeContent(w, r, a.Name, time.Time{}, content)
}

// Size is how many bytes travel to a browser that takes gzip.
func (a *Asset) Size() int {
	if a.zipped != nil {
		return len(a.zipped)
	}
	return len(a.Body)
}

// kindOf is the Content-Type of a file. It does not ask the machine, whose table may be another one.
func kindOf(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".json", ".map":
		return "application/json"
	case ".webmanifest":
		return "application/manifest+json"
	case ".svg":
		return "image/svg+xml"
	case ".png":
		return "image/png"
	case ".ico":
		return "image/vnd.microsoft.icon"
	case ".txt":
		return "text/plain; charset=utf-8"
	case ".woff2":
		return "font/woff2"
	case ".wav":
		return "audio/wav"
	case ".wasm":
		return "application/wasm"
	}
	return "application/octet-stream"
}

func compressible(kind string) bool {
	return strings.HasPrefix(kind, "text/") || strings.HasPrefix(kind, "application/json") || strings.HasPrefix(kind, "application/manifest") || kind == "image/svg+xml" || kind == "application/wasm"
}

// hashed says whether a name carries a hash of what is in it, as those of chunks do: "chunk-4F7YQ2BM.js".
func hashed(name string) permanence {
	base := path.Base(name)
	stem, _, _ := strings.Cut(base, ".")
	at := strings.LastIndexByte(stem, '-')
	if at < 0 {
		return false
	}
	hash := stem[at+1:]
	const long = 8
	for _, c := range hash {
		switch {
		case c >= '0' && c <= '9', c >= 'A' && c <= 'Z':
		default:
			return false
		}
	}
	return permanence(len(hash) == long)
}

// takesGzip reads an Accept-Encoding (RFC 9110 section 12.5.3).
func takesGzip(accept string) bool {
	star := false
	for part := range strings.SplitSeq(accept, ",") {
		coding, params, _ := strings.Cut(part, ";")
		coding = strings.ToLower(strings.TrimSpace(coding))
		if coding != "gzip" && coding != "*" {
			continue
		}
		wanted := true
		if q, has := strings.CutPrefix(strings.ToLower(strings.ReplaceAll(params, " ", "")), "q="); has {
			weight, err := strconv.ParseFloat(q, 64)
			wanted = err == nil && weight > 0
		}
		if coding == "gzip" {
			return wanted
		}
		star = wanted
	}
	return star
}
