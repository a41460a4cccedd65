package provisioning

import (
	"maps"
	"path/filepath"

	"tandem/routing/flow"
)

func (s *Site) readAudio(t *table) {
	a := Audio{Account: s.account(t), Name: t.needed("name"), SHA256: t.text("file")}
	kept := t.text("sha256")
	t.close()
	switch {
	case (a.SHA256 == "") == (kept == ""):
		t.doc.refuse(t.path, "", "give file, or the sha256 of a sound that is there already")
	case kept != "" && !hexadecimal(kept, 64):
		t.refuse("sha256", "", "want 64 hexadecimal digits in small letters")
	}
	a.ID = flow.AudioID(a.Name)
	if kept != "" {
		a.SHA256, a.Size = kept, sizeKept
	}
	if !filepath.IsLocal(a.SHA256) && a.SHA256 != "" {
		t.refuse("file", "", "%q leads out of the directory of the site file", a.SHA256)
	}
	same := func(o *Audio) bool { return o.Account == a.Account && o.Name == a.Name }
	if first := find(s.audio, same); first != nil {
		s.twice(t, "name", a.Name, first.path)
		return
	}
	s.audio = append(s.audio, declared[Audio]{t.path, a})
}

// readFlow reads a flow: the keys of a flow/v1 document, and besides them account and publish.
func (s *Site) readFlow(t *table) {
	d := declaredFlow{account: s.account(t)}
	name := t.needed("name")
	if _, said := t.values["publish"]; said {
		d.draft = !t.truth("publish")
	}
	body := maps.Clone(t.values)
	for _, ours := range []string{"account", "publish", "draft"} {
		delete(body, ours)
	}
	if draft := t.within("draft"); draft != nil {
		d.beside = s.readDraft(draft)
	}
	parsed, problems := flow.Decode(body)
	for _, p := range problems {
		s.flowProblem(t.path, p)
	}
	if parsed == nil {
		// Others may name it all the same: one mistake is enough.
		parsed = &flow.Flow{Name: name}
		d.draft = true
	}
	parsed.ID = flow.ID(name)
	d.flow = parsed
	same := func(o *declaredFlow) bool { return o.account == d.account && o.flow.Name == name }
	if first := find(s.flows, same); first != nil {
		s.twice(t, "name", name, first.path)
		return
	}
	s.flows = append(s.flows, declared[declaredFlow]{t.path, d})
}

// readDraft reads the draft of a flow that is published; nil where it is none.
func (s *Site) readDraft(t *table) *flow.Flow {
	parsed, problems := flow.Decode(t.values)
	for _, p := range problems {
		s.flowProblem(t.path, p)
	}
	return parsed
}

// flowProblem puts a problem of a flow at its place in the file.
func (s *Site) flowProblem(path string, p flow.Problem) {
	at := path
	if p.Path != "" {
		at = join(path, p.Path)
	}
	text := p.Text
	if p.Node != "" {
		text = "node " + string(p.Node) + ": " + text
	}
	s.doc.refuse(at, string(p.Code), "%s", text)
}
