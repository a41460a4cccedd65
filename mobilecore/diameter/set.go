package diameter

// Set is AVPs in order: of a message, or the members of a group. Its methods read by attribute, and take what is not there, or cannot be read, as absent: whoever
// must know reads the AVP itself.
type Set []AVP

// Find is the first AVP of an attribute; nil: there is none.
func (s Set) Find(a Attribute) *AVP {
	for i := range s {
		if s[i].Attribute == a {
			return &s[i]
		}
	}
	return nil
}

// All gives every AVP of an attribute.
func (s Set) All(a Attribute) func(yield func(*AVP) bool) {
	return func(yield func(*AVP) bool) {
		for i := range s {
			if s[i].Attribute == a && !yield(&s[i]) {
				return
			}
		}
	}
}

// Count is how often an attribute is there.
func (s Set) Count(a Attribute) int {
	n := 0
	for range s.All(a) {
		n++
	}
	return n
}

// Has says whether an attribute is there.
func (s Set) Has(a Attribute) bool { return s.Find(a) != nil }

// Text is the text of an attribute; empty: absent.
func (s Set) Text(a Attribute) string {
	if found := s.Find(a); found != nil {
		return string(found.Payload)
	}
	return ""
}

// Number is the number of an attribute; 0: absent, or zero.
func (s Set) Number(a Attribute) uint64 {
	if found := s.Find(a); found != nil {
		if n, err := found.Number(); err == nil {
			return n
		}
	}
	return 0
}

// Group is the members of an attribute; nil: absent.
func (s Set) Group(a Attribute) Set {
	if found := s.Find(a); found != nil {
		if members, err := found.Members(); err == nil {
			return members
		}
	}
	return nil
}

// Require refuses with 5005 a set that lacks one of these attributes, and with 5009 one that has it twice.
func (s Set) Require(once ...Attribute) error {
	for _, a := range once {
		switch s.Count(a) {
		case 0:
			return Missing(a)
		case 1:
		default:
			return s.Find(a).refuse(AVPOccursTooManyTimes, "is there more than once")
		}
	}
	return nil
}

// check holds every AVP against the dictionary, as deep as groups go. left is how many AVPs the message may still have.
func (s Set) check(depth int, left *int) error {
	for i := range s {
		a := &s[i]
		if *left--; *left < 0 {
			return a.refuse(AVPOccursTooManyTimes, "is one of too many")
		}
		if err := a.valid(); err != nil {
			return err
		}
		if a.Attribute.Kind() != Grouped || a.Attribute == FailedAVP { // what failed elsewhere may be anything
			continue
		}
		if depth == deepest {
			return a.refuse(InvalidAVPValue, "is nested too deep")
		}
		members, err := a.Members()
		if err != nil {
			return err
		}
		if err = members.check(depth+1, left); err != nil {
			return err
		}
	}
	return nil
}
