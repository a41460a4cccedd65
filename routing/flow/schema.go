package flow

import _ "embed" // the schema's text

//go:embed schema.json
var schemaDocument string

// SchemaDocument is the JSON Schema (2020-12) of the documents that Parse reads. What a schema cannot say, Parse and Lint do: that ids are told apart,
// that shares are 100 together, that ports belong to branches.
func SchemaDocument() []byte { return []byte(schemaDocument) }
