package routing

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"tandem/routing/flow"
)

// mark keeps on the call what the machine says (flow node set). What is empty stays as it was.
func (c *call) mark(s flow.Set) {
	for _, tag := range s.Tags {
		c.tag(tag, "")
	}
	if len(s.Variables) > 0 {
		custom := maps.Clone(c.rec.Custom) // Others may hold the old one.
		if custom == nil {
			custom = make(map[string]string, len(s.Variables))
		}
		maps.Copy(custom, s.Variables)
		c.rec.Custom = custom
	}
	if s.Language != "" {
		c.lang = s.Language
	}
}

// mostTags and mostComments bound what people can put on a call.
const (
	mostTags     = 50
	mostComments = 200
)

// tag puts a tag on the call; one that is there is not put on again.
func (c *call) tag(id string, by UserID) {
	if slices.Contains(c.rec.Tags, id) || len(c.rec.Tags) >= mostTags {
		return
	}
	c.rec.Tags = append(slices.Clip(c.rec.Tags), id)
	c.addItem(TimelineItem{Type: "tagged", User: by, Args: map[string]string{"tag": id}})
	c.sw.Tagged(c.id)
}

func (c *call) untag(id string, by UserID) {
	i := slices.Index(c.rec.Tags, id)
	if i < 0 {
		return
	}
	c.rec.Tags = slices.Delete(slices.Clone(c.rec.Tags), i, i+1)
	c.addItem(TimelineItem{Type: "untagged", User: by, Args: map[string]string{"tag": id}})
}

// Label changes what people say of a call. What is nil or empty stays as it is; what is so already is no change.
type Label struct {
	By         UserID  // empty: a program
	AssignedTo *UserID // "": to nobody
	Archived   *bool
	Tag        string // id, put on
	Untag      string // id, taken off
	Comment    *CallComment
}

func (Label) command() {}

// label does what people say of the call. It can be done until the record is handed on.
func (c *call) label(l Label) error {
	if c.linger.recorded {
		return ErrNoCall
	}
	if l.Tag != "" {
		c.tag(l.Tag, l.By)
		c.sw.Tagged(c.id)
	}
	if l.Untag != "" {
		c.untag(l.Untag, l.By)
	}
	if l.Comment != nil && len(c.rec.Comments) < mostComments {
		c.rec.Comments = append(slices.Clip(c.rec.Comments), *l.Comment)
		c.addItem(TimelineItem{Type: "commented", User: l.By, Args: map[string]string{"comment": l.Comment.ID}})
	}
	if l.AssignedTo != nil && *l.AssignedTo != c.rec.AssignedTo {
		c.rec.AssignedTo = *l.AssignedTo
		c.addItem(TimelineItem{Type: "assigned", User: l.By, Args: map[string]string{"to": string(*l.AssignedTo)}})
	}
	if l.Archived != nil && *l.Archived != c.rec.Archived {
		c.rec.Archived = *l.Archived
		c.addItem(TimelineItem{Type: "archived", User: l.By, Args: map[string]string{"archived": strconv.FormatBool(*l.Archived)}})
	}
	c.rec.UpdatedAt = time.Now()
	c.publish()
	return nil
}
