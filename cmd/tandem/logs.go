package main

import (
	"io"
	"log/slog"
	"os"

	"golang.org/x/term"

	"tandem/cmd/tandem/config"
)

// newLog makes the logger that every room is given: text for people on a terminal, JSON for programs.
func newLog(w io.Writer, c config.Log) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Level)); err != nil {
		level = slog.LevelInfo // the configuration takes four words only, and this is the default of them
	}
	o := &slog.HandlerOptions{Level: level}
	text := c.Format == "text"
	if f, isFile := w.(*os.File); isFile && c.Format == "auto" {
		text = term.IsTerminal(int(f.Fd()))
	}
	if text {
		return slog.New(slog.NewTextHandler(w, o))
	}
	return slog.New(slog.NewJSONHandler(w, o))
}
