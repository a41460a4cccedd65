package provisioning

import (
	"strconv"
	"strings"
)

// keyLines finds the line of every key and table of a TOML text, by path: "users[2].devices[0].username". The decoder checks the text; this
// only looks, and takes anything without complaint.
func keyLines(text string) map[string]int {
	s := &lineScanner{rest: text, line: 1, found: map[string]int{}, tables: map[string]int{}}
	for {
		s.blank()
		switch {
		case s.rest == "":
			return s.found
		case s.rest[0] == '[':
			s.header()
		default:
			s.pair(s.table)
		}
	}
}

// lineScanner walks the text once. Every step takes at least a byte.
type lineScanner struct {
	rest   string
	line   int
	table  string         // path of the table that the keys belong to
	found  map[string]int // line by path
	tables map[string]int // how many tables an array of tables has so far, by path
}

// take steps over n bytes.
func (s *lineScanner) take(n int) {
	n = min(n, len(s.rest))
	s.line += strings.Count(s.rest[:n], "\n")
	s.rest = s.rest[n:]
}

// blank steps over white space and comments, on several lines.
func (s *lineScanner) blank() {
	for s.rest != "" {
		switch s.rest[0] {
		case ' ', '\t', '\r', '\n':
			s.take(1)
		case '#':
			s.take(lineEnd(s.rest))
		default:
			return
		}
	}
}

func lineEnd(s string) int {
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		return i
	}
	return len(s)
}

// header reads "[a.b]" or "[[a.b]]".
func (s *lineScanner) header() {
	array := strings.HasPrefix(s.rest, "[[")
	line := s.line
	s.take(1)
	if array {
		s.take(1)
	}
	parts := s.key()
	path := ""
	for i, p := range parts {
		path = join(path, p)
		if array && i == len(parts)-1 {
			path += "[" + strconv.Itoa(s.tables[path]) + "]"
			s.tables[strings.TrimSuffix(path, path[strings.LastIndexByte(path, '['):])]++
		} else if n := s.tables[path]; n > 0 {
			path += "[" + strconv.Itoa(n-1) + "]"
		}
	}
	s.table = path
	s.remember(path, line)
	s.take(lineEnd(s.rest))
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func (s *lineScanner) remember(path string, line int) {
	if _, known := s.found[path]; !known {
		s.found[path] = line
	}
}

// key reads a dotted key.
func (s *lineScanner) key() []string {
	var parts []string
	for {
		s.space()
		switch {
		case s.rest == "":
			return parts
		case s.rest[0] == '"' || s.rest[0] == '\'':
			parts = append(parts, s.quoted())
		default:
			n := strings.IndexFunc(s.rest, func(r rune) bool { return !bare(r) })
			if n < 0 {
				n = len(s.rest)
			}
			parts = append(parts, s.rest[:n])
			s.take(n)
		}
		s.space()
		if !strings.HasPrefix(s.rest, ".") {
			return parts
		}
		s.take(1)
	}
}

func bare(r rune) bool {
	return r == '_' || r == '-' || (r >= '0' && r <= '9') || (r >= 'a' && r <= 'z') || (r >= 'A' && r <= 'Z')
}

// space steps over blanks inside a line.
func (s *lineScanner) space() {
	s.rest = strings.TrimLeft(s.rest, " \t")
}

// quoted reads a string on one or several lines and gives what stands inside.
func (s *lineScanner) quoted() string {
	mark := s.rest[:1]
	if strings.HasPrefix(s.rest, mark+mark+mark) {
		mark += mark + mark
	}
	at := len(mark)
	for at < len(s.rest) && !strings.HasPrefix(s.rest[at:], mark) {
		if s.rest[at] == '\\' && mark[0] == '"' {
			at++
		}
		at++
	}
	inside := s.rest[len(mark):min(at, len(s.rest))]
	// A long string may end with quotes of its own: """a"""" is a quote inside.
	end := at + len(mark)
	for len(mark) == 3 && end < len(s.rest) && s.rest[end] == mark[0] {
		end++
	}
	s.take(end)
	return inside
}

// pair reads "key = value".
func (s *lineScanner) pair(table string) {
	line := s.line
	path := table
	before := len(s.rest)
	for _, p := range s.key() {
		path = join(path, p)
	}
	s.remember(path, line)
	if !strings.HasPrefix(s.rest, "=") {
		if len(s.rest) == before {
			s.take(1)
		}
		return
	}
	s.take(1)
	s.value(path, 0)
}

// value steps over a value, and remembers the keys inside of it.
func (s *lineScanner) value(path string, depth int) {
	const deepest = 100
	s.space()
	switch {
	case s.rest == "" || depth > deepest:
	case s.rest[0] == '"' || s.rest[0] == '\'':
		s.quoted()
	case s.rest[0] == '[':
		s.inside(']', func(i int) {
			at := path + "[" + strconv.Itoa(i) + "]"
			s.remember(at, s.line)
			s.value(at, depth+1)
		})
	case s.rest[0] == '{':
		s.inside('}', func(int) {
			at := path
			line := s.line
			for _, p := range s.key() {
				at = join(at, p)
			}
			s.remember(at, line)
			if strings.HasPrefix(s.rest, "=") {
				s.take(1)
				s.value(at, depth+1)
			}
		})
	default:
		n := strings.IndexAny(s.rest, ",]}#\n")
		if n < 0 {
			n = len(s.rest)
		}
		s.take(n)
	}
}

// inside reads what stands between brackets, one element after the other.
func (s *lineScanner) inside(end byte, element func(i int)) {
	s.take(1)
	for i := 0; ; i++ {
		s.blank()
		if s.rest == "" {
			return
		}
		if s.rest[0] == end {
			s.take(1)
			return
		}
		before := len(s.rest)
		element(i)
		s.blank()
		if strings.HasPrefix(s.rest, ",") {
			s.take(1)
		} else if len(s.rest) == before {
			s.take(1)
		}
	}
}
