package flow

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Schema is the version of the documents that Parse reads and Marshal writes.
const Schema = "flow/v1"

// Parse reads a flow from its JSON document. Unknown keys, node types and ports are refused, with the right name where one is near. The error
// is a *DocumentError that lists every problem with its path. Whether the graph makes sense is Lint's to say.
func Parse(document []byte) (*Flow, error) {
	d := json.NewDecoder(bytes.NewReader(document))
	d.UseNumber()
	var v map[string]any
	if err := d.Decode(&v); err != nil {
		return nil, notJSON(document, d.InputOffset(), err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, notJSON(document, d.InputOffset(), errors.New("something follows after the end of the document"))
	}
	if v == nil {
		return nil, notJSON(document, 0, errors.New("the document is null"))
	}
	again := duplicates{tokens: json.NewDecoder(bytes.NewReader(document)), doc: new(documentProblems)}
	if err := again.value(""); err != nil {
		return nil, notJSON(document, again.tokens.InputOffset(), err)
	}
	f, problems := Decode(v)
	if problems = append(again.doc.problems, problems...); len(problems) > 0 {
		return nil, &DocumentError{Problems: problems}
	}
	return f, nil
}

// notJSON says at which line and column a document stops being JSON.
func notJSON(document []byte, at int64, err error) error {
	if s, is := errors.AsType[*json.SyntaxError](err); is {
		at = s.Offset
	} else if t, is := errors.AsType[*json.UnmarshalTypeError](err); is {
		at, err = t.Offset, errors.New("the document is not an object")
	}
	at = min(max(at, 0), int64(len(document)))
	line := bytes.Count(document[:at], []byte("\n")) + 1
	column := int(at) - bytes.LastIndexByte(document[:at], '\n') - 1
	return &DocumentError{Problems: []Problem{{
		Code: BadDocument,
		Path: fmt.Sprintf("line %d, column %d", line, max(column, 1)),
		Text: "write JSON: " + err.Error(),
	}}}
}

// Decode reads a flow from a document that was decoded already: the same keys, from JSON or from a table of a TOML file. Where there are
// problems there is no flow.
func Decode(document map[string]any) (*Flow, []Problem) {
	d := new(documentProblems)
	f := d.flow(&object{doc: d, values: document})
	if len(d.problems) > 0 {
		return nil, d.problems
	}
	return f, nil
}

// mostNodes is how many nodes a flow may have: the checks look at each from each.
const mostNodes = 1000

func (d *documentProblems) flow(o *object) *Flow {
	one(o, "schema", Schema)
	f := &Flow{
		Name:     o.text("name"),
		Language: one(o, "language", "", "en", "fr"),
		Timezone: readZone(o),
		Start:    NodeID(o.text("start")),
		Nodes:    make(map[NodeID]*Node),
	}
	all := o.list("nodes")
	if len(all) > mostNodes {
		o.refuse("nodes", "give at most %d nodes", mostNodes)
		all = nil
	}
	for _, each := range all {
		n := d.node(each)
		if n == nil {
			continue
		}
		if f.Nodes[n.ID] != nil {
			each.refuse("id", "two nodes have the id %q: give this one another", n.ID)
		}
		f.Nodes[n.ID] = n
		f.Listed = append(f.Listed, n.ID)
	}
	f.Layout = layout(o.within("layout"))
	o.close()
	f.findPlaces()
	return f
}

// layout reads where the editor draws the nodes.
func layout(o *object) map[NodeID]Point {
	if len(o.values) == 0 {
		return nil
	}
	all := make(map[NodeID]Point, len(o.values))
	for id := range o.values {
		if xy := o.items(id); len(xy) == 2 {
			x, isX := asNumber(xy[0])
			y, isY := asNumber(xy[1])
			if isX && isY {
				all[NodeID(id)] = Point{x, y}
				continue
			}
		}
		o.refuse(id, "write a place as [x, y]")
	}
	return all
}

// node reads one node; nil where its id or type is none.
func (d *documentProblems) node(o *object) *Node {
	n := &Node{ID: NodeID(o.needed("id"))}
	o.node = n.ID
	if !printable(string(n.ID)) {
		o.refuse("id", "write the id of a node in at most 64 letters, without spaces")
		return nil
	}
	kind := Kind(o.needed("type"))
	read := readers()[kind]
	if read == nil {
		if kind != "" {
			o.refuse("type", "%s", unknownKind(kind))
		}
		return nil
	}
	n.Title = o.text("title")
	config := o.within("config")
	read(n, config)
	config.close()
	d.ports(n, o.within("next"))
	o.close()
	if n.ID == "" {
		return nil
	}
	return n
}

func unknownKind(k Kind) string {
	var names []string
	for known := range readers() {
		names = append(names, string(known))
	}
	slices.Sort(names)
	return fmt.Sprintf("unknown node type %.80q%s", k, meant(string(k), names))
}

// ports reads where the node leads.
func (d *documentProblems) ports(n *Node, o *object) {
	n.Next = make(map[string]NodeID, len(o.values))
	for _, p := range append(n.Ports(), n.idle()...) {
		if target := o.text(p); target != "" {
			n.Next[p] = NodeID(target)
		}
	}
	o.close()
}
