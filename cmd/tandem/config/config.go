package config

import "time"

// Config is everything that can be set. Its tags are its manual: toml is the key, doc what it means, default the value when nobody says
// otherwise, oneof the only values it takes.
type Config struct {
	DataDir      string        `toml:"data_dir" default:"/var/lib/tandem" doc:"Where everything is kept that must outlive the process: the embedded database, the journal of calls, voicemails, and the control socket. It is made when missing."`
	PublicURL    string        `toml:"public_url" default:"" doc:"The address that people open in a browser, such as \"https://phone.example.fr\". Empty: made from http.listen."`
	DrainTimeout time.Duration `toml:"drain_timeout" default:"5m" doc:"How long calls in progress may go on after SIGTERM, while new ones get 503. A second SIGTERM ends at once."`

	HTTP     HTTP     `toml:"http" doc:"The interface for people and programs."`
	Database Database `toml:"database" doc:"The records."`
	SIP      SIP      `toml:"sip" doc:"Where carriers and phones reach us."`
	Media    Media    `toml:"media" doc:"Voice."`
	Limits   Limits   `toml:"limits" doc:"What no call may exceed."`
	Webhooks Webhooks `toml:"webhooks" doc:"What is told to programs outside, and asked of them."`
	Observe  Observe  `toml:"observe" doc:"For those who watch over it."`
	Log      Log      `toml:"log" doc:"What is written to standard error."`
}

// HTTP is the web room.
type HTTP struct {
	Listen Listen `toml:"listen" default:"127.0.0.1:8080" doc:"Address and port of the API and the pages. Empty: none, only the control socket in data_dir."`
	TLS    string `toml:"tls" default:"off" oneof:"off" doc:"Encryption. Only \"off\" for now: keep listen on this machine and put a reverse proxy in front of it."`
	APIKey Secret `toml:"api_key" default:"" doc:"The bearer key that programs show. Empty: the API answers on the control socket only. Better kept out of this file: set TANDEM_HTTP_API_KEY_FILE to the path of a file that holds it."`

	RequestsPerMinute int `toml:"requests_per_minute" default:"600" doc:"Requests a minute of one key, or of one person who is signed in. Whoever asks more gets 429."`
}

// Database is where the records are.
type Database struct {
	URL URL `toml:"url" default:"" doc:"Empty: SQLite in data_dir. Or \"postgres://user:password@host/name\"; TANDEM_DATABASE_URL_FILE keeps the password out of this file."`
}

// SIP is the wire.
type SIP struct {
	UDP       Listen        `toml:"udp" default:":5060" doc:"Address and port for UDP. Without an address: every IPv4 address of this machine. Empty: no UDP."`
	TCP       Listen        `toml:"tcp" default:":5060" doc:"The same for TCP."`
	TLS       Listen        `toml:"tls" default:"" doc:"The same for TLS, usually \":5061\"; it needs tls_cert and tls_key."`
	TLSCert   string        `toml:"tls_cert" default:"" doc:"Path of the certificate chain, PEM."`
	TLSKey    string        `toml:"tls_key" default:"" doc:"Path of its private key, PEM."`
	Realm     string        `toml:"realm" default:"tandem" doc:"The realm of our challenges, and the host of the addresses of devices (201@tandem). Passwords are kept as digests made with it: after a change, give realm in the site file too, and apply it again."`
	Digest    Digest        `toml:"digest" default:"both" doc:"How phones and trunks prove who they are to us: \"both\" asks for SHA-256 and then for MD5, as RFC 8760 has it; \"md5\" is for old phones that look at the first challenge only; \"sha-256\" refuses MD5."`
	Advertise Address       `toml:"advertise" default:"" doc:"The IP address that peers outside see, where it differs from ours: behind a one-to-one NAT, the public one."`
	UserAgent string        `toml:"user_agent" default:"" doc:"What we say that we are, in Server and User-Agent. Empty: nothing, which tells scanners less."`
	MaxExpiry time.Duration `toml:"max_expiry" default:"1h" doc:"The longest registration that a phone is given."`
}

// Media is voice.
type Media struct {
	Bind     Address       `toml:"bind" default:"" doc:"Local IP address of the RTP sockets. Empty: all."`
	PublicIP PublicIP      `toml:"public_ip" default:"auto" doc:"The IP address that our SDP names: \"auto\" takes sip.advertise, else bind, else the address of the route to the outside; or such an address as \"203.0.113.7\"."`
	RTPPorts PortRange     `toml:"rtp_ports" default:"20000-20999" doc:"The UDP ports of RTP and RTCP, both ends included: two for each leg, so four for a call. Open them in the firewall."`
	Silence  time.Duration `toml:"silence" default:"60s" doc:"A leg from which nothing was heard for this long, and which is not on hold, is taken as lost."`
	Deny     Prefixes      `toml:"deny" default:"0.0.0.0/8,127.0.0.0/8,169.254.0.0/16,224.0.0.0/4,240.0.0.0/4,::/128,::1/128,fe80::/10,ff00::/8" doc:"Networks to which no SDP may send our voice: by default what no peer on another machine can have (loopback is allowed where public_ip itself is on it). Add those inside your house that no call has to reach, such as \"10.0.0.0/8\"; a trunk may still name its own."`
}

// Limits is what no call may exceed.
type Limits struct {
	MaxCallDuration time.Duration `toml:"max_call_duration" default:"4h" doc:"A call longer than this is ended."`
	MaxCalls        int           `toml:"max_calls" default:"0" doc:"Calls at the same time; one more gets 503. 0: as many as there are RTP ports."`
}

// Webhooks is what goes outside by HTTP.
type Webhooks struct {
	AllowPrivate bool `toml:"allow_private" default:"false" doc:"Whether webhooks, and the questions of flows, may go to addresses that are not on the internet, and without encryption: programs on this machine or in your own network. Whoever may make webhooks can then reach those."`
	Inbox        bool `toml:"inbox" default:"false" doc:"Whether /dev/inbox takes webhooks and shows them, with their signature checked: for whoever writes a receiver."`
}

// Observe is metrics.
type Observe struct {
	Metrics Listen `toml:"metrics" default:"127.0.0.1:9090" doc:"Address and port of /metrics alone, for Prometheus. Empty: /metrics is on http.listen, for whoever can reach that."`
}

// Log is what is logged.
type Log struct {
	Level  string `toml:"level" default:"info" oneof:"debug|info|warn|error" doc:"The least that is written."`
	Format string `toml:"format" default:"auto" oneof:"auto|text|json" doc:"\"auto\" is text on a terminal, JSON otherwise."`
}
