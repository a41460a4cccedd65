// Package dialog is one leg's INVITE and its dialogs, as RFC 3261 sections 12 to 15 have them. Its bodies are bytes: it knows no codec and no call.
package dialog
