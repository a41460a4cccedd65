// Package transaction keeps order: every request and response of a Call-ID is handed on in the order in which it came. It knows no dialog.
package transaction
