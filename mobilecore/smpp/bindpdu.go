package smpp

import "log/slog"

// Version is an interface_version (section 5.2.4).
type Version uint8

// The versions that are spoken. A peer of 3.3 is sent no optional parameters; one of 5.0 is spoken to in 3.4.
const (
	Version33 Version = 0x33
	Version34 Version = 0x34
	Version50 Version = 0x50
)

// spoken says whether we take part with a peer of this version.
func (v Version) spoken() bool { return v <= Version34 || v == Version50 }

// Secret is a password. It is not printed.
type Secret string

// String hides it.
func (s Secret) String() string { return "(secret)" }

// GoString hides it.
func (s Secret) GoString() string { return "(secret)" }

// LogValue hides it.
func (s Secret) LogValue() slog.Value { return slog.StringValue("(secret)") }

// BindRequest is bind_transmitter, bind_receiver or bind_transceiver (sections 4.1.1 to 4.1.5).
type BindRequest struct {
	Command    Command
	SystemID   string // at most 15 characters
	Password   Secret // at most 8
	SystemType string // at most 12
	Version    Version
	Range      Address // address_range, at most 40 characters
}

func (b *BindRequest) command() Command { return b.Command }

func (b *BindRequest) walk(w *walker) {
	w.text(&b.SystemID, field{"system_id", 16, RINVSYSID})
	w.text((*string)(&b.Password), field{"password", 9, RINVPASWD})
	w.text(&b.SystemType, field{"system_type", 13, RINVSYSTYP})
	w.octet((*uint8)(&b.Version))
	w.address(&b.Range, field{"address_range", 41, RBINDFAIL})
}

// BindResponse answers a bind (sections 4.1.2 to 4.1.6).
type BindResponse struct {
	Command  Command
	SystemID string // of the SMSC, at most 15 characters
	TLVs     TLVs   // sc_interface_version
}

func (b *BindResponse) command() Command { return b.Command }

func (b *BindResponse) walk(w *walker) {
	w.text(&b.SystemID, field{"system_id", 16, RINVSYSID})
	w.tlvs(&b.TLVs)
}

// version is what the SMSC speaks. Many do not say, and speak 3.4 all the same.
func (b *BindResponse) version() Version {
	if v := b.TLVs.Get(TagSCInterfaceVersion); len(v) == 1 && v[0] != 0 {
		return Version(v[0])
	}
	return Version34
}

// Outbound is outbind (section 4.1.7): an SMSC asks us to bind to it.
type Outbound struct {
	SystemID string
	Password Secret
}

func (o *Outbound) command() Command { return Outbind }

func (o *Outbound) walk(w *walker) {
	w.text(&o.SystemID, field{"system_id", 16, RINVSYSID})
	w.text((*string)(&o.Password), field{"password", 9, RINVPASWD})
}
