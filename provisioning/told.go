package provisioning

import (
	"strings"
)

// told fills the holes of a refusal's sentence, "{name}", with its Args.
func told(r Refusal) *Refusal {
	pairs := make([]string, 0, 2*len(r.Args))
	for name, value := range r.Args {
		pairs = append(pairs, "{"+name+"}", value)
	}
	r.Text = strings.NewReplacer(pairs...).Replace(r.Text)
	return &r
}

// refused puts what a rule of records says at its place in a site file.
func (d *document) refused(path string, all Refusals) {
	for _, r := range all {
		at := path
		if field := strings.TrimPrefix(r.Location, "body."); field != "" {
			at = join(path, field)
		}
		d.refuse(at, r.Row, "%s", r.Text)
	}
}
