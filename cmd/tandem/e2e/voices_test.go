package e2e

import (
	"encoding/binary"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"tandem/loadtest/softphone"
)

// talkers are twenty voices of espeak-ng.
func talkers() []string {
	return []string{
		"en-us", "en-us+f3", "en-gb+m7", "en-gb-scotland+klatt2", "en-us+Annie", "en-us+f5", "en-029+m3", "de", "fr+f2", "es+f4",
		"it+m1", "ru", "en-us+whisper", "en-us+klatt4", "fr", "fr+f5", "fr+m3", "fr-be+f1", "en-gb+f2", "pt+f4",
	}
}

const chatter = "Good morning, I am calling about the order of last Tuesday, the one with two hundred and four small loaves, " +
	"nine of which were missing. Yes, I am holding the line. No, I have not pressed anything yet, hello, can anybody hear me?"

// speech is the chatter in a voice, at 8 kHz, with its loudest sample at peak.
func speech(t *testing.T, voice string, peak float64) []int16 {
	t.Helper()
	for _, tool := range []string{"espeak-ng", "sox"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip("needs the Debian package " + tool)
		}
	}
	say := exec.CommandContext(t.Context(), "sh", "-c",
		`espeak-ng -v "$0" --stdin --stdout | sox -q -V1 -D -t wav --ignore-length - -t raw -r 8000 -e signed -b 16 -c 1 - gain -n -1`, voice)
	say.Stdin = strings.NewReader(chatter)
	raw, err := say.Output()
	if err != nil {
		t.Fatalf("speak as %s: %v", voice, err)
	}
	pcm := make([]int16, len(raw)/2)
	if _, err = binary.Decode(raw, binary.LittleEndian, pcm); err != nil {
		t.Fatal(err)
	}
	for i, v := range pcm {
		pcm[i] = int16(float64(v) * peak / 32768)
	}
	return pcm
}

// crowd is an office with twenty users, each with a telephone, and a menu.
func crowd() string {
	var b strings.Builder
	for i := range talkers() {
		fmt.Fprintf(&b, `
[[users]]
name = "User %[1]d"
email = "user%[1]d@bakery.example"
extension = "%[2]d"
devices = [{username = "user%[1]d", password = "user%[1]d-secret"}]
`, i, 301+i)
	}
	// A menu that waits long enough for twenty at once who may all be late.
	return replace(replace(demoSite, "timeout_seconds = 5, attempts = 3", "timeout_seconds = 30, attempts = 3"), "[[teams]]", b.String()+"\n[[teams]]")
}

// Twenty voices talk over the menu, then dial, in each way: every extension that was dialled is heard, and none is imagined. SQLite hears A-law and
// PostgreSQL µ-law, so that the test stays short.
func TestSpec_X6_TwentyVoicesTalkOverTheMenu(t *testing.T) {
	var loud, quiet [][]int16
	for _, v := range talkers() {
		loud, quiet = append(loud, speech(t, v, 9000)), append(quiet, speech(t, v, 900))
	}
	onBoth(t, crowd(), func(o *office) {
		law := "PCMA"
		if o.db != "" {
			law = "PCMU"
		}
		var phones []*softphone.Phone
		for i := range talkers() {
			phones = append(phones, o.phone(fmt.Sprintf("user%d", i)))
		}
		calls := 0
		for _, way := range []struct {
			path    softphone.DigitPath
			formats []string
		}{
			{softphone.ByTone, []string{law}},
			{softphone.ByEvent, []string{law, "telephone-event"}},
			{softphone.ByInfo, []string{law}},
			{"", []string{law}}, // only talks
		} {
			o.wave(phones, way.path, way.formats, loud, quiet)
			calls += len(phones)
			o.judge(o.log(calls), way.path)
		}
	})
}

// wave lets every voice call at once.
func (o *office) wave(phones []*softphone.Phone, path softphone.DigitPath, formats []string, loud, quiet [][]int16) {
	o.t.Helper()
	carrier := o.carrier(formats...)
	defer carrier.Close()
	var wg sync.WaitGroup
	errs := make([]error, len(phones))
	for i, phone := range phones {
		wg.Go(func() { errs[i] = o.voice(carrier, phone, path, fmt.Sprint(301+i), loud[i], quiet[i]) })
	}
	wg.Wait()
	for i, err := range errs {
		if err != nil {
			o.t.Errorf("%s by %q: %v", talkers()[i], path, err)
		}
	}
}

// voice talks for four seconds over the menu, dials while it murmurs, and is connected.
func (o *office) voice(carrier, phone *softphone.Phone, path softphone.DigitPath, extension string, loud, quiet []int16) error {
	call, err := carrier.Dial(numberMenu, softphone.DialOptions{})
	if err != nil {
		return err
	}
	if err = call.Answered(o.ctx); err != nil {
		return err
	}
	const talk = 4 * time.Second
	call.Audio.Speak(loud[:int(talk.Seconds()*8000)])
	call.Audio.Wait(o.ctx, talk)
	if path == "" {
		return call.Hangup(o.ctx)
	}
	call.Audio.Speak(quiet[:3*8000])
	call.Press(o.ctx, path, extension)
	rung, err := phone.Incoming(o.ctx)
	if err != nil {
		return fmt.Errorf("extension %s was not heard: %w", extension, err)
	}
	rung.Ring()
	rung.Answer()
	rung.Audio.Say(1900)
	if err = call.Audio.Hears(o.ctx, 1900); err != nil {
		return err
	}
	if err = rung.Hangup(o.ctx); err != nil {
		return err
	}
	return call.Ended(o.ctx)
}

// judge reads what the newest calls heard: one extension each, or nothing where nothing was dialled.
func (o *office) judge(calls []logged, path softphone.DigitPath) {
	o.t.Helper()
	heard := map[string]int{}
	for _, c := range calls[:len(talkers())] {
		var line struct {
			Data []struct {
				Type string
				Args map[string]string
			}
		}
		o.read("/api/v1/calls/"+c.ID+"/timeline", &line)
		for _, item := range line.Data {
			switch {
			case item.Type == "extension_dialed":
				heard[item.Args["digits"]]++
			case strings.HasPrefix(item.Type, "ivr_"), item.Type == "extension_refused":
				o.t.Errorf("by %q the menu heard what nobody pressed: %s %v", path, item.Type, item.Args)
			}
		}
	}
	want := map[string]int{}
	for i := range talkers() {
		if path != "" {
			want[fmt.Sprint(301+i)] = 1
		}
	}
	if fmt.Sprint(heard) != fmt.Sprint(want) {
		o.t.Errorf("by %q these extensions were heard: %v", path, heard)
	}
}
