package config

import "time"

// Config is everything that can be set. Its tags are its manual: toml is the key, doc what it means, default the value when nobody says
// otherwise, oneof the only values it takes.
type Config struct {
	DataDir      string        `toml:"data_dir" default:"/var/lib/tandem" doc:"Where everything is kept that must outlive the process: the embedded database, the journal of calls, voicemails, and the control socket. It is made when missing."`
	PublicURL    string        `toml:"public_url" default:"" doc:"The address that people open in a browser, such as \"https://phone.example.fr\". Empty: made from http.listen."`
	DrainTimeout time.Duration `toml:"drain_timeout" default:"5m" doc:"How long calls in progress may go on after SIGTERM, while new ones get 503. A second SIGTERM ends at once."`

	HTTP     HTTP     `toml:"http" doc:"The interface for people and programs."`
	Web      Web      `toml:"web" doc:"The pages."`
	Admin    Admin    `toml:"admin" doc:"The first administrator."`
	Database Database `toml:"database" doc:"The records."`
	SIP      SIP      `toml:"sip" doc:"Where carriers and phones reach us."`
	Media    Media    `toml:"media" doc:"Voice."`
	Limits   Limits   `toml:"limits" doc:"What no call may exceed."`
	Webhooks Webhooks `toml:"webhooks" doc:"What is told to programs outside, and asked of them."`
	Mobile   Mobile   `toml:"mobile" doc:"What a mobile core asks of us, beside SIP."`
	Messages Messages `toml:"messages" doc:"Messages (SMS) of programs and carriers that bind to us. To whom we bind is in the settings of each connector."`
	Mail     Mail     `toml:"mail" doc:"How e-mail leaves."`
	Observe  Observe  `toml:"observe" doc:"For those who watch over it."`
	Log      Log      `toml:"log" doc:"What is written to standard error."`
}

// Web is the interface in the browser.
type Web struct {
	UIDir string `toml:"ui_dir" default:"" doc:"A directory to take the interface from, for whoever works on it: pages reload when its files change. Empty: the interface that is built in."`
}

// Admin is who is made where there is nobody yet.
type Admin struct {
	Email    string `toml:"email" default:"" doc:"The e-mail address of the first administrator, who is made when the program starts and there is none. Empty: the program prints a link to the page where the first person makes themselves one."`
	Password Secret `toml:"password" default:"" doc:"Their password, 12 characters or more; better kept out of this file: TANDEM_ADMIN_PASSWORD_FILE is the path of a file that holds it."`
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
	IPv6      bool          `toml:"ipv6" default:"false" doc:"Whether a key without an address stands for the IPv6 addresses of this machine too. Voice goes by the address of [media]."`
	TLS       Listen        `toml:"tls" default:"" doc:"The same for TLS, usually \":5061\"; it needs tls_cert and tls_key."`
	TLSCert   string        `toml:"tls_cert" default:"" doc:"Path of the certificate chain, PEM."`
	TLSKey    string        `toml:"tls_key" default:"" doc:"Path of its private key, PEM."`
	TLSDir    string        `toml:"tls_dir" default:"" doc:"Directory of the certificates that trunks may have us show: NAME.pem, chain and key in one, for the name that the trunk gives. Empty: certificates in data_dir."`
	DNS       Servers       `toml:"dns" default:"" doc:"The name servers to ask for the servers of trunks, such as \"192.0.2.53:53\", parted by commas. Empty: those that this machine is set to ask."`
	Realm     string        `toml:"realm" default:"tandem" doc:"The realm of our challenges, and the host of the addresses of devices (201@tandem). Passwords are kept as digests made with it: after a change, give realm in the site file too, and apply it again."`
	Digest    Digest        `toml:"digest" default:"both" doc:"How phones and trunks prove who they are to us: \"both\" asks for SHA-256 and then for MD5, as RFC 8760 has it; \"md5\" is for old phones that look at the first challenge only; \"sha-256\" refuses MD5."`
	Advertise Address       `toml:"advertise" default:"" doc:"The IP address that peers outside see, where it differs from ours: behind a one-to-one NAT, the public one."`
	UserAgent string        `toml:"user_agent" default:"" doc:"What we say that we are, in Server and User-Agent. Empty: nothing, which tells scanners less."`
	MaxExpiry time.Duration `toml:"max_expiry" default:"1h" doc:"The longest registration that a phone is given."`

	SessionExpires time.Duration `toml:"session_expires" default:"30m" doc:"How long a call stands that neither side refreshes (RFC 4028): peers that know of session timers are asked for it. A trunk may have its own. \"0s\": none."`
	SessionLeast   time.Duration `toml:"session_least" default:"90s" doc:"The shortest that a peer may ask for. The RFC allows no less than 90 s: less is for test benches."`
}

