// Command tandem is a cloud phone system in one program. This is the only package that knows every room: it reads the configuration, builds
// the rooms bottom up, connects them, waits for a signal, and stops them top down.
package main
