// Package e2e shows the rows of the specification from outside: the real program as a process of its own, on each database, with carriers and
// phones that share no code with it. Everything stays on 127.0.0.0/8.
package e2e
