// Package provisioning is the records office: accounts, users, devices, extensions, teams, numbers, trunks, flows and sounds, and the rules
// between them. It reads a site file, says what must change, and asks its Store to change it in one transaction. It knows no SQL, no HTTP
// and no wire.
package provisioning
