package provisioning

import (
	"strings"
	"testing"
)

// What people type becomes what browsers write; what could say more than an origin in a header is none.
func TestOrigins(t *testing.T) {
	for typed, want := range map[string]string{
		"https://crm.example.fr":               "https://crm.example.fr",
		" HTTPS://CRM.Example.fr/ ":            "https://crm.example.fr",
		"https://crm.example.fr:443":           "https://crm.example.fr",
		"https://crm.example.fr:8443":          "https://crm.example.fr:8443",
		"http://127.0.0.1:9000":                "http://127.0.0.1:9000",
		"http://localhost:80/":                 "http://localhost",
		"http://[::1]:3000":                    "http://[::1]:3000",
		"https://crm.example.fr/page":          "",
		"https://crm.example.fr?x":             "",
		"https://crm.example.fr#x":             "",
		"https://bob@crm.example.fr":           "",
		"https://*.example.fr":                 "",
		"*":                                    "",
		"":                                     "",
		"null":                                 "",
		"crm.example.fr":                       "",
		"ftp://crm.example.fr":                 "",
		"https://crm.example.fr:":              "",
		"https://crm.example.fr:0":             "",
		"https://crm.example.fr:08443":         "",
		"https://crm.example.fr:70000":         "",
		"https://crm..fr":                      "",
		"https://-crm.fr":                      "",
		"https://caf\u00e9.fr":                 "",
		"https://crm.fr; script-src *":         "",
		"https://crm.fr https://evil.fr":       "",
		"https://crm.fr\r\nx: y":               "",
		"https://[::1%25eth0]":                 "",
		"https://[0:0::1]":                     "",
		"https://" + strings.Repeat("a.", 200): "",
	} {
		got := CleanOrigin(typed)
		if got.Valid() != (want != "") || want != "" && string(got) != want {
			t.Errorf("%q: %q, valid %v", typed, got, got.Valid())
		}
	}
}

func FuzzOrigin(f *testing.F) {
	for _, seed := range []string{"https://crm.example.fr", "http://[::1]:80", "https://a:b@c/d?e#f", "https://a;b", "https://a\tb"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		o := CleanOrigin(typed)
		if o.Valid() && (strings.ContainsAny(string(o), " \t\r\n;,'\"*/?#@\\") != strings.Contains(string(o), "//") || strings.Count(string(o), "/") != 2) {
			t.Errorf("%q stands for an origin", o)
		}
		if o.Valid() && CleanOrigin(string(o)) != o {
			t.Errorf("%q is cleaned twice", o)
		}
	})
}

// An account says which pages may show its phone; a site file says the same, and its export says it again.
func TestAnAccountAllowsOrigins(t *testing.T) {
	site := strings.Replace(pocket, "esim_licences = 5", `allowed_origins = ["https://CRM.example.fr/", "http://127.0.0.1:9000"]`, 1)
	st := after(&State{}, plan(t, &State{}, site))
	if got := st.Accounts[0].Settings.Origins; len(got) != 2 || got[0] != "https://crm.example.fr" {
		t.Errorf("read %v", got)
	}
	export, err := Export(st, ExportWhat{})
	if err != nil {
		t.Fatal(err)
	}
	if changes := applied(t, st, export); len(changes) > 0 || !strings.Contains(string(export), `allowed_origins = ["https://crm.example.fr", "http://127.0.0.1:9000"]`) {
		t.Errorf("its export changes %v\n%s", changes, export)
	}
	next := *st.Accounts[0]
	next.Settings.Origins = []Origin{"https://crm.example.fr", "https://crm.example.fr", "https://*.fr"}
	if _, err := st.Put(&next); err == nil || !strings.Contains(err.Error(), "there twice") || !strings.Contains(err.Error(), `"https://*.fr" is not`) {
		t.Errorf("refused with %v", err)
	}
	next.Settings.Origins = make([]Origin, 51)
	if _, err := st.Put(&next); err == nil || !strings.Contains(err.Error(), "no more than 50") {
		t.Errorf("refused with %v", err)
	}
}
