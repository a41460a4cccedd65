package es2plus

import (
	"bytes"
	"fmt"
	"image/png"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func TestActivationCodesAreReadAndWritten(t *testing.T) {
	for code, want := range map[string]Activation{
		"LPA:1$smdp.example.com$ABC-123":          {Address: "smdp.example.com", MatchingID: "ABC-123"},
		"1$smdp.example.com$ABC-123":              {Address: "smdp.example.com", MatchingID: "ABC-123"},
		"lpa:1$smdp.example.com$":                 {Address: "smdp.example.com"},
		"LPA:1$smdp.example.com$ABC$1.3.6.1$1":    {Address: "smdp.example.com", MatchingID: "ABC", OID: "1.3.6.1", Confirmation: NeedsConfirmation},
		"LPA:1$smdp.example.com$ABC$$1":           {Address: "smdp.example.com", MatchingID: "ABC", Confirmation: NeedsConfirmation},
		" LPA:1$smdp.example.com:8443$ABC$1.3.6 ": {Address: "smdp.example.com:8443", MatchingID: "ABC", OID: "1.3.6"},
	} {
		got, err := ParseActivation(code)
		if err != nil || got != want {
			t.Errorf("%q is %+v, %v", code, got, err)
			continue
		}
		if again, err := ParseActivation(got.String()); err != nil || again != got || !strings.HasPrefix(got.String(), "LPA:1$") {
			t.Errorf("%q is written %q", code, got)
		}
	}
	for _, code := range []string{
		"", "LPA:", "LPA:1$", "LPA:2$smdp.example.com$ABC", "LPA:1$$ABC", "LPA:1$smdp.example.com$abc", "LPA:1$smdp.example.com$A B", "LPA:1$a b$ABC",
		"LPA:1$smdp.example.com$ABC$x", "LPA:1$smdp.example.com$ABC$1.2$2", "LPA:1$smdp.example.com$ABC$1.2$1$1", "LPA:1$" + strings.Repeat("a", 300) + "$A",
	} {
		if got, err := ParseActivation(code); err == nil {
			t.Errorf("%q is taken for %+v", code, got)
		}
	}
}

func TestMatchingIDsAreTheSameForTheSame(t *testing.T) {
	one, again, other := MatchingIDFor("esim_1"), MatchingIDFor("esim_1"), MatchingIDFor("esim_2")
	if one != again || one == other || !regexp.MustCompile(`^[A-Z2-7]{5}(-[A-Z2-7]{5}){3}$`).MatchString(string(one)) {
		t.Errorf("matching IDs: %s %s %s", one, again, other)
	}
}

func TestCardNumbersAreChecked(t *testing.T) {
	for in, want := range map[string]ICCID{
		"8988211000000000011": "8988211000000000011", "8988211000000000011F": "8988211000000000011", " 8988 2110 0000 0000 011f": "8988211000000000011",
		"89014103211118510720": "89014103211118510720",
	} {
		got, err := ParseICCID(in)
		if err != nil || got != want || len(got.Wire()) != 20 {
			t.Errorf("%q is %q (%q), %v", in, got, got.Wire(), err)
		}
	}
	for _, in := range []string{"", "8988211000000000010", "898821100000000001", "898821100000000001X", "F988211000000000011", "89014103211118510721", "8988211000000000011FF"} {
		if got, err := ParseICCID(in); err == nil {
			t.Errorf("%q is taken for %q", in, got)
		}
	}
	if got, err := ParseEID("8904 9032 1234 5123 4512 3456 7890 1235"); err != nil || got != "89049032123451234512345678901235" {
		t.Errorf("the EID is %q, %v", got, err)
	}
	for _, in := range []string{"", "89049032123451234512345678901236", "8904903212345123451234567890123", "8904903212345123451234567890123X"} {
		if got, err := ParseEID(in); err == nil {
			t.Errorf("%q is taken for %q", in, got)
		}
	}
	if s := fmt.Sprint(ICCID("8988211000000000011").LogValue(), EID("89049032123451234512345678901235").LogValue()); strings.Contains(s, "0000000") || strings.Contains(s, "1234512345") {
		t.Errorf("the log shows %s", s)
	}
}

// The picture, the drawing and the text are one code, module by module, with the quiet zone that scanners need.
func TestQRCodesSayOneThing(t *testing.T) {
	q, err := NewQR(Activation{Address: "smdp.example.com", MatchingID: MatchingIDFor("esim_1")})
	if err != nil {
		t.Fatal(err)
	}
	const quiet = 4
	if inner := q.Size() - 2*quiet; (inner-17)%4 != 0 || inner < 21 {
		t.Fatalf("%d modules are no QR code", inner)
	}
	want := make([][]bool, q.Size())
	for y := range want {
		want[y] = make([]bool, q.Size())
		copy(want[y], q.modules[y])
		for x := range want[y] {
			if edge := min(x, y, q.Size()-1-x, q.Size()-1-y); edge < quiet && want[y][x] {
				t.Fatalf("the quiet zone is dark at %d,%d", x, y)
			}
		}
	}
	finder := []string{"#######", "#     #", "# ### #", "# ### #", "# ### #", "#     #", "#######"}
	for y, row := range finder {
		for x, c := range row {
			if want[quiet+y][quiet+x] != (c == '#') {
				t.Fatalf("the corner mark is wrong at %d,%d", x, y)
			}
		}
	}
	same(t, "PNG", want, fromPNG(t, q))
	same(t, "SVG", want, fromSVG(t, q))
	same(t, "text", want, fromText(q))
	if _, err = NewQR(Activation{}); err == nil {
		t.Error("a code that leads nowhere was drawn")
	}
}

func same(t *testing.T, what string, want, got [][]bool) {
	t.Helper()
	for y := range want {
		for x := range want[y] {
			if got[y][x] != want[y][x] {
				t.Fatalf("%s: module %d,%d is %v", what, x, y, got[y][x])
			}
		}
	}
}

func blank(q QR) [][]bool {
	out := make([][]bool, q.Size()+1)
	for i := range out {
		out[i] = make([]bool, q.Size())
	}
	return out
}

func fromPNG(t *testing.T, q QR) [][]bool {
	t.Helper()
	const scale = 7
	file, err := q.PNG(scale)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(file))
	if err != nil || img.Bounds().Dx() != q.Size()*scale {
		t.Fatalf("the picture is %v wide: %v", img.Bounds(), err)
	}
	out := blank(q)
	for y := range q.Size() {
		for x := range q.Size() {
			r, _, _, _ := img.At(x*scale+scale/2, y*scale+scale/2).RGBA()
			out[y][x] = r == 0
		}
	}
	return out
}

