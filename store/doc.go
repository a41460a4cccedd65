// Package store is the archive, and the only room with SQL: one text of it on SQLite, embedded, and on PostgreSQL. It keeps the records of
// provisioning, the book of calls of routing, and the outbox of events; it decides nothing about them.
package store
