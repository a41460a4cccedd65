package registrar_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/dialog"
	"tandem/sip/message"
	"tandem/sip/registrar"
	"tandem/sip/transport"
)

const alice = message.AOR("alice@example.test")

// incoming is a REGISTER and its answer.
type incoming struct {
	r    *gosip.Request
	flow transport.Flow
	got  *gosip.Response
}

func (i *incoming) Request() *gosip.Request         { return i.r }
func (i *incoming) Outside() bool                   { return true }
func (i *incoming) Flow() transport.Flow            { return i.flow }
func (i *incoming) Respond(r *gosip.Response) error { i.got = r; return nil }

var seq uint32

func register(t *testing.T, flow transport.FlowID, headers ...string) *incoming {
	t.Helper()
	seq++
	text := "REGISTER sip:example.test SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bK1\r\nFrom: <sip:alice@example.test>;tag=a\r\n" +
		"To: <sip:alice@example.test>\r\nCall-ID: c\r\n" + fmt.Sprintf("CSeq: %d REGISTER\r\n", seq) + strings.Join(headers, "\r\n")
	if len(headers) > 0 {
		text += "\r\n"
	}
	m, err := message.NewParser().ParseSIP([]byte(text + "Content-Length: 0\r\n\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	return &incoming{r: m.(*gosip.Request), flow: transport.Flow{ID: flow, Network: transport.TCP, Remote: netip.MustParseAddrPort("192.0.2.1:4444")}}
}

func open(changes *[]string) *registrar.Registrar {
	return registrar.New(registrar.Config{
		Endpoint: dialog.New(dialog.Endpoint{}),
		Changed: func(aor message.AOR, p registrar.Presence) {
			*changes = append(*changes, fmt.Sprint(aor, " ", bool(p)))
		},
	})
}

func TestBindingsEndWhenTheirTimeIsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var changes []string
		r := open(&changes)
		defer r.Close()
		r.Register(register(t, 1, "Contact: <sip:a@192.0.2.1>;expires=60"), alice)
		r.Register(register(t, 2, "Contact: <sip:b@192.0.2.1>;expires=120"), alice)
		time.Sleep(59 * time.Second)
		if n := len(r.Contacts(alice)); n != 2 {
			t.Errorf("%d contacts after 59 s", n)
		}
		time.Sleep(2 * time.Second)
		if list := r.Contacts(alice); len(list) != 1 || list[0].URI != "sip:b@192.0.2.1" {
			t.Errorf("after 61 s: %+v", list)
		}
		r.Register(register(t, 2, "Contact: <sip:b@192.0.2.1>;expires=120"), alice) // refreshed at 61 s
		time.Sleep(119 * time.Second)
		if n := len(r.Contacts(alice)); n != 1 {
			t.Errorf("%d contacts before the end", n)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if got := fmt.Sprint(changes); got != "[alice@example.test true alice@example.test false]" {
			t.Errorf("changes %s", got)
		}
	})
}

func TestExpiryIsBoundedAndNeverJittered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var changes []string
		r := open(&changes)
		defer r.Close()
		for header, want := range map[string]string{
			"Contact: <sip:a@192.0.2.1>;expires=300\r\nExpires: 900": "<sip:a@192.0.2.1>;expires=300",
			"Contact: <sip:a@192.0.2.1>\r\nExpires: 900":             "<sip:a@192.0.2.1>;expires=900",
			"Contact: <sip:a@192.0.2.1>":                             "<sip:a@192.0.2.1>;expires=3600",
			"Contact: <sip:a@192.0.2.1>;expires=99999999999999":      "<sip:a@192.0.2.1>;expires=3600",
		} {
			in := register(t, 1, header)
			r.Register(in, alice)
			if got := in.got.GetHeader("Contact").Value(); got != want {
				t.Errorf("%q: %q, want %q", header, got, want)
			}
		}
	})
}

func TestTheConnectionTakesItsBindingsWithIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var changes []string
		r := open(&changes)
		defer r.Close()
		r.Register(register(t, 1, "Contact: <sip:a@192.0.2.1>"), alice)
		r.Register(register(t, 2, "Contact: <sip:b@192.0.2.1>"), alice)
		r.FlowClosed(1)
		if list := r.Contacts(alice); len(list) != 1 || list[0].Flow != 2 {
			t.Errorf("contacts %+v", list)
		}
		// The same phone comes back on a new connection under another address: it says so by its instance.
		same := `Contact: <sip:%s@x.invalid;transport=ws>;+sip.instance="<urn:uuid:1>";reg-id=1`
		r.Register(register(t, 3, fmt.Sprintf(same, "one")), alice)
		r.Register(register(t, 4, fmt.Sprintf(same, "two")), alice)
		if list := r.Contacts(alice); len(list) != 2 || !slices.ContainsFunc(list, func(b registrar.Binding) bool { return b.Flow == 4 }) {
			t.Errorf("contacts %+v", list)
		}
		r.FlowClosed(3) // the old connection means nothing any more
		r.FlowClosed(2)
		r.FlowClosed(4)
		if got := fmt.Sprint(changes); got != "[alice@example.test true alice@example.test false]" {
			t.Errorf("changes %s", got)
		}
	})
}

func TestAllOrNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var changes []string
		r := open(&changes)
		defer r.Close()
		r.Register(register(t, 1, "Contact: <sip:a@192.0.2.1>"), alice)
		in := register(t, 1, "Contact: <sip:b@192.0.2.1>, <sip:a@192.0.2.1>;expires=5")
		r.Register(in, alice)
		if in.got.StatusCode != gosip.StatusIntervalToBrief || len(r.Contacts(alice)) != 1 {
			t.Errorf("%d, contacts %+v", in.got.StatusCode, r.Contacts(alice))
		}
		for i := range 9 {
			r.Register(register(t, 1, fmt.Sprintf("Contact: <sip:c%d@192.0.2.1>", i)), alice)
		}
		in = register(t, 1, "Contact: <sip:eleventh@192.0.2.1>")
		if r.Register(in, alice); in.got.StatusCode != gosip.StatusForbidden || len(r.Contacts(alice)) != 10 {
			t.Errorf("%d, %d contacts", in.got.StatusCode, len(r.Contacts(alice)))
		}
		r.Forget(alice)
		if len(r.Contacts(alice)) != 0 || len(changes) != 2 {
			t.Errorf("contacts %+v, changes %q", r.Contacts(alice), changes)
		}
	})
}

func TestMemoryIsWalkedWhole(t *testing.T) {
	m := registrar.NewMemory()
	for i := range 100 {
		m.Update(message.AOR(fmt.Sprint(i)), func([]registrar.Binding) []registrar.Binding { return []registrar.Binding{{Key: "k"}} })
	}
	n := 0
	for range m.All {
		n++
	}
	if n != 100 {
		t.Errorf("walked over %d", n)
	}
}
