package message

// Field is one header that is sent as it stands. Its name is a token, and its value has no line break.
type Field struct{ Name, Value string }
