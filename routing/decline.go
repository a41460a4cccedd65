package routing

// declineFor stops what rings a user, wherever they said so.
func (c *call) declineFor(u UserID) error {
	for _, l := range c.legs {
		if l.fork == nil || l.user == nil || l.user.ID != u || l.state == legGone {
			continue
		}
		f, why := l.fork, causeOfStatus(statusDecline)
		if worse(why, f.worst) {
			f.worst = why
		}
		c.userDeclined(f, u)
		c.userTriesEnded(f, u)
		if f.live == 0 {
			c.forkFailed(f)
		}
		return nil
	}
	return ErrNotTheirs
}
