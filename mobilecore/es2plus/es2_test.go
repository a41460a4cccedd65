package es2plus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

const someICCID ICCID = "8988211000000000011"

// platform opens an SM-DP+ that answers as it is told, and the way to it.
func platform(t *testing.T, answer http.HandlerFunc) *Platform {
	t.Helper()
	const patience = 30 * time.Second
	return waiting(t, patience, answer)
}

// waiting is platform, where an answer is waited for so long.
func waiting(t *testing.T, patience time.Duration, answer http.HandlerFunc) *Platform {
	t.Helper()
	srv := httptest.NewTLSServer(answer)
	t.Cleanup(srv.Close)
	p, err := NewPlatform(PlatformConfig{
		URL: srv.URL, Requester: "1.3.6.1.4.1.99999", Authorities: srv.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs, Within: patience,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func says(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json;charset=UTF-8")
		w.Header().Set("X-Admin-Protocol", "gsma/rsp/v2.3.0")
		_, _ = io.WriteString(w, body)
	}
}

func well(more string) string {
	return `{"header":{"functionExecutionStatus":{"status":"Executed-Success"}}` + more + `}`
}

func failing(status, subject, reason string) string {
	return fmt.Sprintf(`{"header":{"functionExecutionStatus":{"status":%q,"statusCodeData":{"subjectCode":%q,"reasonCode":%q,"message":"so it is"}}}}`, status, subject, reason)
}

// Each function is asked for as SGP.22 section 6.5.2 has it.
func TestFunctionsAreAskedForAsThePlatformWantsThem(t *testing.T) {
	var asked []string
	p := platform(t, func(w http.ResponseWriter, r *http.Request) {
		var body map[string]any
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Error(err)
		}
		sorted, _ := json.Marshal(body)
		asked = append(asked, r.Method+" "+r.URL.Path+" "+r.Header.Get("X-Admin-Protocol")+" "+r.Header.Get("Content-Type")+" "+string(sorted))
		says(well(`,"iccid":"8988211000000000011F","matchingId":"ABC-1","smdpAddress":"smdp.example.com"`))(w, r)
	})
	ctx := t.Context()
	id, err := p.DownloadOrder(ctx, "a-order", Order{ICCID: someICCID})
	if err != nil || id != someICCID {
		t.Errorf("ordered %q, %v", id, err)
	}
	if id, err = p.DownloadOrder(ctx, "b-order", Order{ProfileType: "business"}); err != nil || id != someICCID {
		t.Errorf("ordered %q, %v", id, err)
	}
	got, err := p.ConfirmOrder(ctx, "a-confirm", ConfirmOrder{ICCID: someICCID, MatchingID: "ABC-1", Release: ReleaseLater})
	if err != nil || got != (Confirmed{MatchingID: "ABC-1", Address: "smdp.example.com"}) {
		t.Errorf("confirmed %+v, %v", got, err)
	}
	if err = errors.Join(p.ReleaseProfile(ctx, "a-release", someICCID), p.CancelOrder(ctx, "a-cancel", CancelOrder{ICCID: someICCID, MatchingID: "ABC-1", Final: FinalUnavailable})); err != nil {
		t.Error(err)
	}
	head := func(function, call string) string {
		return "POST /gsma/rsp2/es2plus/" + function + ` gsma/rsp/v2.5.0 application/json {` + "%s" + `"header":{"functionCallIdentifier":"` + call + `","functionRequesterIdentifier":"1.3.6.1.4.1.99999"}`
	}
	want := []string{
		fmt.Sprintf(head("downloadOrder", "a-order"), "") + `,"iccid":"8988211000000000011F"}`,
		fmt.Sprintf(head("downloadOrder", "b-order"), "") + `,"profileType":"business"}`,
		fmt.Sprintf(head("confirmOrder", "a-confirm"), "") + `,"iccid":"8988211000000000011F","matchingId":"ABC-1","releaseFlag":false}`,
		fmt.Sprintf(head("releaseProfile", "a-release"), "") + `,"iccid":"8988211000000000011F"}`,
		fmt.Sprintf(head("cancelOrder", "a-cancel"), `"finalProfileStatusIndicator":"Unavailable",`) + `,"iccid":"8988211000000000011F","matchingId":"ABC-1"}`,
	}
	if strings.Join(asked, "\n") != strings.Join(want, "\n") {
		t.Errorf("asked:\n%s\nwant:\n%s", strings.Join(asked, "\n"), strings.Join(want, "\n"))
	}
}

// What the platform does not do is told apart: worth another try, or not.
func TestAFailureSaysWhetherThereIsHope(t *testing.T) {
	for body, want := range map[string]Hope{
		failing("Failed", "8.2.1", "3.3"):                             Useless,
		failing("Failed", "8.2.5", "3.9"):                             Useless,
		failing("Failed", "1.2", "1.2"):                               Useless,
		failing("Failed", "8.8", "4.1"):                               Again,
		failing("Failed", "8.9", "5.1"):                               Again,
		failing("Expired", "1.6", "4.3"):                              Again,
		`{"header":{"functionExecutionStatus":{"status":"Expired"}}}`: Again,
		`{"header":{"functionExecutionStatus":{"status":"Failed"}}}`:  Useless,
	} {
		_, err := platform(t, says(body)).DownloadOrder(t.Context(), "x", Order{ICCID: someICCID})
		f, is := errors.AsType[*Failure](err)
		if !is || f.Hope() != want {
			t.Errorf("%s is %v, hope %v", body, err, is && bool(f.Hope()))
		}
	}
	_, err := platform(t, says(failing("Failed", "8.2.1", "3.3"))).DownloadOrder(t.Context(), "x", Order{ICCID: someICCID})
	f, is := errors.AsType[*Failure](err)
	if !is || !f.Has("8.2.6/3.3", "8.2.1/3.3") || f.Has("8.2.1/3.5") || err.Error() != "downloadOrder: failed 8.2.1/3.3 (the ICCID is in use already): so it is" {
		t.Errorf("it is told as %q", err)
	}
	if err = platform(t, says(`{"header":{"functionExecutionStatus":{"status":"Executed-WithWarning","statusCodeData":{"subjectCode":"8.9","reasonCode":"4.2"}}}}`)).
		ReleaseProfile(t.Context(), "x", someICCID); err != nil {
		t.Errorf("a warning is taken for a failure: %v", err)
	}
	for status, want := range map[int]Hope{500: Again, 503: Again, 429: Again, 408: Again, 400: Useless, 401: Useless, 403: Useless, 404: Useless, 302: Useless} {
		err := platform(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "https://127.0.0.1:1/elsewhere")
			w.WriteHeader(status)
		}).ReleaseProfile(t.Context(), "x", someICCID)
		if r, is := errors.AsType[*RefusedError](err); !is || r.Status != status || r.Hope() != want {
			t.Errorf("%d is %v", status, err)
		}
	}
}

