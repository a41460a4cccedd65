package web

import (
	"net/http"
	"strings"
	"testing"

	"tandem/routing"
)

func TestHowALegSoundedIsToldInWords(t *testing.T) {
	o := newOffice()
	c := o.records[0]
	if len(c.Legs) < 2 {
		t.Fatal("the office has no such call")
	}
	c.Legs[0].Quality = routing.LegQuality{
		In:    routing.StreamQuality{Packets: 2000, Lost: 1, JitterMS: 2.6, MOS: 4.38, Rating: 92.4},
		Out:   routing.StreamQuality{Packets: 1900, Lost: 100, JitterMS: 12, MOS: 3.71, BurstDensity: 0.33333},
		RTTMS: 42.25, WorstMOS: 3.2,
	}
	c.Legs[1].Quality = routing.LegQuality{Fault: "nothing"}
	d := open(t, o)
	var list struct{ Data []legQuality }
	d.get("/api/v1/calls/call_1/quality", &list)
	if len(list.Data) < 2 {
		t.Fatalf("%+v", list)
	}
	a, b := list.Data[0], list.Data[1]
	if a.Verdict != "fair" || a.Party != "caller" || a.MOS != 3.71 || a.WorstMOS != 3.2 || a.In.LostPercent != 0.05 || a.Out.LostPercent != 5 || a.Out.BurstDensity != 0.333 || a.RoundTrip != 42.3 {
		t.Errorf("%+v, in %+v, out %+v", a, a.In, a.Out)
	}
	if !strings.Contains(a.Text, "5.0 %") || !strings.Contains(a.Text, "MOS 3.7") {
		t.Errorf("text: %s", a.Text)
	}
	c.Legs[0].Quality.Fault = "stopped"
	d.get("/api/v1/calls/call_1/quality", &list)
	if text := list.Data[0].Text; !strings.HasPrefix(text, a.Text+" For a while nothing was heard: the audio packets stopped") {
		t.Errorf("a pause: %s", text)
	}
	if b.Verdict != "unheard" || b.Party != "callee" || b.In != nil || b.Out != nil || !strings.Contains(b.Text, "no audio packet arrives at all") {
		t.Errorf("%+v", b)
	}
	var object callObject
	d.get("/api/v1/calls/call_1", &object)
	if object.Legs[0].MOS != 3.71 || object.Legs[1].MOS != 0 {
		t.Errorf("legs: %+v", object.Legs)
	}
	if resp, body := ask(t, http.MethodGet, d.url+"/api/v1/calls/call_none/quality", "", withKey); resp.StatusCode != http.StatusNotFound {
		t.Errorf("a call that is not there: %s %s", resp.Status, body)
	}
}

// Whatever happened to the sound of a call has a sentence in both languages.
func TestEveryFaultHasItsWords(t *testing.T) {
	words, err := readCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	tell := teller{names: &routing.Snapshot{}}
	for _, lang := range []string{"en", "fr"} {
		for _, kind := range []string{"one_way_audio", "no_audio"} {
			for why := range strings.FieldsSeq("path keys elsewhere format broken nothing stopped silence") {
				item := routing.TimelineItem{At: begin, Type: kind, Args: map[string]string{"reason": why, "party": "callee", "seconds": "4", "from": "192.0.2.1:4000", "payload_type": "18"}}
				got := tell.timeline(&routing.CallRecord{Timeline: []routing.TimelineItem{item}}, words, lang)[0]
				if strings.Contains(got.Text, "{") || strings.Contains(got.Text, "reason") || !strings.HasSuffix(got.Text, ".") || !strings.Contains(got.Text, "4 s") {
					t.Errorf("%s, %s, %s: %q", lang, kind, why, got.Text)
				}
				if kind == "one_way_audio" && strings.Contains(got.Text, " callee") && lang == "fr" {
					t.Errorf("%s: %q", lang, got.Text)
				}
			}
		}
		for key := range strings.FieldsSeq("quality_degraded.in quality_degraded.out quality_restored.in quality_restored.out audio_back") {
			if words.say(lang, "timeline."+key) == "timeline."+key {
				t.Errorf("%s: no words for %s", lang, key)
			}
		}
	}
}