// Media is voice.
type Media struct {
	Bind      Address       `toml:"bind" default:"" doc:"Local IP address of the RTP sockets. Empty: all."`
	PublicIP  PublicIP      `toml:"public_ip" default:"auto" doc:"The IP address that our SDP names: \"auto\" takes sip.advertise, else bind, else the address of the route to the outside; or such an address as \"203.0.113.7\"."`
	IPv6      Address       `toml:"ipv6" default:"" doc:"An IPv6 address of this machine, by which voice goes to and from peers that speak IPv6, beside bind and public_ip for all the others; such as \"2001:db8::7\". Empty: none, and voice goes by one of the two alone."`
	RTPPorts  PortRange     `toml:"rtp_ports" default:"20000-20999" doc:"The UDP ports of RTP and RTCP, both ends included: two for each leg, so four for a call. Open them in the firewall."`
	WebRTC    DoorPort      `toml:"webrtc_port" default:"auto" doc:"The one UDP port, and the TCP port of the same number for those whose UDP is blocked, by which every browser sends its voice. Open both in the firewall. \"auto\" is 3478, or any free port where another program has that one, with a warning in the log; \"off\" lets no browser speak."`
	Opus      string        `toml:"opus" default:"auto" oneof:"auto|off" doc:"Whether browsers may speak Opus. \"auto\": where libopus (package libopus0) is installed, for browsers that offer nothing else, such as those on a bad network; the others speak G.711, which costs no conversion."`
	Transport string        `toml:"transport" default:"auto" oneof:"auto|netpoll|uring" doc:"How voice reaches the kernel. \"uring\" is io_uring (Linux from 6.1 on), which costs about half; containers often forbid it. \"netpoll\" works everywhere. \"auto\" tries the first and falls back to the second; the log says which and why."`
	Gather    Gather        `toml:"gather" default:"1ms" doc:"With io_uring, how long packets may gather while many come, from \"0s\" to \"2ms\": that is added to the delay of voice at most, and saves processor time. While few come, each is passed on at once."`
	Silence   time.Duration `toml:"silence" default:"60s" doc:"A leg from which nothing was heard for this long, and which is not on hold, is taken as lost."`
	Deny      Prefixes      `toml:"deny" default:"0.0.0.0/8,127.0.0.0/8,169.254.0.0/16,224.0.0.0/4,240.0.0.0/4,::/128,::1/128,fe80::/10,ff00::/8" doc:"Networks to which no SDP may send our voice: by default what no peer on another machine can have (loopback is allowed where public_ip itself is on it). Add those inside your house that no call has to reach, such as \"10.0.0.0/8\"; a trunk may still name its own."`
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

// Mobile is the mobile core's side.
type Mobile struct {
	Identity      string `toml:"identity" default:"tandem.localdomain" doc:"Our DiameterIdentity: the Origin-Host that charging peers see; its realm is what follows the first dot."`
	Diameter      Listen `toml:"diameter" default:"" doc:"Address and port of online charging by Diameter Gy and Ro, usually \":3868\". Empty: none. Who may ask is in the settings of each operator."`
	DiameterTLS   Listen `toml:"diameter_tls" default:"" doc:"The same over TLS, usually \":5658\"; it needs certificate, key and authority."`
	Nchf          Listen `toml:"nchf" default:"" doc:"Address and port of converged charging by Nchf over HTTP/2 without encryption (h2c). Empty: none. It is for networks that nobody else is in."`
	NchfTLS       Listen `toml:"nchf_tls" default:"" doc:"The same over TLS with client certificates; it needs certificate, key and authority."`
	Notifications Listen `toml:"notifications" default:"" doc:"Address and port where eSIM platforms tell what became of a profile (ES2+), over TLS with client certificates; it needs certificate and key. Empty: nobody can."`
	Certificate   string `toml:"certificate" default:"" doc:"Path of our certificate chain, PEM: shown to eSIM platforms and charging peers, as a client and as a server."`
	Key           string `toml:"key" default:"" doc:"Path of its private key, PEM."`
	Authority     string `toml:"authority" default:"" doc:"Path of the certificates, PEM, that sign those of charging peers."`
}

// Messages is SMS.
type Messages struct {
	SMPP     Listen `toml:"smpp" default:"" doc:"Address and port where SMPP 3.4 is spoken without encryption, usually \":2775\". Empty: nobody can bind so. Who may is in the connectors of the kind smpp_server."`
	SMPPTLS  Listen `toml:"smpp_tls" default:"" doc:"The same over TLS, usually \":3550\"; it shows the certificate of [mobile], which must be set then."`
	SystemID string `toml:"system_id" default:"tandem" doc:"What we call ourselves to who binds: up to 15 characters."`
}

// Mail is e-mail.
type Mail struct {
	Server   string `toml:"server" default:"" doc:"The SMTP server as \"host:port\"; it is asked for STARTTLS. Empty: no e-mail is sent, and what would be in one is in the API."`
	From     string `toml:"from" default:"" doc:"The sender, such as \"Tandem <phone@example.fr>\"."`
	Username string `toml:"username" default:"" doc:"Who we are to that server. Empty: it asks nobody."`
	Password Secret `toml:"password" default:"" doc:"The password; better kept out of this file: TANDEM_MAIL_PASSWORD_FILE is the path of a file that holds it."`
	Digest   string `toml:"digest" default:"18:00" doc:"When people are told by e-mail of the day's missed calls that nobody has taken care of, in their own time. Empty: never."`
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