// An answer that is none is an error that says nothing of what the platform did: neither a *Failure nor a *RefusedError.
func TestBrokenAnswersAreNoAnswers(t *testing.T) {
	for name, body := range map[string]string{
		"empty": "", "no JSON": "<html>", "a list": "[]", "no header": "{}", "no status": `{"header":{}}`, "unknown status": `{"header":{"functionExecutionStatus":{"status":"Maybe"}}}`,
		"two values": well("") + well(""), "no ICCID": well(""), "no such ICCID": well(`,"iccid":"123"`), "wrong kind": well(`,"iccid":7`), "too long": well(`,"x":"` + strings.Repeat("a", 70000) + `"`),
		"bad code": failing("Failed", "<script>", "3.3"),
	} {
		id, err := platform(t, says(body)).DownloadOrder(t.Context(), "x", Order{ICCID: someICCID})
		_, failed := errors.AsType[*Failure](err)
		_, refused := errors.AsType[*RefusedError](err)
		if err == nil || id != "" || failed || refused {
			t.Errorf("%s: %q, %v", name, id, err)
		}
	}
	if got, err := platform(t, says(well(`,"matchingId":"lower case","smdpAddress":"a b"`))).ConfirmOrder(t.Context(), "x", ConfirmOrder{ICCID: someICCID}); err == nil {
		t.Errorf("a malformed confirmation is %+v", got)
	}
	for name, answer := range map[string]http.HandlerFunc{
		"HTML": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, well("")) },
		"another protocol": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("X-Admin-Protocol", "soap/v1")
			_, _ = io.WriteString(w, well(""))
		},
	} {
		if err := platform(t, answer).ReleaseProfile(t.Context(), "x", someICCID); err == nil {
			t.Errorf("%s is taken for an answer", name)
		}
	}
	over := make(chan struct{})
	silent := func(http.ResponseWriter, *http.Request) { <-over } // not until nobody waits any more: its end is an answer, which may still be heard
	if err := waiting(t, 100*time.Millisecond, silent).ReleaseProfile(t.Context(), "x", someICCID); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("silence is %v", err)
	}
	close(over)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := platform(t, says(well(""))).ReleaseProfile(ctx, "x", someICCID); !errors.Is(err, context.Canceled) {
		t.Errorf("asked by nobody: %v", err)
	}
	for _, url := range []string{"", "http://smdp.example.com", "smdp.example.com", "https://", "https://u:p@smdp.example.com", "https://a?b"} {
		if _, err := NewPlatform(PlatformConfig{URL: url}); err == nil {
			t.Errorf("%q is taken for a platform", url)
		}
	}
}

