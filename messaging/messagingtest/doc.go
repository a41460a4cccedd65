// Package messagingtest has a store of messages in memory, the suite that every store passes, and carriers and a directory for tests of what hands messages in
// or carries them out.
package messagingtest
