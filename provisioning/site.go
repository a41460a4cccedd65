package provisioning

import (
	"context"
	"errors"
	"io/fs"
)

var errBuilding = errors.New("being built")

// Site is a site file that was read.
type Site struct{}

// ParseSite reads a site file. The name is for messages. With problems the site is nil.
func ParseSite(name string, data []byte) (*Site, []Problem) { return nil, nil }

// LoadAudio reads the sounds that the site names from files, whose paths are relative to the site file. It comes before Plan.
func (s *Site) LoadAudio(files fs.FS) []Problem { return nil }

// Plan says what must change for the records to be what the site declares. With problems nothing is to change.
func Plan(current *State, site *Site) ([]Change, []Problem) { return nil, nil }

// Apply plans on the store's state and applies all changes in one transaction, or nothing. A second Apply of the same site changes nothing.
func Apply(ctx context.Context, store Store, site *Site, actor string) ([]Change, []Problem, error) {
	return nil, nil, errBuilding
}
