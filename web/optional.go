package web

import (
	"bytes"
	"encoding/json"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// optional is a field of a merge patch (RFC 7396): absent, null, or a value.
type optional[T any] struct {
	Sent  bool
	Null  bool
	Value T
}

// UnmarshalJSON is called only where the field was sent.
func (o *optional[T]) UnmarshalJSON(b []byte) error {
	o.Sent = true
	if bytes.Equal(b, []byte("null")) {
		o.Null = true
		return nil
	}
	return json.Unmarshal(b, &o.Value)
}

// Schema is that of the value, and null.
func (o optional[T]) Schema(r huma.Registry) *huma.Schema {
	s := huma.SchemaFromType(r, reflect.TypeFor[T]())
	if s.Ref != "" {
		return &huma.Schema{OneOf: []*huma.Schema{s, {Type: "null"}}}
	}
	s.Nullable = true
	return s
}

// set puts what was sent into a field; null is its zero.
func (o optional[T]) set(to *T) {
	if !o.Sent {
		return
	}
	var zero T
	*to = zero
	if !o.Null {
		*to = o.Value
	}
}
