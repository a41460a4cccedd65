package e2e

import (
	"net/netip"
	"strings"

	"tandem/loadtest/wire"
)

// The numbers of the site.
const (
	numberMenu      = "+33199001001"
	numberMessage   = "+33199001002"
	numberQueue     = "+33199001003"
	numberTeam      = "+33199001004"
	numberClassic   = "+33199001005"
	numberLegacyIVR = "+33199001006"
	numberMailbox   = "+33199001007"
	numberAlone     = "+33199001008"
	numberMobile    = "+33639980008"
	numberNobody    = "+33199009999"
	numberOutside   = "+33639980200"
)

// demoSite is the office of these tests. {net} is the network of the test.
const demoSite = `
[[accounts]]
name = "Bakery"
language = "fr"
country = "FR"

[[trunks]]
name = "carrier"
sources = ["{net}.2"]
servers = ["sip:{net}.2:5060"]
country = "FR"
media_allow = ["127.0.0.0/8"]

[[audio]]
name = "welcome"
file = "welcome.wav"
[[audio]]
name = "menu"
file = "menu.wav"
[[audio]]
name = "music"
file = "music.wav"
[[audio]]
name = "unavailable"
file = "unavailable.wav"
[[audio]]
name = "extension_unknown"
file = "extension_unknown.wav"
[[audio]]
name = "greeting"
file = "greeting.wav"
[[audio]]
name = "wrong_key"
file = "wrong_key.wav"
[[audio]]
name = "other"
file = "other.wav"

[[users]]
name = "Alice"
email = "alice@bakery.example"
extension = "201"
caller_id = "+33199001002"
devices = [
  {username = "alice-desk", password = "alice-desk-secret"},
  {username = "alice-web", password = "alice-web-secret", kind = "workspace"},
]
[[users]]
name = "Bruno"
email = "bruno@bakery.example"
extension = "202"
devices = [{username = "bruno-desk", password = "bruno-desk-secret"}]
voicemail = {greeting = "greeting", max_seconds = 60}
[[users]]
name = "Chloé"
email = "chloe@bakery.example"
extension = "203"
devices = [
  {username = "chloe-desk", password = "chloe-desk-secret"},
  {username = "chloe-web", password = "chloe-web-secret", kind = "workspace"},
  {username = "chloe-cti", password = "chloe-cti-secret", kind = "cti"},
]
[[users]]
name = "David"
email = "david@bakery.example"
extension = "204"
devices = [{username = "david-desk", password = "david-desk-secret"}]
[[users]]
name = "Emma"
email = "emma@bakery.example"
extension = "205"
availability = "unavailable"
devices = [{username = "emma-desk", password = "emma-desk-secret"}]
[[users]]
name = "Farid"
email = "farid@bakery.example"
extension = "206"
outgoing_only = true
devices = [{username = "farid-desk", password = "farid-desk-secret"}]

[[teams]]
name = "Sales"
users = ["alice@bakery.example", "bruno@bakery.example", "chloe@bakery.example"]

[[flows]]
name = "menu"
start = "menu"
[[flows.nodes]]
id = "menu"
type = "ivr"
config = {audio = "menu", error = "wrong_key", timeout_seconds = 5, attempts = 3, options = [
  {id = "support", key = "2", title = "Support"},
  {id = "other", key = "7", title = "Something else"},
]}
next = {support = "bruno", other = "other", no_or_wrong_input = "bye"}
[[flows.nodes]]
id = "bruno"
type = "ring_to"
config = {target = {user = "bruno@bakery.example"}, ring_for_seconds = 20}
next = {unanswered = "bye"}
[[flows.nodes]]
id = "other"
type = "audio_message"
config = {audio = "other"}
next = {done = "bye"}
[[flows.nodes]]
id = "bye"
type = "hangup"

[[flows]]
name = "message"
start = "message"
[[flows.nodes]]
id = "message"
type = "audio_message"
config = {audio = "welcome", allow_extensions = true}
next = {done = "again"}
[[flows.nodes]]
id = "again"
type = "audio_message"
config = {audio = "welcome", allow_extensions = true}
next = {done = "bye"}
[[flows.nodes]]
id = "bye"
type = "hangup"

[[flows]]
name = "queue"
start = "other"
[[flows.nodes]]
id = "other"
type = "audio_message"
config = {audio = "other"}
next = {done = "wait"}
[[flows.nodes]]
id = "wait"
type = "waiting_experience"
config = {music = "music"}
next = {done = "ring"}
[[flows.nodes]]
id = "ring"
type = "ring_to"
config = {target = {user = "alice@bakery.example"}, ring_for_seconds = 60}
next = {unanswered = "mailbox"}
[[flows.nodes]]
id = "mailbox"
type = "voicemail"
config = {greeting = "greeting", max_seconds = 30}

[[flows]]
name = "team"
start = "other"
[[flows.nodes]]
id = "other"
type = "audio_message"
config = {audio = "other"}
next = {done = "ring"}
[[flows.nodes]]
id = "ring"
type = "ring_to"
config = {target = {team = "Sales"}, rule = "simultaneous", ring_for_seconds = 20}
next = {unanswered = "bye"}
[[flows.nodes]]
id = "bye"
type = "hangup"

[[flows]]
name = "mailbox"
start = "mailbox"
[[flows.nodes]]
id = "mailbox"
type = "voicemail"
config = {greeting = "greeting", max_seconds = 6}

[[flows]]
name = "alone"
start = "ring"
[[flows.nodes]]
id = "ring"
type = "ring_to"
config = {target = {user = "chloe@bakery.example"}, ring_for_seconds = 10}
next = {unanswered = "bye"}
[[flows.nodes]]
id = "bye"
type = "hangup"

[[numbers]]
e164 = "+33199001001"
name = "Menu"
flow = "menu"
users = ["bruno@bakery.example"]
[[numbers]]
e164 = "+33199001002"
name = "Message"
flow = "message"
users = ["alice@bakery.example"]
[[numbers]]
e164 = "+33199001003"
name = "Queue"
flow = "queue"
users = ["alice@bakery.example"]
[[numbers]]
e164 = "+33199001004"
name = "Team"
flow = "team"
teams = ["Sales"]
[[numbers]]
e164 = "+33199001005"
name = "Classic"
kind = "legacy_classic"
users = ["alice@bakery.example"]
legacy = {welcome = "welcome", music = "music", ring_for_seconds = 20}
[[numbers]]
e164 = "+33199001006"
name = "Legacy IVR"
kind = "legacy_ivr"
users = ["alice@bakery.example"]
legacy = {welcome = "welcome", menu = "menu", music = "music", options = [{key = "1", title = "Alice", users = ["alice@bakery.example"]}]}
[[numbers]]
e164 = "+33199001007"
name = "Mailbox"
flow = "mailbox"
users = ["alice@bakery.example"]
[[numbers]]
e164 = "+33199001008"
name = "Alone"
flow = "alone"
users = ["chloe@bakery.example"]
[[numbers]]
e164 = "+33639980008"
name = "Mobile"
`

// replace changes a line of a site; a test whose line is not there is wrong.
func replace(site, old, with string) string {
	if !strings.Contains(site, old) {
		panic("the site has no line " + old)
	}
	return strings.Replace(site, old, with, 1)
}

func completedElsewhere(reason string) bool {
	return strings.HasPrefix(strings.ReplaceAll(reason, " ", ""), "SIP;cause=200")
}

func wireAudio(sdp []byte) (netip.AddrPort, bool) { return wire.Audio(sdp) }
