package provisioning

import (
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"

	"tandem/routing"
	"tandem/routing/flow"
)

// checkUser asks the rules of users.
func (s *State) checkUser(before, after *User) Refusals {
	out := checkName(after.Name)
	out = append(out, s.checkEmail(after)...)
	out = append(out, s.checkExtension(after)...)
	out = append(out, s.checkCallerID(before, after)...)
	out = append(out, s.checkUserSettings(after)...)
	if v := after.Voicemail; v != nil {
		out = append(out, s.checkVoicemail(after.Account, v)...)
	}
	if before != nil {
		out = append(out, s.stays(before, after)...)
		out = append(out, s.keepsOwner(before, after)...)
	}
	return out
}

// checkEmail says what is wrong with a user's address: it is unique everywhere, since people sign in with it.
func (s *State) checkEmail(u *User) Refusals {
	if bad := checkText("body.email", u.Email, lengths{1, longestEmail}); len(bad) > 0 {
		return bad
	}
	if !isEmail(u.Email) || u.Email != strings.ToLower(u.Email) {
		return Refusals{{Code: "email_malformed", Location: "body.email", Args: map[string]string{"email": u.Email}, Text: u.Email + " is no e-mail address"}}
	}
	for _, o := range s.Users {
		if o.ID != u.ID && o.Email == u.Email {
			return Refusals{{
				Why: Clash, Code: "email_taken", Location: "body.email", Args: map[string]string{"email": u.Email}, Text: "somebody has the address " + u.Email + " already",
			}}
		}
	}
	return nil
}

func isEmail(s string) bool {
	parsed, err := mail.ParseAddress(s)
	return err == nil && parsed.Address == s && parsed.Name == ""
}

// checkExtension says what is wrong with a user's extension, and who has it (SPEC X1). One that rests is no refusal: it was asked for (SPEC X26).
func (s *State) checkExtension(u *User) Refusals {
	const at = "body.extension"
	if refused := extensionRefused(u.Extension, at); refused != nil {
		return Refusals{refused}
	}
	if o := s.Extension(u.Account, u.Extension); o != nil && o.ID != u.ID {
		return Refusals{{
			Code: "extension_taken", Row: "X1", Location: at, Args: map[string]string{"extension": u.Extension, "by": o.Name, "email": o.Email},
			Text: fmt.Sprintf("the extension %s is taken by %s", u.Extension, o.Email),
		}}
	}
	return nil
}

// extensionRefused refuses digits that can be nobody's extension.
func extensionRefused(digits, location string) *Refusal {
	err := CheckExtension(digits)
	if err == nil {
		return nil
	}
	code := "extension_malformed"
	if len(digits) == 3 && emergencyCode(digits) {
		code = "extension_emergency"
	}
	return &Refusal{Code: code, Row: "X1", Location: location, Args: map[string]string{"extension": digits}, Text: err.Error()}
}

// Extension gives the user who has an extension in an account; nil where nobody has.
func (s *State) Extension(account routing.AccountID, digits string) *User {
	for _, u := range s.Users {
		if u.Account == account && u.Extension == digits {
			return u
		}
	}
	return nil
}

// NextExtension finds the extension that the next new user of an account gets (SPEC X1, X26). It is refused where none is free.
func (s *State) NextExtension(account routing.AccountID, now time.Time) (string, error) {
	e := NewExtensions(account, s.Freed, now)
	for _, u := range s.Users {
		if u.Account == account {
			_ = e.Take(u.Extension, u.Email) // It was in order when it was given.
		}
	}
	next, err := e.Next()
	if err != nil {
		return "", &Refusal{Why: Clash, Code: "extension_none_free", Row: "X1", Location: "body.extension", Text: err.Error()}
	}
	return next, nil
}

// checkCallerID says whether a user may show a number when they call: one of the account's that is theirs, by themselves or by a team, or that they hold
// outbound rights on (SPEC O1). One that they had already stays: it is asked again when they call.
func (s *State) checkCallerID(before, after *User) Refusals {
	if after.CallerID == "" || (before != nil && before.CallerID == after.CallerID) {
		return nil
	}
	refuse := func(code, text string) Refusals {
		return Refusals{{Code: code, Row: "O1", Location: "body.caller_id", Args: map[string]string{"number": string(after.CallerID)}, Text: text}}
	}
	if err := CheckE164(after.CallerID); err != nil {
		return Refusals{notE164("body.caller_id", after.CallerID)}
	}
	i := slices.IndexFunc(s.Numbers, func(n *Number) bool { return n.E164 == after.CallerID && n.Account == after.Account })
	if i < 0 {
		return refuse("caller_id_unknown", "the account has no number "+string(after.CallerID))
	}
	if !s.reaches(s.Numbers[i], after.ID) {
		return refuse("caller_id_foreign", fmt.Sprintf("the number %s is not one that %s may show", after.CallerID, after.Name))
	}
	return nil
}

