// Package config reads what belongs to the process: addresses, directories, limits. Numbers, users, flows and trunks are not here, they
// are records. Defaults come first, then the file, then the environment, then the command line; every key is documented by its struct
// tag, from which the reference file, `config print` and `config env` are made. It opens no socket and no database.
package config
