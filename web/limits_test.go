package web

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

func TestQuotaIsForAMinuteAndForEachOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limits{quota: 3}
		for i := range 3 {
			if q := l.count("key a", time.Now()); q.over != 0 || q.left != 2-i {
				t.Errorf("request %d: %+v", i, q)
			}
		}
		time.Sleep(20 * time.Second)
		if q := l.count("key a", time.Now()); q.over != 1 || q.reset != 40*time.Second {
			t.Errorf("one too many: %+v", q)
		}
		if q := l.count("key b", time.Now()); q.over != 0 || q.left != 2 {
			t.Errorf("somebody else: %+v", q)
		}
		time.Sleep(40 * time.Second)
		if q := l.count("key a", time.Now()); q.over != 0 || q.left != 2 || q.reset != time.Minute {
			t.Errorf("a minute later: %+v", q)
		}
		for i := range 3 * maxPartitions {
			l.count(fmt.Sprint("from ", i), time.Now())
		}
		if n := len(l.now) + len(l.before); n > 2*maxPartitions {
			t.Errorf("%d are kept", n)
		}
	})
}

func TestEveryAnswerSaysWhatIsLeft(t *testing.T) {
	d := open(t, newOffice())
	d.limits.quota = 3
	began := time.Now()
	for i, path := range []string{"/api/v1/calls", "/api/v1/nothing", "/api/v1/calls?limit=0"} {
		resp, _ := ask(t, "GET", d.url+path, "", withKey)
		var left, seconds int
		got := resp.Header.Get("RateLimit")
		if _, err := fmt.Sscanf(got, `"default";r=%d;t=%d`, &left, &seconds); err != nil || left != 2-i || seconds > 60 || i == 0 && seconds != 60 ||
			time.Duration(seconds)*time.Second < time.Minute-time.Since(began) {
			t.Errorf("%s: RateLimit %s, want %d left of a minute that began with the first", path, got, 2-i)
		}
		if got := resp.Header.Get("RateLimit-Policy"); got != `"default";q=3;w=60` {
			t.Errorf("%s: RateLimit-Policy %s", path, got)
		}
	}
	resp, text := ask(t, "GET", d.url+"/api/v1/calls", "", withKey, "Accept-Language: fr")
	if resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("Retry-After") == "" || resp.Header.Get("RateLimit") == "" {
		t.Errorf("one too many: %s %v %s", resp.Status, resp.Header, text)
	}
	if resp, _ := ask(t, "GET", d.url+"/api/v1/calls", ""); resp.StatusCode != http.StatusUnauthorized || resp.Header.Get("RateLimit") == "" {
		t.Errorf("somebody unknown: %s %v", resp.Status, resp.Header)
	}
	if resp, _ := ask(t, "GET", d.loc+"/api/v1/calls", ""); resp.StatusCode != http.StatusOK {
		t.Errorf("the control socket is limited: %s", resp.Status)
	}
}
