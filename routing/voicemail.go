package routing

import (
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"tandem/media"
	"tandem/routing/flow"
)

// shortestVoicemail is what a message must have to be kept (SPEC V3).
const shortestVoicemail = 2 * time.Second

// voicemailDir is where messages are, inside the data directory.
const voicemailDir = "voicemail"

// recording is the voicemail that is being left.
type recording struct {
	id      media.RecordID
	leg     *leg
	path    string // inside the data directory
	silence time.Duration
	users   []UserID
}

// startRecording records the caller (SPEC V1).
func (c *call) startRecording(r flow.Record) {
	c.stopSound()
	if c.record != nil || !c.answerCaller() {
		return
	}
	users := r.For
	if len(users) == 0 {
		users = c.voicemailFor
	}
	if len(users) == 0 {
		users = c.assigned()
	}
	c.plays++
	rel := filepath.Join(voicemailDir, string(c.id)+"-"+strconv.Itoa(c.plays)+".wav")
	c.record = &recording{id: media.RecordID(c.plays), leg: c.caller, path: rel, silence: r.Silence, users: users}
	c.caller.voice.Record(media.Record{ID: c.record.id, Path: filepath.Join(c.sw.dataDir, rel), Max: r.Max, Silence: r.Silence})
}

// stopRecording ends it; media tells when the file is complete.
func (c *call) stopRecording() {
	if c.record != nil && c.record.leg.voice != nil {
		c.record.leg.voice.StopRecord()
	}
}

// recordEnded keeps a message that is long enough, and tells the machine.
func (c *call) recordEnded(e media.RecordEnded) {
	r := c.record
	if r == nil || e.Record != r.id || c.linger.recorded {
		return
	}
	c.record = nil
	length := e.Length
	if e.Why == media.RecordSilence {
		length = max(0, length-r.silence) // The silence that ended it is not speech.
	}
	if e.Why == media.RecordFailed {
		c.sw.log.Error("voicemail cannot be kept", slog.String("call_id", string(c.id)), slog.Any("err", e.Err))
		length = 0
	}
	if length >= shortestVoicemail {
		c.rec.Voicemail = &VoicemailRecord{Path: r.path, Length: e.Length, For: r.users}
	} else {
		c.discard(r.path)
	}
	if c.stage == over {
		c.noteVoicemail(length)
		c.settleOutcome()
		c.publish()
		return
	}
	c.feed(flow.RecordDone{Length: length})
}

// noteVoicemail says what became of the message of a caller who hung up; otherwise the machine does.
func (c *call) noteVoicemail(length time.Duration) {
	kind := flow.NoteVoicemailShort
	if c.rec.Voicemail != nil {
		kind = flow.NoteVoicemailLeft
	}
	c.note(kind, nil, "seconds", secondsText(length))
}

// discard removes a message that is too short to be one (SPEC V3).
func (c *call) discard(rel string) {
	if err := os.Remove(filepath.Join(c.sw.dataDir, rel)); err != nil && !os.IsNotExist(err) {
		c.sw.log.Warn("short voicemail cannot be removed", slog.String("call_id", string(c.id)), slog.Any("err", err))
	}
}
