package storetest

import (
	"testing"
	"testing/fstest"

	"tandem/provisioning"
)

// Site is a site file with one of everything.
const Site = `
realm = "example.fr"

[[accounts]]
name = "Boulangerie Dupont"
language = "fr"
country = "FR"

[[audio]]
name = "accueil"
file = "sounds/accueil.wav"

[[users]]
name = "Alice"
email = "alice@demo.local"
extension = "201"
voicemail = { greeting = "accueil", max_seconds = 90 }
devices = [{ kind = "workspace", username = "alice-w", password = "demo-201" }, { username = "201", password = "demo-201" }]

[[users]]
name = "Bruno"
email = "bruno@demo.local"
call_waiting = true
caller_id = "+33199001234"
  [[users.devices]]
  username = "202"
  password = "demo-202"

[[users]]
name = "Farid"
email = "farid@demo.local"
extension = "206"
outgoing_only = true

[[teams]]
name = "Support FR"
users = ["bruno@demo.local", "alice@demo.local"]

[[trunks]]
name = "carrier"
sources = ["127.0.0.2", "203.0.113.0/24"]
servers = ["sip:127.0.0.2:5070;transport=udp"]
in_username = "carrier"
in_password = "in-secret"
out_username = "tandem"
out_password = "out-secret"
options_every = "30s"
country = "FR"
dial = "00"
emergency = true
media_allow = ["10.0.0.0/8"]
max_calls = 100
trust_pai = true

[[flows]]
name = "Support"
start = "n1"
  [[flows.nodes]]
  id = "n1"
  type = "ivr"
  config = { audio = "accueil", options = [{ key = "1", title = "Support", id = "k1" }], timeout_seconds = 5 }
  next = { k1 = "n2", no_or_wrong_input = "n9" }
  [[flows.nodes]]
  id = "n2"
  type = "ring_to"
  config = { target = { team = "Support FR" }, ring_for_seconds = 30 }
  next = { unanswered = "n9" }
  [[flows.nodes]]
  id = "n9"
  type = "voicemail"
  config = { greeting = "voicemail_greeting", max_seconds = 120 }

[[numbers]]
e164 = "+33199001234"
name = "Support"
flow = "Support"
users = ["alice@demo.local"]
teams = ["Support FR"]
ring_before_answer = "2s"

[[numbers]]
e164 = "+33639980007"
name = "Alice"
kind = "direct"
users = ["alice@demo.local"]

[[numbers]]
e164 = "+33639980008"

[[numbers]]
e164 = "+33199009999"
name = "Ancien"
kind = "legacy_classic"
users = ["bruno@demo.local"]
  [numbers.legacy]
  welcome = "accueil"
  ring_for_seconds = 25
  voicemail = { max_seconds = 60 }
`

// Wave is a WAV file with a second of silence in A-law.
func Wave() []byte {
	head := "RIFF\x64\x1f\x00\x00WAVEfmt \x12\x00\x00\x00\x06\x00\x01\x00\x40\x1f\x00\x00\x40\x1f\x00\x00\x01\x00\x08\x00\x00\x00data\x40\x1f\x00\x00"
	out := []byte(head)
	for range 8000 {
		out = append(out, 0xD5)
	}
	return out
}

// ParseSite reads a site file whose only sound is Wave, and fails the test where it has problems.
func ParseSite(tb testing.TB, text string) *provisioning.Site {
	tb.Helper()
	site, problems := provisioning.ParseSite("site.toml", []byte(text), "voicemail_greeting")
	if len(problems) == 0 {
		problems = site.LoadAudio(fstest.MapFS{"sounds/accueil.wav": {Data: Wave()}})
	}
	for _, p := range problems {
		tb.Error(p)
	}
	if len(problems) > 0 {
		tb.FailNow()
	}
	return site
}