// reaches says whether a user is assigned to a number, is in one of its teams, or holds outbound rights on it (SPEC L16, O1).
func (s *State) reaches(n *Number, id routing.UserID) bool {
	if slices.Contains(n.Users, id) || slices.Contains(n.Settings.Outbound, id) {
		return true
	}
	return slices.ContainsFunc(n.Teams, func(t routing.TeamID) bool {
		team, is := s.Find(KindTeam, string(t)).(*Team)
		return is && slices.Contains(team.Users, id)
	})
}

// NumbersOf lists the numbers that a user sees: those they are assigned to, reach through a team, or hold outbound rights on (SPEC L16).
func (s *State) NumbersOf(id routing.UserID) []*Number {
	var out []*Number
	for _, n := range s.Numbers {
		if s.reaches(n, id) {
			out = append(out, n)
		}
	}
	return out
}

// notE164 refuses what is no number.
func notE164(location string, n routing.E164) *Refusal {
	return &Refusal{
		Code: "number_malformed", Row: "O12", Location: location, Args: map[string]string{"number": string(n)}, Text: fmt.Sprintf("%q is %s", string(n), errNotE164),
	}
}

// longestWrapUp is for how long after a call a user may be left alone.
const longestWrapUp = time.Hour

func (s *State) checkUserSettings(u *User) Refusals {
	var out Refusals
	is := &u.Settings
	switch is.Role {
	case "", RoleOwner, RoleAdmin, RoleSupervisor, RoleAgent, RoleReadonly, RoleCarrier:
	default:
		out = append(out, notOneOf("body.role", string(is.Role)))
	}
	switch u.Availability {
	case routing.SetAvailable, routing.SetAuto, routing.SetUnavailable:
	default:
		out = append(out, notOneOf("body.availability", string(u.Availability)))
	}
	for _, id := range is.Teams {
		out = append(out, s.known(KindTeam, string(id), u.Account, "body.supervised_team_ids")...)
	}
	if is.Hours != "" {
		out = append(out, s.known(KindHours, string(is.Hours), u.Account, "body.working_hours_id")...)
	}
	if is.Reason != "" && is.Reason != routing.ReasonNotAnswering {
		out = append(out, s.known(KindReason, string(is.Reason), u.Account, "body.reason_id")...)
	}
	out = append(out, checkLanguage(is.Language)...)
	out = append(out, checkTimezone(is.Timezone)...)
	if is.WrapUp < 0 || is.WrapUp > longestWrapUp {
		out = append(out, outOfRange("body.wrap_up_seconds", "0", fmt.Sprint(longestWrapUp.Seconds())))
	}
	if is.ForwardTo != "" && CheckE164(is.ForwardTo) != nil {
		out = append(out, notE164("body.forward_to", is.ForwardTo))
	}
	return out
}

// checkVoicemail says what is wrong with somebody's voicemail. A greeting that is none of the account's sounds is one of the product's.
func (s *State) checkVoicemail(account routing.AccountID, v *flow.Voicemail) Refusals {
	var out Refusals
	if v.MaxSeconds != 0 && (v.MaxSeconds < 3 || v.MaxSeconds > 3600) {
		out = append(out, outOfRange("body.voicemail.max_seconds", "3", "3600"))
	}
	if strings.HasPrefix(string(v.Greeting), KindAudio.Prefix()+"_") {
		out = append(out, s.known(KindAudio, string(v.Greeting), account, "body.voicemail.greeting")...)
	}
	return append(out, checkText("body.voicemail.greeting", string(v.Greeting), lengths{0, longestName})...)
}

// keepsOwner refuses that the last owner of an account becomes something else.
func (s *State) keepsOwner(before, after *User) Refusals {
	if before.Settings.Role != RoleOwner || after.Settings.Role == RoleOwner {
		return nil
	}
	return s.lastOwner(before, "body.role")
}

// lastOwner refuses where a user is the only owner of the account.
func (s *State) lastOwner(u *User, location string) Refusals {
	if slices.ContainsFunc(s.Users, func(o *User) bool { return o.ID != u.ID && o.Account == u.Account && o.Settings.Role == RoleOwner }) {
		return nil
	}
	return Refusals{{
		Why: Clash, Code: "last_owner", Location: location, Args: map[string]string{"name": u.Name},
		Text: u.Name + " is the last owner of the account: make somebody else an owner first",
	}}
}
