// Package registrar takes REGISTER (RFC 3261 section 10.3): who may bind which Contact to which address of record, until when, and by
// which flow the device is reached. Who sent the request has been proved before it gets here. It knows no call.
package registrar
