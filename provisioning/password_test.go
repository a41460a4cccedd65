package provisioning

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestPasswordIsKeptWithoutBeingKnown(t *testing.T) {
	kept, err := HashPassword("correct horse battery")
	if err != nil {
		t.Fatal(err)
	}
	again, err := HashPassword("correct horse battery")
	if err != nil || again == kept {
		t.Errorf("two people with one password can be told: %v", err)
	}
	if strings.Contains(string(kept), "horse") || !strings.HasPrefix(string(kept), "pbkdf2-sha256$600000$") || fmt.Sprint(kept) != mask {
		t.Errorf("kept as %q", string(kept))
	}
	if err := CheckPassword(kept, "correct horse battery"); err != nil {
		t.Errorf("the right one: %v", err)
	}
	for _, wrong := range []string{"", "correct horse battery ", strings.Repeat("x", 300)} {
		if err := CheckPassword(kept, wrong); !errors.Is(err, ErrWrongPassword) {
			t.Errorf("%.20q: %v", wrong, err)
		}
	}
}

func TestWhatIsNotKeptOpensNothing(t *testing.T) {
	for _, kept := range []Secret{"", "pbkdf2-sha256$1$$", "pbkdf2-sha256$-1$AA$AA", "md5$1$AA$AA", "pbkdf2-sha256$1$AA$AA", "$$$"} {
		for _, shown := range []string{"", "anything at all"} {
			if err := CheckPassword(kept, shown); !errors.Is(err, ErrWrongPassword) {
				t.Errorf("%q opens with %q", string(kept), shown)
			}
		}
	}
}

func TestPasswordHasTwelveCharacters(t *testing.T) {
	for password, want := range map[string]string{
		"éééééééééééé": "", "short": "password_short", "": "password_short", strings.Repeat("x", 257): "password_long", "\xff\xfe5678901234": "password_long",
	} {
		got := ""
		if r, is := errors.AsType[*Refusal](CheckNewPassword(password)); is {
			got = r.Code
		}
		if got != want {
			t.Errorf("%.20q: %q, want %q", password, got, want)
		}
	}
}
