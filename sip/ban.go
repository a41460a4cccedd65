package sip

import (
	"cmp"
	"log/slog"
	"net/netip"
	"slices"
	"time"

	"tandem/sip/transport"
)

// Ban is what the Stack does not listen to for a while: an address or a network, or only what comes from an address in the name of one user.
type Ban struct {
	Net   netip.Prefix
	User  string // whose password was tried from there; empty: whoever it is, nothing is heard
	Since time.Time
	Until time.Time
	Cause BanCause
	Tries int    // WrongPasswords and ManyUsers: of how many passwords, or users
	Whose string // Ordered: who wanted it
	Note  string // Ordered: what they said of it
}

// BanCause is why something is not listened to.
type BanCause int

// The causes.
const (
	WrongPasswords BanCause = iota // too many for one user: that user is not listened to from there
	ManyUsers                      // too many users tried with wrong passwords from an address where nobody is registered
	Ordered                        // somebody wanted it
)

// Why a Ban is refused, or not found.
var (
	ErrTrusted  = transport.ErrTrusted
	ErrBansFull = transport.ErrBansFull
	ErrNoBan    = transport.ErrNoBan
)

// MaxBan is how long a ban may last.
const MaxBan = transport.MaxBan

// When an address is banned by itself, and for how long. One where a device is registered never is: a house with many telephones has one address.
const (
	maxTried = 20 // users whose passwords were wrong within failureWindow
	triedBan = time.Hour
)

// Bans lists what is not listened to now, the oldest first.
func (s *Stack) Bans() []Ban {
	var list []Ban
	for _, b := range s.transport.Bans() {
		one := Ban{Net: b.Net, Since: b.Since, Until: b.Until, Cause: ManyUsers, Tries: maxTried, Whose: b.Whose, Note: b.Note}
		if b.By == transport.ByOrder {
			one.Cause, one.Tries = Ordered, 0
		}
		list = append(list, one)
	}
	list = append(list, s.locks.list()...)
	slices.SortStableFunc(list, func(x, y Ban) int {
		return cmp.Or(x.Since.Compare(y.Since), x.Net.Addr().Compare(y.Net.Addr()), cmp.Compare(x.User, y.User))
	})
	return list
}

// Ban stops listening to an address or a network as somebody ordered, until its Until, at most MaxBan from now. It fails with ErrTrusted where a trunk has an address
// among them, and with ErrBansFull.
func (s *Stack) Ban(b Ban) error {
	return s.transport.Ban(transport.Ban{Net: b.Net, Since: time.Now(), Until: b.Until, By: transport.ByOrder, Whose: b.Whose, Note: b.Note})
}

// Lift listens again: to a network that was banned, or, where a User is named, to that user from there. What was counted before is forgotten. It fails with ErrNoBan.
func (s *Stack) Lift(net netip.Prefix, user string) error {
	if user != "" {
		return s.locks.lift(attacker{user, net.Addr()})
	}
	err := s.transport.Lift(net)
	if err == nil {
		s.locks.forgive(net)
	}
	return err
}

// wrong counts a wrong password. Whoever tries too many is not listened to for a while: for that user, and where it were many users, at all. The two lines of the log
// are for programs that watch it.
func (s *Stack) wrong(user string, from netip.Addr) {
	told, tried := s.locks.failed(user, from)
	if told {
		s.cfg.Log.Warn("password tried too often", slog.String("peer", from.String()), slog.String("user", short(user)))
		s.blocked(Ban{Net: single(from), User: short(user), Cause: WrongPasswords})
	}
	if tried == 0 || tried%maxTried != 0 || from == loopback(from) || s.inhabited(from) {
		return
	}
	now := time.Now()
	err := s.transport.Ban(transport.Ban{Net: single(from), Since: now, Until: now.Add(triedBan), By: transport.ByItself})
	if err != nil {
		return // a trunk's, or so many are banned that one more is nothing
	}
	s.cfg.Log.Warn("address banned", slog.String("peer", from.String()), slog.String("cause", "passwords of many users tried"))
	s.blocked(Ban{Net: single(from), Cause: ManyUsers})
}

func (s *Stack) blocked(b Ban) {
	if s.cfg.Blocked != nil {
		s.cfg.Blocked(b)
	}
}

// inhabited says whether a device is registered from an address.
func (s *Stack) inhabited(from netip.Addr) bool {
	for aor := range s.book.Load().devices {
		for _, b := range s.registrar.Contacts(aor) {
			if b.Target.Addr.Addr().Unmap() == from {
				return true
			}
		}
	}
	return false
}

func single(a netip.Addr) netip.Prefix { return netip.PrefixFrom(a, a.BitLen()) }

// loopback is the address by which this machine speaks to itself.
func loopback(like netip.Addr) netip.Addr {
	if like.Is4() {
		return netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	return netip.IPv6Loopback()
}
