package routing

// index is what a snapshot does not list by itself: numbers by their id, and each account's first number. It is made once a snapshot.
type index struct {
	of    *Snapshot
	byID  map[NumberID]*Number
	first map[AccountID]*Number // that anybody may show: the smallest one that is configured and no person's own
	own   map[UserID]*Number    // direct, the smallest one of theirs
	imsi  map[string]*Number    // by the subscription behind their eSIM
}

// indexOf gives the index of a snapshot; the last one is kept.
func (s *Switch) indexOf(snap *Snapshot) *index {
	if i := s.newest.Load(); i != nil && i.of == snap {
		return i
	}
	i := &index{of: snap, byID: make(map[NumberID]*Number, len(snap.Numbers)), first: map[AccountID]*Number{}, own: map[UserID]*Number{}, imsi: map[string]*Number{}}
	for _, n := range snap.Numbers {
		i.byID[n.ID] = n
		if f := i.first[n.Account]; n.Kind != Unconfigured && n.Kind != Direct && (f == nil || n.E164 < f.E164) {
			i.first[n.Account] = n
		}
		if n.Kind == Direct {
			i.owns(n)
		}
		if n.Mobile != nil && n.Mobile.IMSI != "" {
			i.imsi[n.Mobile.IMSI] = n
		}
	}
	s.newest.Store(i)
	return i
}

// owns notes whose a direct number is.
func (i *index) owns(n *Number) {
	for _, u := range n.Users {
		if o := i.own[u]; o == nil || n.E164 < o.E164 {
			i.own[u] = n
		}
	}
}

// numberByID finds an account's number.
func (s *Switch) numberByID(snap *Snapshot, id NumberID, account AccountID) *Number {
	if n := s.indexOf(snap).byID[id]; n != nil && n.Account == account {
		return n
	}
	return nil
}

// callerID is the number that a user's calls show: their own choice where the account owns it, else their direct number, else the account's first (SPEC O1, O2,
// E4). Nobody shows a colleague's direct number without having been told to.
func (s *Switch) callerID(snap *Snapshot, u *User) *Number {
	if n := snap.Numbers[u.CallerID]; n != nil && n.Account == u.Account {
		return n
	}
	i := s.indexOf(snap)
	if own := i.own[u.ID]; own != nil {
		return own
	}
	return i.first[u.Account]
}

// diallerOf is a user with their caller ID.
func (s *Switch) diallerOf(snap *Snapshot, u *User) dialler {
	return dialler{account: snap.Accounts[u.Account], show: s.callerID(snap, u)}
}
