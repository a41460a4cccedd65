package provisioning

import (
	"errors"
	"slices"

	"github.com/BurntSushi/toml"

	"tandem/routing"
	"tandem/routing/flow"
)

// DefaultRealm is the realm of devices and of trunks that log in to us, where the site file names none.
const DefaultRealm = "tandem"

// Site is a site file that was read and found in order. Its records name each other as the file does: a user by e-mail address, a number
// by E.164, everything else by name; Plan puts ids in their place.
type Site struct {
	doc     *document
	prune   bool
	realm   string
	prompts []flow.AudioID

	accounts []declared[Account]
	users    []declared[User]
	devices  []declared[Device]
	teams    []declared[Team]
	trunks   []declared[Trunk]

	operators  []declared[Operator]
	connectors []declared[Connector]

	audio   []declared[Audio]
	flows   []declared[declaredFlow]
	numbers []declared[Number]

	documents []declared[Document]
}

// declared is a record and where it stands in the file.
type declared[T any] struct {
	path   string
	record T
}

// declaredFlow is a flow whose nodes name things as the site file does.
type declaredFlow struct {
	account routing.AccountID
	flow    *flow.Flow
	draft   bool       // saved, not published (SPEC F2)
	beside  *flow.Flow // the draft beside what is published; nil: the file says nothing of it
	made    string     // not empty: it was made of a number's settings, which stand at this path
}

// ParseSite reads a site file: it finds every problem of the file itself, with line and key. The name is for messages. With problems the site is
// nil. Prompts are the sounds that come with the product; where none are given, a sound that the file does not declare is taken for one of them.
func ParseSite(name string, data []byte, prompts ...flow.AudioID) (*Site, []Problem) {
	doc := &document{file: name}
	var values map[string]any
	if _, err := toml.Decode(string(data), &values); err != nil {
		p := Problem{File: name, Text: err.Error()}
		if parse, is := errors.AsType[toml.ParseError](err); is {
			p.Line, p.Key, p.Text = parse.Position.Line, parse.LastKey, parse.Message
		}
		return nil, []Problem{p}
	}
	doc.lines = keyLines(string(data))
	s := &Site{doc: doc, prompts: prompts}
	s.read(&table{doc: doc, values: values})
	s.check()
	if len(doc.problems) > 0 {
		sortProblems(doc.problems)
		return nil, doc.problems
	}
	return s, nil
}

func (s *Site) read(t *table) {
	s.prune = t.truth("prune")
	s.realm = t.text("realm")
	if s.realm == "" {
		s.realm = DefaultRealm
	}
	for _, a := range t.tables("accounts") {
		s.readAccount(a)
	}
	s.readDocuments(t)
	for _, a := range t.tables("audio") {
		s.readAudio(a)
	}
	for _, u := range t.tables("users") {
		s.readUser(u)
	}
	for _, team := range t.tables("teams") {
		s.readTeam(team)
	}
	for _, trunk := range t.tables("trunks") {
		s.readTrunk(trunk)
	}
	for _, o := range t.tables("operators") {
		s.readOperator(o)
	}
	for _, c := range t.tables("connectors") {
		s.readConnector(c)
	}
	for _, f := range t.tables("flows") {
		s.readFlow(f)
	}
	for _, n := range t.tables("numbers") {
		s.readNumber(n)
	}
	t.close()
}

// account reads to which account a thing belongs: the only one, where it is not said.
func (s *Site) account(t *table) routing.AccountID {
	name := t.text("account")
	if name == "" {
		if len(s.accounts) == 1 {
			return s.accounts[0].record.ID
		}
		t.doc.refuse(t.path, "", "account is missing: the file declares %d accounts", len(s.accounts))
		return ""
	}
	s.knownAccount(t, name)
	return routing.AccountID(name)
}

func (s *Site) knownAccount(t *table, name string) {
	var names []string
	for _, a := range s.accounts {
		names = append(names, a.record.Name)
	}
	if !slices.Contains(names, name) {
		t.refuse("account", "", "unknown account %q%s", name, didYouMean(name, names))
	}
}

// find gives the declared record for which is holds.
func find[T any](all []declared[T], is func(*T) bool) *declared[T] {
	for i := range all {
		if is(&all[i].record) {
			return &all[i]
		}
	}
	return nil
}

// twice says that something was declared before.
func (s *Site) twice(t *table, key, what, first string) {
	t.refuse(key, "", "%s is declared twice: first at line %d", what, s.doc.line(first))
}