func notice(changes ...string) string {
	return strings.NewReplacer(changes...).Replace(`{"header":{"functionRequesterIdentifier":"1.2.3","functionCallIdentifier":"n-1"},` +
		`"eid":"89049032123451234512345678901235","iccid":"8988211000000000011F","profileType":"business","timestamp":"2026-03-04T05:06:07Z",` +
		`"notificationPointId":4,"notificationPointStatus":{"status":"Executed-Success"},"resultData":"vyw="}`)
}

func TestNotificationsAreRead(t *testing.T) {
	want := Notification{
		Requester: "1.2.3", Call: "n-1", EID: "89049032123451234512345678901235", ICCID: someICCID, ProfileType: "business",
		At: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC), Point: PointInstall, Status: Status{Execution: Executed}, Result: "vyw=",
	}
	for name, body := range map[string]string{
		"as it should be":   notice(),
		"as version 3":      notice("notificationPointId", "notificationEvent", "notificationPointStatus", "notificationEventStatus"),
		"point as a text":   notice(`:4,`, `:"4",`),
		"another zone":      notice("05:06:07Z", "07:06:07+02:00"),
		"no zone":           notice("05:06:07Z", "05:06:07"),
		"a field of theirs": notice(`"profileType"`, `"imei":"1","profileType"`),
	} {
		if got, err := ReadNotification([]byte(body)); err != nil || got != want {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	for name, body := range map[string]string{
		"nothing": "", "null": "null", "no header": notice(`"header"`, `"head"`), "no call": notice(`"n-1"`, `""`), "no point": notice("notificationPointId", "x"),
		"no status": notice("notificationPointStatus", "x"), "bad status": notice("Executed-Success", "Great"), "bad ICCID": notice("00011F", "00012F"),
		"bad EID": notice("901235", "901236"), "no time": notice("timestamp", "x"), "bad time": notice("2026-03-04T", "2026-13-04T"), "ancient": notice("2026-03", "1926-03"),
		"negative point": notice(":4,", ":-4,"), "huge point": notice(":4,", ":70000,"), "long call": notice("n-1", strings.Repeat("n", 2000)), "two": notice() + notice(),
	} {
		if got, err := ReadNotification([]byte(body)); err == nil {
			t.Errorf("%s is read as %+v", name, got)
		}
	}
}

func FuzzReadAnswer(f *testing.F) {
	for _, seed := range []string{well(`,"iccid":"8988211000000000011F"`), failing("Failed", "8.2.1", "3.3"), "{}", `{"header":null}`, ""} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var out struct {
			ICCID string `json:"iccid"`
		}
		err := readAnswer("downloadOrder", body, &out)
		if failure, is := errors.AsType[*Failure](err); is && failure.Status.Execution != Failed && failure.Status.Execution != Expired {
			t.Errorf("%q is a failure of %q", body, failure.Status.Execution)
		}
		if err != nil && err.Error() == "" {
			t.Errorf("%q fails without a word", body)
		}
	})
}

func FuzzReadNotification(f *testing.F) {
	for _, seed := range []string{notice(), notice(":4,", `:"101",`), "{}", "null", ""} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		n, err := ReadNotification(body)
		if err != nil {
			return
		}
		if _, bad := ParseICCID(n.ICCID.Wire()); bad != nil || n.At.IsZero() || n.Call == "" || n.Status.check() != nil {
			t.Errorf("%q is read as %+v", body, n)
		}
	})
}
