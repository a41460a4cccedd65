package provisioning

import (
	"time"

	"tandem/routing"
)

// siteESIM is the eSIM of a number as a site file has it; its user is the number's.
type siteESIM struct {
	Package    int    `toml:"package"`
	Operator   string `toml:"operator,omitempty"`
	State      string `toml:"state,omitempty"`
	ID         string `toml:"id,omitempty"`
	ICCID      string `toml:"iccid,omitempty"`
	EID        string `toml:"eid,omitempty"`
	IMSI       string `toml:"imsi,omitempty"`
	Address    string `toml:"address,omitempty"`
	MatchingID string `toml:"matching_id,omitempty"`
	Code       string `toml:"code,omitempty"`
}

// readESIM reads the eSIM of a number: one that is there already says its state, or enabled = true.
func readESIM(t *table, n *Number) *ESIM {
	e := &ESIM{
		ID: t.text("id"), Operator: routing.OperatorID(t.text("operator")), Package: t.whole("package", 1000), ICCID: t.text("iccid"), EID: t.text("eid"),
		IMSI: t.text("imsi"), Address: t.text("address"), MatchingID: t.text("matching_id"), Code: t.text("code"),
		State: one(t, "state", ESIMRequested, ESIMOrdered, ESIMReleased, ESIMDownloaded, ESIMEnabled, ESIMDisabled, ESIMSuspended, ESIMTerminated, ESIMFailed),
	}
	if t.truth("enabled") {
		e.State = ESIMEnabled
	}
	if e.State == ESIMSuspended {
		e.Want = WantSuspended
	}
	if e.State == ESIMTerminated {
		e.Want = WantTerminated
	}
	if len(n.Users) == 1 {
		e.User = n.Users[0]
	}
	if e.ICCID != "" && !ICCIDValid(e.ICCID) {
		t.refuse("iccid", "", "%s is no card number: 19 or 20 digits, of which the last is a check digit", e.ICCID)
	}
	if e.IMSI != "" && !IMSIValid(e.IMSI) {
		t.refuse("imsi", "", "%s is no IMSI: 14 or 15 digits", e.IMSI)
	}
	if e.State == ESIMEnabled && (e.Operator == "" || e.IMSI == "" && e.ICCID == "") {
		t.doc.refuse(t.path, "", "an eSIM that is enabled has an operator, and an imsi or an iccid")
	}
	t.close()
	return e
}

// wantedESIM puts ids in the place of names. The eSIM that a number has stays: of it a site file changes the package alone, and one that is not in the file
// is not taken away.
func (p *planner) wantedESIM(path string, n, before *Number) {
	e := n.Settings.ESIM
	var had *ESIM
	if before != nil {
		had = before.Settings.ESIM
	}
	if e == nil {
		n.Settings.ESIM = had
		return
	}
	next := *e
	next.User = p.user(e.User)
	if e.Operator != "" {
		next.Operator = routing.OperatorID(p.id(KindOperator, key{"", string(e.Operator)}))
	}
	if had != nil && had.User == next.User && !had.over() {
		if next.Operator != "" && had.Operator != next.Operator {
			p.doc.refuse(path+".esim.operator", "E1", "%s has the eSIM of another operator: take it away first", string(n.E164))
			return
		}
		kept := *had
		kept.Package = e.Package
		n.Settings.ESIM = &kept
		return
	}
	if next.ID == "" {
		next.ID = routing.NewID(esimPrefix, p.now)
	}
	next.Since = p.now.UTC().Truncate(time.Millisecond)
	n.Settings.ESIM = &next
}

// esim writes an eSIM; what would let somebody else download it only where secrets are told.
func (x *exporter) esim(e *ESIM) *siteESIM {
	return &siteESIM{
		Package: e.Package, Operator: x.name(string(e.Operator)), State: string(e.State), ID: e.ID, ICCID: e.ICCID, EID: e.EID, IMSI: e.IMSI, Address: e.Address,
		MatchingID: x.secret(Secret(e.MatchingID)), Code: x.secret(Secret(e.Code)),
	}
}
