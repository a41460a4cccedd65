// Package desk says what one user is doing now, and what of it changes when: after what they set, their working hours, their phones and their calls. It
// knows no call, no clock, no other user and no database: it is told, and it answers.
package desk
