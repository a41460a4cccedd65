package sim

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// SMDPFault is what goes wrong with a request.
type SMDPFault int

// What can go wrong.
const (
	FaultNone       SMDPFault = iota
	FaultLost                 // the connection breaks, and nothing was done
	FaultLostAnswer           // it was done, and the connection breaks
	FaultBroken               // it was done, and the answer is 500
	FaultSilent               // it was done, and no answer comes
	FaultBusy                 // nothing was done: Failed 8.8/4.1
)

// Spoil lets what goes wrong be chosen for each request; nil: nothing does.
func (s *SMDP) Spoil(choose func(function string) SMDPFault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spoil = choose
}

// Mischief is what goes wrong by chance: so many of a hundred requests and notifications.
func (s *SMDP) Mischief(percent int, among ...SMDPFault) {
	s.Spoil(func(string) SMDPFault {
		if s.dice.intn(100) >= percent {
			return FaultNone
		}
		return among[s.dice.intn(len(among))]
	})
	s.post.mu.Lock()
	defer s.post.mu.Unlock()
	s.post.mischief = percent
}

// smdpPost is the notifications that are to be sent.
type smdpPost struct {
	end    context.CancelFunc
	client *http.Client
	wake   chan struct{} // of one: whatever waits is seen then

	mu       sync.Mutex
	to       string // "https://host:port"; empty: nowhere
	waiting  [][]byte
	busy     bool
	mischief int
	calls    int
}

func newSMDPPost(cert tls.Certificate) *smdpPost {
	const patience = 5 * time.Second
	return &smdpPost{
		wake: make(chan struct{}, 1), end: func() {},
		client: &http.Client{Timeout: patience, Transport: &http.Transport{TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{cert}}}},
	}
}

// Notify says where the operator listens for notifications, and who signs its certificate.
func (s *SMDP) Notify(url string, authorities *x509.CertPool) {
	s.post.mu.Lock()
	defer s.post.mu.Unlock()
	s.post.to = url
	if t, is := s.post.client.Transport.(*http.Transport); is {
		s.post.client.Transport = &http.Transport{TLSClientConfig: &tls.Config{
			MinVersion: tls.VersionTLS12, Certificates: t.TLSClientConfig.Certificates, RootCAs: authorities,
		}}
	}
}

// The points of a profile that are told of (SGP.22 section 5.3.5, and what platforms of the field send behind the download).
const (
	pointDownload = 3
	pointInstall  = 4
	pointDelete   = 5
	pointEnable   = 101
	pointDisable  = 102
)

var errNoProfile = errors.New("the phone says: this code is not valid, or was used before")

// Scan is a phone that scans an activation code: it downloads, installs and enables the profile. It gives the profile's ICCID.
func (s *SMDP) Scan(code, eid string) (string, error) {
	parts := strings.Split(code, "$")
	if len(parts) < 3 || parts[0] != "LPA:1" || parts[1] != s.Address() {
		return "", fmt.Errorf("%w: %q", errNoProfile, code)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range s.order {
		p := s.profiles[id]
		if p.matching != parts[2] || p.state != ProfileReleased || (p.eid != "" && p.eid != eid) {
			continue
		}
		p.eid = eid
		for _, step := range []struct {
			to    ProfileState
			point int
		}{{ProfileDownloaded, pointDownload}, {ProfileInstalled, pointInstall}, {ProfileEnabled, pointEnable}} {
			s.moved(p, step.to, step.point)
		}
		return id, nil
	}
	return "", fmt.Errorf("%w: %q", errNoProfile, code)
}

// Switch is a person who switches a profile on or off in the phone, or deletes it: ProfileEnabled, ProfileDisabled or ProfileDeleted.
func (s *SMDP) Switch(iccid string, to ProfileState) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.profiles[iccid]
	if p == nil || (p.state != ProfileInstalled && p.state != ProfileEnabled && p.state != ProfileDisabled) {
		return errNoProfile
	}
	point := pointEnable
	if to == ProfileDisabled {
		point = pointDisable
	}
	if to == ProfileDeleted {
		point = pointDelete
	}
	s.moved(p, to, point)
	return nil
}

// moved tells of a profile that is somewhere else now. The clock has whole seconds: what follows at once comes a second later.
func (s *SMDP) moved(p *simProfile, to ProfileState, point int) {
	p.state = to
	now := time.Now().UTC().Truncate(time.Second)
	if !now.After(p.stamp) {
		now = p.stamp.Add(time.Second)
	}
	p.stamp = now
	s.post.calls++
	body := fmt.Sprintf(`{"header":{"functionRequesterIdentifier":"1.3.6.1.4.1.99999.2","functionCallIdentifier":"sim-%d"},"eid":%q,"iccid":%q,`+
		`"profileType":"sim","timestamp":%q,"notificationPointId":%d,"notificationPointStatus":{"status":"Executed-Success"}}`,
		s.post.calls, p.eid, p.iccid+"F", now.Format("2006-01-02T15:04:05Z"), point)
	s.tell([]byte(body))
}

// tell queues a notification; by mischief twice, and before what waits already.
func (s *SMDP) tell(body []byte) {
	q := s.post
	q.mu.Lock()
	q.waiting = append(q.waiting, body)
	if last := len(q.waiting) - 1; last > 0 && s.dice.intn(100) < q.mischief {
		other := s.dice.intn(last + 1)
		q.waiting[last], q.waiting[other] = q.waiting[other], q.waiting[last]
	}
	if s.dice.intn(100) < q.mischief {
		q.waiting = append(q.waiting, body)
	}
	q.mu.Unlock()
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// Told says whether nothing waits to be told.
func (s *SMDP) Told() bool {
	s.post.mu.Lock()
	defer s.post.mu.Unlock()
	return len(s.post.waiting) == 0 && !s.post.busy
}

// deliver sends notifications one after the other, each until it is taken.
func (s *SMDP) deliver(ctx context.Context) {
	const pause = 50 * time.Millisecond
	for {
		body, to := s.post.next()
		if body == nil || to == "" {
			select {
			case <-s.post.wake:
				continue
			case <-ctx.Done():
				return
			}
		}
		if s.send(ctx, to, body) {
			s.post.rest(nil)
			continue
		}
		s.post.rest(body)
		again := time.NewTimer(pause)
		select {
		case <-again.C:
		case <-ctx.Done():
			again.Stop()
			return
		}
	}
}

// next is the notification to send now, and where to; nil: none waits.
func (q *smdpPost) next() (body []byte, to string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 || q.to == "" {
		return nil, ""
	}
	body, q.waiting, q.busy = q.waiting[0], q.waiting[1:], true
	return body, q.to
}

// rest takes back what was not taken, and sends nothing for now.
func (q *smdpPost) rest(back []byte) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.busy = false; back != nil {
		q.waiting = append(q.waiting, back) // Behind the others: what is late comes out of order.
	}
}

// send sends one notification; false: it is to be sent again.
func (s *SMDP) send(ctx context.Context, to string, body []byte) (taken bool) {
	s.mu.Lock()
	s.counts.Notified++
	s.mu.Unlock()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to+"/gsma/rsp2/es2plus/handleDownloadProgressInfo", bytes.NewReader(body))
	if err != nil {
		return true
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Admin-Protocol", "gsma/rsp/v2.5.0")
	s.post.mu.Lock()
	client := s.post.client
	s.post.mu.Unlock()
	res, err := client.Do(req)
	if err != nil {
		return false
	}
	_ = res.Body.Close()
	// What is refused for what it says would be refused again.
	return res.StatusCode < http.StatusInternalServerError
}
