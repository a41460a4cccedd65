package smpp

// SetSequence makes the next sequence number the one after n.
func (b *Bind) SetSequence(n uint32) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sequence = n
}
