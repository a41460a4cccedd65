package ims_test

import (
	"strings"
	"testing"
	"time"

	"tandem/mobilecore/ims"
)

func aKey() ims.AnchorKey { return ims.AnchorKey(strings.Repeat("k", 32)) }

func TestAnAnchorIsKnownAgainAndNoOtherIsBelieved(t *testing.T) {
	at := time.Unix(1_790_000_000, 0)
	a := ims.Anchor{ID: "01J9-call.7", Hop: 1, At: at, Served: "+33612345678"}
	value := aKey().Sign(a)
	if strings.Contains(value, "612345678") {
		t.Errorf("the number is in the header: %s", value)
	}
	got, verdict := aKey().Read([]string{value}, a.Served)
	same(t, "anchor", got, a)
	same(t, "verdict", verdict, ims.AnchorGenuine)
	for name, c := range map[string]struct {
		values []string
		served string
		key    ims.AnchorKey
		want   ims.AnchorVerdict
	}{
		"none":                     {nil, a.Served, aKey(), ims.AnchorAbsent},
		"of another number":        {[]string{value}, "+33612345679", aKey(), ims.AnchorOther},
		"of another key":           {[]string{value}, a.Served, ims.AnchorKey(strings.Repeat("x", 32)), ims.AnchorForged},
		"with a hop put back":      {[]string{strings.Replace(value, "hop=1", "hop=0", 1)}, a.Served, aKey(), ims.AnchorForged},
		"with a time put forward":  {[]string{strings.Replace(value, "t=179", "t=189", 1)}, a.Served, aKey(), ims.AnchorForged},
		"without its signature":    {[]string{value[:strings.Index(value, ";mac=")]}, a.Served, aKey(), ims.AnchorForged},
		"of a version to come":     {[]string{"v2;whatever"}, a.Served, aKey(), ims.AnchorForeign},
		"of no form":               {[]string{"yes"}, a.Served, aKey(), ims.AnchorForged},
		"a key that is none":       {[]string{value}, a.Served, nil, ims.AnchorForged},
		"forged beside a good one": {[]string{"v1;id=x;hop=1;mac=AAAA", value}, a.Served, aKey(), ims.AnchorGenuine},
		"behind a heap of others":  {[]string{"a", "b", "c", "d", value}, a.Served, aKey(), ims.AnchorForged},
	} {
		_, verdict = c.key.Read(c.values, c.served)
		same(t, name, verdict, c.want)
	}
	same(t, "an id that would break the header", aKey().Sign(ims.Anchor{ID: "a;mac=b", At: at}), "")
	same(t, "no key", ims.AnchorKey("short").Sign(a), "")
}

func FuzzAnchor(f *testing.F) {
	f.Add(aKey().Sign(ims.Anchor{ID: "a", Hop: 1, At: time.Unix(1, 0), Served: "+336"}), "+336")
	f.Add("v1;id=a;hop=1;t=1;n=;mac=", "")
	f.Add("v1;id=a;hop=1;t=1;n=46U5uHCo4nk;mac=5ZRCCPIFxoN\nvbGRoavAx_A", "+336") // a line break inside the mark was overlooked once
	f.Fuzz(func(t *testing.T, value, served string) {
		a, verdict := aKey().Read([]string{value}, served)
		if verdict == ims.AnchorGenuine && aKey().Sign(a) != value {
			t.Errorf("%q was believed and is not ours", value)
		}
	})
}
