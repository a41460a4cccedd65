package ims_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"slices"
	"testing"

	"tandem/mobilecore/ims"
)

// triggers says whether a request would come to us, as a registrar reads the criteria: groups joined by "and", what is in a group by "or".
func triggers(c ims.InitialCriteria, method string, session ims.SessionCase) bool {
	groups := map[int]bool{}
	for _, p := range c.Trigger.Points {
		is := p.Method == method || (p.Case != nil && ims.SessionCase(*p.Case) == session)
		groups[p.Group] = groups[p.Group] || is != (p.Negated == 1)
	}
	for _, is := range groups {
		if !is {
			return false
		}
	}
	return true
}

func read(t *testing.T, document []byte) []ims.InitialCriteria {
	t.Helper()
	var s ims.Subscription
	d := xml.NewDecoder(bytes.NewReader(document))
	d.Strict = true
	if err := d.Decode(&s); err != nil {
		t.Fatalf("%v:\n%s", err, document)
	}
	if len(s.Profiles) != 1 {
		t.Fatalf("%d service profiles:\n%s", len(s.Profiles), document)
	}
	return s.Profiles[0].Criteria
}

func TestTheFilterCriteriaThatAnOperatorLoads(t *testing.T) {
	const us = "sip:tandem.ims.example:5060;transport=tcp"
	document, err := ims.FilterCriteria(ims.Profile{
		PrivateID: "208990000000001@ims.example", PublicIDs: []string{"sip:+33612345678@ims.example", "tel:+33612345678"}, Server: us, First: 1, Notes: ims.NotesCome,
	})
	if err != nil {
		t.Fatal(err)
	}
	criteria := read(t, document)
	comes := func(method string, session ims.SessionCase) (priority int) {
		priority = -1
		for _, c := range criteria {
			if triggers(c, method, session) {
				priority = c.Priority
			}
		}
		return priority
	}
	for session, wanted := range map[ims.SessionCase]int{
		ims.Originating: 900, ims.OriginatingUnregistered: 900, ims.OriginatingCDIV: -1, ims.Terminating: 1, ims.TerminatingUnregistered: 1,
	} {
		same(t, "INVITE "+session.String(), comes("INVITE", session), wanted)
	}
	same(t, "REGISTER", comes("REGISTER", ims.Originating), 2)
	same(t, "MESSAGE from the user", comes("MESSAGE", ims.Originating), 3)
	same(t, "MESSAGE to the user", comes("MESSAGE", ims.Terminating), 3)
	same(t, "MESSAGE to a phone that is off", comes("MESSAGE", ims.TerminatingUnregistered), 3)
	same(t, "OPTIONS", comes("OPTIONS", ims.Originating), -1)
	var priorities []int
	for _, c := range criteria {
		same(t, "server", c.Server.Name, us)
		same(t, "with us down, calls go on", c.Server.DefaultHandling, 0)
		priorities = append(priorities, c.Priority)
	}
	if slices.Sort(priorities); len(slices.Compact(priorities)) != 4 {
		t.Errorf("priorities %v are not each their own", priorities)
	}
	// The schema is a sequence: an element out of its place makes a registrar refuse the whole.
	at := -1
	for _, element := range []string{"<PrivateID>", "<ServiceProfile>", "<PublicIdentity>", "<InitialFilterCriteria>", "<Priority>", "<TriggerPoint>", "<ConditionTypeCNF>1", "<SPT>", "<ConditionNegated>0", "<Group>0", "<Method>", "<ApplicationServer>", "<ServerName>", "<DefaultHandling>0"} {
		i := bytes.Index(document, []byte(element))
		if i <= at {
			t.Errorf("%s is not in its place:\n%s", element, document)
		}
		at = i
	}
}

func TestWhatCannotBeFilterCriteriaIsRefused(t *testing.T) {
	good := ims.Profile{PublicIDs: []string{"tel:+33612345678"}, Server: "sip:tandem.example"}
	for name, c := range map[string]struct {
		change func(*ims.Profile)
		want   error
	}{
		"no server":       {func(p *ims.Profile) { p.Server = "tandem.example" }, ims.ErrNoServer},
		"a web server":    {func(p *ims.Profile) { p.Server = "https://tandem.example" }, ims.ErrNoServer},
		"nobody":          {func(p *ims.Profile) { p.PublicIDs = nil }, ims.ErrNoPublic},
		"the wrong order": {func(p *ims.Profile) { p.First, p.Last = 10, 11 }, ims.ErrPriority},
	} {
		p := good
		c.change(&p)
		if _, err := ims.FilterCriteria(p); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	p := good
	p.PublicIDs = []string{"sip:a@b</Identity>"}
	if document, err := ims.FilterCriteria(p); err == nil {
		t.Errorf("an identity that would break out:\n%s", document)
	}
}
