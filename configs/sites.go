package configs

import _ "embed" // demo.toml

//go:embed demo.toml
var demo []byte

// Demo is the site file of the demonstration: a bakery, its people, its numbers and the simulated carrier. Nobody writes to it.
func Demo() []byte { return demo }
