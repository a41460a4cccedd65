package config

import "strings"

// places finds the line of each key of a TOML file that has been read without an error: "sip.udp" → 12, and "sip" → the line of its
// table. It knows as much TOML as a file of plain tables and values needs; a key it cannot place has line 0.
func places(text string) map[string]int {
	out, table := map[string]int{}, ""
	closing := "" // the end of a string of several lines that is open
	line := 0
	for raw := range strings.Lines(text) {
		line++
		s := strings.TrimSpace(raw)
		if closing != "" {
			if strings.Contains(s, closing) {
				closing = ""
			}
			continue
		}
		if strings.HasPrefix(s, "[") && !strings.Contains(before(s, "#"), "=") {
			table = joinKey(strings.Trim(before(s, "#"), "[] \t"))
			remember(out, table, line)
			continue
		}
		name, value, found := strings.Cut(s, "=")
		if !found || strings.HasPrefix(s, "#") {
			continue
		}
		path := joinKey(name)
		if table != "" {
			path = table + "." + path
		}
		remember(out, path, line)
		for _, mark := range []string{`"""`, `'''`} {
			if strings.Count(value, mark) == 1 {
				closing = mark
			}
		}
	}
	return out
}

func remember(m map[string]int, path string, line int) {
	if _, known := m[path]; !known {
		m[path] = line
	}
}

func before(s, sep string) string {
	head, _, _ := strings.Cut(s, sep)
	return head
}

// joinKey writes a dotted and perhaps quoted key as this package does.
func joinKey(s string) string {
	parts := strings.Split(s, ".")
	for i := range parts {
		parts[i] = strings.Trim(parts[i], " \t\"'")
	}
	return strings.Join(parts, ".")
}
