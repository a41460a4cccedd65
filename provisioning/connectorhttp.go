package provisioning

import "tandem/messaging/byhttp/template"

// How a connector speaks HTTP; HTTPSettings' Check says what is wrong with it.
type (
	// HTTPSettings is how a connector speaks HTTP: each request is made of a template, and what comes in is read by expressions.
	HTTPSettings = template.Settings
	// HTTPTemplate is a request with placeholders.
	HTTPTemplate = template.Request
	// HTTPReading says where in a request or an answer things stand.
	HTTPReading = template.Reading
	// HTTPSign is a signature of requests.
	HTTPSign = template.Sign
)
