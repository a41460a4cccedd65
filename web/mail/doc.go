// Package mail sends e-mail by SMTP. It knows no records and no pages: whoever writes gives it a text, a page and a picture.
package mail
