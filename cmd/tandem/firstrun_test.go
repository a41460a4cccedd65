package main

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// A new program says where its first person sets it up, and says it again on request; with an administrator in the configuration it makes them instead.
func TestFirstRun(t *testing.T) {
	dir := t.TempDir()
	s := serve(t, dir)
	url := "http://" + s.address("http").String()
	s.waitFor(url + "/setup#token=")
	o := tandem(t, append([]string{"setup"}, at(dir)...)...)
	m := regexp.MustCompile(`/setup#token=(\w+)\n$`).FindStringSubmatch(o.out)
	if m == nil {
		t.Fatalf("no link: %+v", o)
	}
	post := func(url, body string) (int, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(text)
	}
	first := `{"token":"` + m[1] + `","company":{"name":"Acme","language":"en","country":"FR"},"admin":{"name":"Anne","email":"anne@acme.test","password":"correct horse battery"}}`
	if code, text := post(url+"/api/v1/setup", first); code != http.StatusOK {
		t.Fatalf("set up: %d %s", code, text)
	}
	if o = tandem(t, append([]string{"setup"}, at(dir)...)...); o.code != exitBadInput || !strings.Contains(o.err, "there is an administrator already") {
		t.Errorf("a second link: %+v", o)
	}
	s.terminate()
	_ = s.exit()

	s = serve(t, t.TempDir(), "--set", "admin.email=Boss@acme.test", "--set", "admin.password=battery horse correct")
	s.waitFor("the first administrator is there")
	code, text := post("http://"+s.address("http").String()+"/api/v1/session", `{"email":"boss@acme.test","password":"battery horse correct"}`)
	if code != http.StatusOK || !strings.Contains(text, `"role":"owner"`) || strings.Contains(s.log.String(), "/setup#") {
		t.Errorf("the administrator of the configuration signs in: %d %s\n%s", code, text, s.log)
	}
}
