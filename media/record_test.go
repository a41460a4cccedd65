package media_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tandem/media"
	"tandem/media/mediatest"
	"tandem/media/prompt"
)

// recorded reads a recording back.
func recorded(t *testing.T, path string) []int16 {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p, err := prompt.Read("recording", f)
	if err != nil {
		t.Fatalf("read the recording: %v", err)
	}
	return p.PCM()
}

// spoken counts the 20 ms of some samples that are the tone of 700 Hz, which stands for speech here.
func spoken(pcm []int16) int {
	n := 0
	for ; len(pcm) >= 160; pcm = pcm[160:] {
		if mediatest.Dominates(pcm[:160], 700) {
			n++
		}
	}
	return n
}

func TestSpec_V1_RecordingIsAtMostAsLongAsWasSet(t *testing.T) {
	t.Parallel()
	e := engine(t)
	for i, law := range []mediatest.Law{mediatest.ALaw, mediatest.MuLaw} {
		a := join(t, e, byte(2+i), mediatest.Sketch{Laws: []mediatest.Law{law}})
		path := filepath.Join(t.TempDir(), "v1.wav")
		a.Record(media.Record{ID: 3, Path: path, Max: 400 * time.Millisecond})
		a.peer.SendTone(700, time.Second)
		end := await[media.RecordEnded](t, a.box)
		if end.Record != 3 || end.Why != media.RecordTooLong || end.Err != nil || end.Length != 400*time.Millisecond {
			t.Errorf("ended: %+v", end)
		}
		pcm := recorded(t, path)
		if len(pcm) != 3200 || spoken(pcm) < 15 {
			t.Errorf("%d samples, %d frames of 20 of the tone", len(pcm), spoken(pcm))
		}
	}
}

func TestSpec_V2_RecordingEndsOnSilenceOrWhenStopped(t *testing.T) {
	t.Parallel()
	e := engine(t)
	dir := t.TempDir()
	a := join(t, e, 2, mediatest.Sketch{})
	// In this order: the second recording begins after a pause in which the peer sent nothing, and that pause is not part of it.
	for _, name := range []string{"nothing", "quiet"} {
		quiet := map[string]func(){
			"quiet":   func() { a.peer.Say(mediatest.Tone(2 * time.Second)) }, // sends packets of silence
			"nothing": func() {},                                              // sends nothing at all
		}[name]
		path := filepath.Join(dir, name+".wav")
		a.Record(media.Record{ID: 1, Path: path, Max: time.Minute, Silence: 1200 * time.Millisecond})
		a.peer.SendTone(700, 300*time.Millisecond)
		quiet()
		end := await[media.RecordEnded](t, a.box)
		if end.Why != media.RecordSilence || end.Err != nil || end.Length < 1400*time.Millisecond || end.Length > 4*time.Second {
			t.Errorf("%s: ended %+v", name, end)
		}
		if got := spoken(recorded(t, path)); got < 13 || got > 16 {
			t.Errorf("%s: %d frames of the tone, not 15", name, got)
		}
		waitSent(t, a.peer, 1)
	}
	path := filepath.Join(dir, "stopped.wav")
	a.Record(media.Record{ID: 2, Path: path})
	a.peer.Forget()
	a.peer.SendTone(700, 200*time.Millisecond)
	waitSent(t, a.peer, 1)
	a.StopRecord()
	if end := await[media.RecordEnded](t, a.box); end.Record != 2 || end.Why != media.RecordStopped || end.Err != nil {
		t.Errorf("ended: %+v", end)
	}
	if got := spoken(recorded(t, path)); got < 8 {
		t.Errorf("%d frames of the tone", got)
	}
	hang := filepath.Join(dir, "hung up.wav")
	a.Record(media.Record{ID: 3, Path: hang})
	a.peer.SendTone(700, 200*time.Millisecond)
	waitSent(t, a.peer, 1)
	a.Close()
	if end := await[media.RecordEnded](t, a.box); end.Record != 3 || end.Why != media.RecordStopped || end.Err != nil {
		t.Errorf("ended: %+v", end)
	}
	soxi(t, hang)
}

