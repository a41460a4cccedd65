package transaction

// Live counts the transactions that wait for their final response, or for the end of its repeats: those that we began, and those that
// peers began. It looks at every one of them, so it is for whoever asks a few times a minute.
func (l *Layer) Live() (clients, servers int) {
	for i := range l.shards {
		s := &l.shards[i]
		s.mu.Lock()
		for _, c := range s.clients {
			if c.machine.Load() != nil {
				clients++
			}
		}
		for _, e := range s.servers {
			if e.live != nil {
				servers++
			}
		}
		s.mu.Unlock()
	}
	return clients, servers
}
