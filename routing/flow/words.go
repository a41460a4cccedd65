package flow

import (
	"strings"

	"tandem/routing/calendar"
)

// Words says in a sentence why a walk went where it went, "fr" or any other language for English; empty for notes that need no reason.
func (n Note) Words(language string) string { return Words(n.Type, n.Args, language) }

// Words says in a sentence what a note of a type and its args mean, as Note.Words does.
func Words(kind string, args map[string]string, language string) string {
	var english, french string
	switch kind {
	case NoteBranch:
		english, french = branchWords(args["reason"])
	case NoteIVROption:
		english, french = "the caller pressed {key}", "l'appelant a appuyé sur {key}"
	case NoteInput:
		english, french = "the caller typed {value}", "l'appelant a saisi {value}"
		if args["sensitive"] != "" {
			english, french = "the caller typed something that is not kept", "l'appelant a saisi quelque chose qui n'est pas conservé"
		}
	case NoteInputWrong:
		english, french = inputWords(args["reason"])
	case NoteRouted:
		english, french = "the program sent the call to {user}{team}{number}{external}", "le programme a envoyé l'appel à {user}{team}{number}{external}"
	case NoteNotRouted:
		english, french = "the program gave no target: {reason}", "le programme n'a pas donné de cible : {reason}"
	case NoteTextRefused:
		english, french = "this call has brought about enough texts", "cet appel a déjà provoqué assez de SMS"
	}
	if language == "fr" {
		english = french
	}
	return fill(english, args, language)
}

// branchWords are the sentences of why a branch was taken.
func branchWords(reason string) (english, french string) {
	switch reason {
	case BecauseSlot:
		return "{at} is inside of {what}", "{at} est dans {what}"
	case BecauseNoSlot:
		return "{at} is in no slot", "{at} n'est dans aucune plage"
	case BecauseDate:
		return "{at} is on {what}", "{at} tombe sur {what}"
	case BecauseHoliday:
		return "{at} is {what}", "{at} est un jour férié : {what}"
	case BecauseNoDate:
		return "{at} is none of the special dates", "{at} n'est pas une des dates spéciales"
	case BecauseDateGone:
		return "the special date {what} is no longer there", "la date spéciale {what} n'existe plus"
	case BecausePrefix:
		return "the caller's number begins with {what}", "le numéro de l'appelant commence par {what}"
	case BecauseCountry:
		return "the caller's number is of {what}", "le numéro de l'appelant est de {what}"
	case BecauseAnonymous:
		return "the caller withholds the number", "l'appelant masque son numéro"
	case BecauseTag:
		return "the caller has the tag {what}", "l'appelant porte l'étiquette {what}"
	case BecauseVIP:
		return "the caller is on the VIP list", "l'appelant est sur la liste VIP"
	case BecauseBlocked:
		return "the caller is on the block list", "l'appelant est sur la liste noire"
	case BecauseReturns:
		return "the caller returns within {what} days", "l'appelant rappelle dans les {what} jours"
	case BecauseLastUser:
		return "the caller last spoke to {what}", "l'appelant a parlé en dernier à {what}"
	case BecauseNoMatch:
		return "the caller fits no branch", "l'appelant ne correspond à aucune branche"
	case BecauseChance:
		return "chance, {what}", "tirage au sort, {what}"
	}
	return "", ""
}

func inputWords(reason string) (english, french string) {
	switch reason {
	case "timeout":
		return "no digit came in time", "aucun chiffre n'est venu à temps"
	case "empty":
		return "nothing was typed", "rien n'a été saisi"
	case "too_short":
		return "too few digits were typed", "trop peu de chiffres ont été saisis"
	case "too_long":
		return "too many digits were typed", "trop de chiffres ont été saisis"
	}
	return "", ""
}

// fill puts the args into the holes of a sentence.
func fill(sentence string, args map[string]string, language string) string {
	for key, value := range args {
		if key == "what" && args["reason"] == BecauseHoliday {
			value = holidayWord(calendar.Holiday(value), language)
		}
		sentence = strings.ReplaceAll(sentence, "{"+key+"}", value)
	}
	return sentence
}

// holidayWord is the name of a holiday in whichever calendar has it.
func holidayWord(name calendar.Holiday, language string) string {
	for _, c := range calendar.Calendars() {
		if word := c.ID.Word(name, language); word != string(name) {
			return word
		}
	}
	return string(name)
}
