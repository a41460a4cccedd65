package routing

// index is what a snapshot does not list by itself: numbers by their id, and each account's first number. It is made once a snapshot.
type index struct {
	of    *Snapshot
	byID  map[NumberID]*Number
	first map[AccountID]*Number // that may be shown: the smallest one that is configured
}

// indexOf gives the index of a snapshot; the last one is kept.
func (s *Switch) indexOf(snap *Snapshot) *index {
	if i := s.newest.Load(); i != nil && i.of == snap {
		return i
	}
	i := &index{of: snap, byID: make(map[NumberID]*Number, len(snap.Numbers)), first: map[AccountID]*Number{}}
	for _, n := range snap.Numbers {
		i.byID[n.ID] = n
		if f := i.first[n.Account]; n.Kind != Unconfigured && (f == nil || n.E164 < f.E164) {
			i.first[n.Account] = n
		}
	}
	s.newest.Store(i)
	return i
}

// numberByID finds an account's number.
func (s *Switch) numberByID(snap *Snapshot, id NumberID, account AccountID) *Number {
	if n := s.indexOf(snap).byID[id]; n != nil && n.Account == account {
		return n
	}
	return nil
}

// callerID is the number that a user's calls show: their own choice where the account owns it, else the account's first (SPEC O1, O2).
func (s *Switch) callerID(snap *Snapshot, u *User) *Number {
	if n := snap.Numbers[u.CallerID]; n != nil && n.Account == u.Account {
		return n
	}
	return s.indexOf(snap).first[u.Account]
}

// diallerOf is a user with their caller ID.
func (s *Switch) diallerOf(snap *Snapshot, u *User) dialler {
	return dialler{account: snap.Accounts[u.Account], show: s.callerID(snap, u)}
}