func fromSVG(t *testing.T, q QR) [][]bool {
	t.Helper()
	out := blank(q)
	svg := q.SVG()
	if !strings.Contains(svg, fmt.Sprintf(`viewBox="0 0 %d %d"`, q.Size(), q.Size())) {
		t.Fatalf("the drawing has another size: %.120s", svg)
	}
	for _, m := range regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-(\d+)z`).FindAllStringSubmatch(svg, -1) {
		x, _ := strconv.Atoi(m[1])
		y, _ := strconv.Atoi(m[2])
		run, _ := strconv.Atoi(m[3])
		for i := range run {
			out[y][x+i] = true
		}
	}
	return out
}

func fromText(q QR) [][]bool {
	out := blank(q)
	for i, line := range strings.Split(strings.TrimSuffix(q.Text(), "\n"), "\n") {
		for x, c := range []rune(line) {
			out[2*i][x] = c != '█' && c != '▀'
			out[2*i+1][x] = c != '█' && c != '▄'
		}
	}
	return out
}

func FuzzParseActivation(f *testing.F) {
	for _, seed := range []string{"LPA:1$smdp.example.com$ABC-123", "1$a$", "LPA:1$a$B$1.2$1", "$$$$", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, code string) {
		a, err := ParseActivation(code)
		if err != nil {
			return
		}
		if again, err := ParseActivation(a.String()); err != nil || again != a {
			t.Errorf("%q is written %q, which is %+v, %v", code, a, again, err)
		}
	})
}

func FuzzParseICCID(f *testing.F) {
	for _, seed := range []string{"8988211000000000011F", "89014103211118510720", "", "FF"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if i, err := ParseICCID(text); err == nil {
			if again, err := ParseICCID(i.Wire()); err != nil || again != i {
				t.Errorf("%q is sent as %q: %v", text, i.Wire(), err)
			}
		}
	})
}

func FuzzParseEID(f *testing.F) {
	for _, seed := range []string{"89049032123451234512345678901235", "", "8904"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if e, err := ParseEID(text); err == nil {
			if again, err := ParseEID(string(e)); err != nil || again != e {
				t.Errorf("%q is %q: %v", text, e, err)
			}
		}
	})
}
