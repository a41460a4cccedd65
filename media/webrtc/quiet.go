package webrtc

import "github.com/pion/logging"

// quiet keeps what the libraries say to themselves: what matters comes as states and errors.
type quiet struct{}

// NewLogger gives one that says nothing.
func (quiet) NewLogger(string) logging.LeveledLogger { return quiet{} }

// Trace says nothing.
func (quiet) Trace(string) {}

// Tracef says nothing.
func (quiet) Tracef(string, ...any) {}

// Debug says nothing.
func (quiet) Debug(string) {}

// Debugf says nothing.
func (quiet) Debugf(string, ...any) {}

// Info says nothing.
func (quiet) Info(string) {}

// Infof says nothing.
func (quiet) Infof(string, ...any) {}

// Warn says nothing.
func (quiet) Warn(string) {}

// Warnf says nothing.
func (quiet) Warnf(string, ...any) {}

// Error says nothing.
func (quiet) Error(string) {}

// Errorf says nothing.
func (quiet) Errorf(string, ...any) {}
