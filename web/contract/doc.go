// Package contract checks from outside what the API promises: that its description is OpenAPI 3.1, and that a client generated from it can run an office. It
// is a module of its own, so that what it needs for that is no dependency of the product.
package contract

import _ "github.com/oapi-codegen/runtime" // what a generated client needs