// soxi asks another program what a file is.
func soxi(t *testing.T, path string) {
	t.Helper()
	program, err := exec.LookPath("soxi")
	if err != nil {
		t.Skip("needs the Debian package sox")
	}
	out, err := exec.CommandContext(t.Context(), program, path).CombinedOutput()
	if err != nil {
		t.Fatalf("soxi: %v: %s", err, out)
	}
	for _, want := range []string{"Channels       : 1", "Sample Rate    : 8000", "A-law"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("soxi does not say %q:\n%s", want, out)
		}
	}
	if strings.Contains(string(out), "WARN") {
		t.Errorf("soxi warns:\n%s", out)
	}
}

func TestRecordingKeepsTheTimeOfWhatWasLost(t *testing.T) {
	t.Parallel()
	e := engine(t)
	a := join(t, e, 2, mediatest.Sketch{})
	path := filepath.Join(t.TempDir(), "gap.wav")
	a.Record(media.Record{ID: 1, Path: path, Max: 280 * time.Millisecond})
	tone := slicesOf(mediatest.Tone(280*time.Millisecond, 700))
	for _, i := range []int{0, 1, 4, 3, 3, 6, 7, 8, 9, 10, 11, 12, 13} { // 2 and 5 are lost, 3 and 4 change places
		x := mediatest.Packet{PayloadType: 8, Seq: uint16(i), Timestamp: uint32(i) * 160, SSRC: 5, Payload: tone[i]}
		if err := a.peer.Inject(x.Bytes(), a.peer.To()); err != nil {
			t.Fatal(err)
		}
	}
	end := await[media.RecordEnded](t, a.box)
	if end.Why != media.RecordTooLong || end.Length != 280*time.Millisecond {
		t.Fatalf("ended: %+v", end)
	}
	pcm := recorded(t, path)
	for i := range 14 {
		if got, want := mediatest.Dominates(pcm[160*i:160*(i+1)], 700), i != 2 && i != 5; got != want {
			t.Errorf("frame %d: the tone is heard: %v", i, got)
		}
	}
}

// slicesOf cuts samples into A-law payloads.
func slicesOf(pcm []int16) [][]byte {
	var all [][]byte
	for ; len(pcm) >= 160; pcm = pcm[160:] {
		all = append(all, aLaw(pcm[:160]))
	}
	return all
}

func TestRecordingIsReadableWhileItGoesOn(t *testing.T) {
	t.Parallel()
	e := engine(t)
	a := join(t, e, 2, mediatest.Sketch{})
	path := filepath.Join(t.TempDir(), "live.wav")
	a.Record(media.Record{ID: 1, Path: path})
	a.peer.SendTone(700, 30*time.Second)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if st, err := os.Stat(path); err == nil && st.Size() > 4000 {
			break
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal("nothing on disk")
		}
	}
	// What a crash would leave now.
	copied, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	crashed := filepath.Join(t.TempDir(), "crashed.wav")
	if err := os.WriteFile(crashed, copied, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := spoken(recorded(t, crashed)); got < 20 {
		t.Errorf("%d frames of the tone in what a crash leaves", got)
	}
}

func TestRecordingThatCannotBeWrittenIsToldOf(t *testing.T) {
	e := engine(t)
	a := join(t, e, 2, mediatest.Sketch{})
	path := filepath.Join(t.TempDir(), "there.wav")
	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	a.Record(media.Record{ID: 9, Path: path})
	a.StopRecord()
	if end := await[media.RecordEnded](t, a.box); end.Record != 9 || end.Why != media.RecordFailed || end.Err == nil {
		t.Errorf("ended: %+v", end)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "precious" {
		t.Errorf("the file that was there: %q, %v", b, err)
	}
}
