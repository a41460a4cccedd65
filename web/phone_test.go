package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"tandem/provisioning"
	"tandem/routing"
	"tandem/store"
	"tandem/store/storetest"
	"tandem/web"
)

// sockets says who would have been given a WebSocket.
type sockets struct {
	mu    sync.Mutex
	seats []web.Seat
}

func (s *sockets) ServePhone(w http.ResponseWriter, _ *http.Request, seat web.Seat) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seats = append(s.seats, seat)
	w.WriteHeader(http.StatusNoContent)
}

func (s *sockets) Resumable(routing.UserID) []web.Suspended {
	return []web.Suspended{{Call: "call_1", Leg: "leg_1"}}
}

func (s *sockets) served() []web.Seat {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seats
}

const (
	instance      = "0e1a6d3c-3b1f-4a57-9d0b-6f5a0c9a7e10"
	otherInstance = "0e1a6d3c-3b1f-4a57-9d0b-6f5a0c9a7e11"
)

// phones is a house where somebody is signed in and browsers can be phones.
func phones(t *testing.T) (h, alice *house, room *sockets) {
	t.Helper()
	room = &sockets{}
	h = openHouse(t, store.Config{URL: storetest.Engines()[0].URL(t), DataDir: t.TempDir()}, acme, func(r *web.Rooms) { r.Phone = room })
	return h, h.showing(people(h, provisioning.RoleAgent)[provisioning.RoleAgent]), room
}

// session asks for a ticket; where is the path and query that opens the socket.
func session(as *house, device, instance string) (shown *answer, where string) {
	as.t.Helper()
	shown = as.post("/api/v1/me/phone-session", map[string]string{"device": device, "instance": instance}).want(200)
	var out struct {
		URL string `json:"url"`
	}
	shown.into(&out)
	at, err := url.Parse(out.URL)
	if err != nil || at.Scheme != "ws" || "http://"+at.Host != as.url {
		as.t.Fatalf("url %q, %v", out.URL, err)
	}
	return shown, at.RequestURI()
}

func TestAPageGetsAPhoneWithoutAPassword(t *testing.T) {
	t.Parallel()
	h, alice, room := phones(t)
	first, where := session(alice, "workspace", strings.ToUpper(instance))
	var one, two struct {
		SIPURI    string `json:"sip_uri"`
		DeviceID  string `json:"device_id"`
		Instance  string `json:"instance"`
		Resumable []struct {
			CallID string `json:"call_id"`
		} `json:"resumable"`
	}
	first.into(&one)
	if !strings.HasPrefix(one.SIPURI, "sip:b-") || !strings.HasSuffix(one.SIPURI, "@tandem") || one.Instance != instance || len(one.Resumable) != 1 || one.Resumable[0].CallID != "call_1" {
		t.Fatalf("%+v", one)
	}
	h.showing("Origin: " + h.url).get(where).want(204)
	if got := room.served(); len(got) != 1 || "sip:"+got[0].AOR != one.SIPURI || got[0].Instance != instance || got[0].Over != web.WS {
		t.Fatalf("%+v", got)
	}
	// Another tab is the same device; the panel in a CRM is another one.
	again, _ := session(alice, "workspace", otherInstance)
	again.into(&two)
	if two.DeviceID != one.DeviceID {
		t.Fatal("a second device was made")
	}
	cti, _ := session(alice, "cti", instance)
	cti.into(&two)
	if two.DeviceID == one.DeviceID {
		t.Fatal("the CTI has the Workspace's device")
	}
	alice.get("/api/v1/me/devices").want(200).shows("data.0.kind", "workspace", "data.1.kind", "cti", "data.0.password", "<none>")
	alice.get("/api/v1/me").want(200).shows("resumable.0.leg_id", "leg_1")
}

func TestAnOutsiderGetsNoSocket(t *testing.T) {
	t.Parallel()
	h, alice, room := phones(t)
	_, where := session(alice, "workspace", instance)
	for name, headers := range map[string][]string{
		"another site": {"Origin: https://evil.example"}, "no origin": {}, "a file": {"Origin: null"}, "a name like ours": {"Origin: " + h.url + ".evil.example"},
	} {
		t.Run(name, func(t *testing.T) {
			got := alice.do("GET", where, nil, headers...)
			got.t = t
			got.refused(403, "cross_origin")
		})
	}
	own := h.showing("Origin: " + h.url)
	own.get("/sip").refused(401, "ticket_unknown")
	own.get("/sip?ticket=AAAAAAAAAAAAAAAAAAAAAAAAAA").refused(401, "ticket_unknown")
	own.get(where).want(204)
	own.get(where).refused(401, "ticket_unknown")
	if got := room.served(); len(got) != 1 {
		t.Fatalf("%d sockets", len(got))
	}
	// A program is nobody, and has no phone; a page names itself.
	h.post("/api/v1/me/phone-session", map[string]string{"instance": instance}).refused(404, "not_a_person")
	h.showing().post("/api/v1/me/phone-session", map[string]string{"instance": instance}).refused(401, "unauthorized")
	alice.post("/api/v1/me/phone-session", map[string]string{"instance": "me"}).want(422)
	alice.post("/api/v1/me/phone-session", map[string]string{"device": "native", "instance": instance}).want(422)
}
