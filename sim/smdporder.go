package sim

import (
	"cmp"
	"fmt"
	"strings"

	"tandem/mobilecore/es2plus"
)

// smdpRequest is what any function of ES2+ is asked with.
type smdpRequest struct {
	Header struct {
		Requester string `json:"functionRequesterIdentifier"`
		Call      string `json:"functionCallIdentifier"`
	} `json:"header"`
	EID         string `json:"eid"`
	ICCID       string `json:"iccid"`
	ProfileType string `json:"profileType"`
	MatchingID  string `json:"matchingId"`
	Release     bool   `json:"releaseFlag"`
	Final       string `json:"finalProfileStatusIndicator"`
}

// smdpAnswer is what any function of ES2+ answers.
type smdpAnswer struct {
	Header struct {
		Status smdpStatus `json:"functionExecutionStatus"`
	} `json:"header"`
	EID        string `json:"eid,omitempty"`
	ICCID      string `json:"iccid,omitempty"`
	MatchingID string `json:"matchingId,omitempty"`
	Address    string `json:"smdpAddress,omitempty"`
}

type smdpStatus struct {
	Status string    `json:"status"`
	Code   *smdpCode `json:"statusCodeData,omitempty"`
}

type smdpCode struct {
	Subject string `json:"subjectCode"`
	Reason  string `json:"reasonCode"`
	Message string `json:"message,omitempty"`
}

const executedWell = "Executed-Success"

func executed() *smdpAnswer {
	a := &smdpAnswer{}
	a.Header.Status.Status = executedWell
	return a
}

func failed(subject, reason, message string) *smdpAnswer {
	a := &smdpAnswer{}
	a.Header.Status = smdpStatus{Status: "Failed", Code: &smdpCode{Subject: subject, Reason: reason, Message: message}}
	return a
}

// The codes of SGP.22 section 5.2.6 for a profile.
const (
	ofICCID    = "8.2.1"
	ofMatching = "8.2.6"
	inUse      = "3.3"
	wrongState = "3.5"
	unknown    = "3.9"
	stranger   = "3.10"
)

// find is the profile that a request names.
func (s *SMDP) find(q *smdpRequest) *simProfile { return s.profiles[strings.TrimRight(q.ICCID, "F")] }

// downloadOrder reserves a profile (SGP.22 section 5.3.1).
func (s *SMDP) downloadOrder(q *smdpRequest) *smdpAnswer {
	p := s.find(q)
	switch {
	case q.ICCID != "" && p == nil:
		return failed(ofICCID, unknown, "no such profile")
	case q.ICCID == "" && (q.ProfileType == "" || q.ProfileType != s.cfg.ProfileType):
		return failed("8.2.5", unknown, "no such profile type")
	case q.ICCID == "":
		s.made++
		iccid, err := es2plus.WithCheckDigit(fmt.Sprintf("898820990000%06d", s.made))
		if err != nil {
			return failed(ofICCID, unknown, "no numbers of cards are left")
		}
		p = s.stock(string(iccid))
	}
	if p.state != ProfileAvailable {
		return failed(ofICCID, inUse, "the profile is "+string(p.state))
	}
	p.state, p.eid = ProfileAllocated, q.EID
	if p.eid != "" {
		p.state = ProfileLinked
	}
	p.ordered++
	s.counts.Orders++
	a := executed()
	a.ICCID = p.iccid + "F"
	return a
}

// confirmOrder gives an order its matching ID (SGP.22 section 5.3.2).
func (s *SMDP) confirmOrder(q *smdpRequest) *smdpAnswer {
	p := s.find(q)
	switch {
	case p == nil:
		return failed(ofICCID, unknown, "no such profile")
	case p.state != ProfileAllocated && p.state != ProfileLinked:
		return failed(ofICCID, wrongState, "the profile is "+string(p.state))
	}
	for _, other := range s.profiles {
		if q.MatchingID != "" && other.matching == q.MatchingID {
			return failed(ofMatching, inUse, "another profile has it")
		}
	}
	p.matching = cmp.Or(q.MatchingID, "SIM-"+p.iccid)
	p.state = ProfileConfirmed
	if q.Release {
		p.state = ProfileReleased
	}
	s.counts.Confirmed++
	a := executed()
	a.EID, a.MatchingID, a.Address = p.eid, p.matching, s.Address()
	return a
}

// releaseProfile lets a profile be downloaded (SGP.22 section 5.3.4).
func (s *SMDP) releaseProfile(q *smdpRequest) *smdpAnswer {
	p := s.find(q)
	switch {
	case p == nil:
		return failed(ofICCID, unknown, "no such profile")
	case p.state != ProfileConfirmed:
		return failed(ofICCID, wrongState, "the profile is "+string(p.state))
	}
	p.state = ProfileReleased
	s.counts.Released++
	return executed()
}

// cancelOrder cancels an order; what is in a phone stays there (SGP.22 section 5.3.3).
func (s *SMDP) cancelOrder(q *smdpRequest) *smdpAnswer {
	p := s.find(q)
	switch {
	case p == nil:
		return failed(ofICCID, unknown, "no such profile")
	case q.MatchingID != "" && p.matching != "" && p.matching != q.MatchingID:
		return failed(ofMatching, stranger, "another order has the profile")
	}
	switch p.state {
	case ProfileAllocated, ProfileLinked, ProfileConfirmed, ProfileReleased:
	case ProfileAvailable, ProfileDownloaded, ProfileInstalled, ProfileEnabled, ProfileDisabled, ProfileDeleted, ProfileError, ProfileUnavailable:
		return failed(ofICCID, wrongState, "the profile is "+string(p.state))
	}
	p.matching, p.eid, p.state = "", "", ProfileUnavailable
	if q.Final == string(ProfileAvailable) {
		p.state = ProfileAvailable
	}
	s.counts.Cancelled++
	return executed()
}

// Recall puts a profile where an earlier run of the platform left it.
func (s *SMDP) Recall(iccid, matching string, state ProfileState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.profiles[iccid]
	if p == nil {
		p = s.stock(iccid)
	}
	p.state, p.matching = state, matching
}
