package calendar

import (
	"cmp"
	"slices"
	"time"
)

// Holidays names a calendar of public holidays: "FR", or "FR-" and the territory whose own holidays come on top (SPEC T9). The territories are those
// of ISO 3166-2.
type Holidays string

// The calendars of public holidays.
const (
	France                Holidays = "FR"
	Moselle               Holidays = "FR-57"
	BasRhin               Holidays = "FR-67"
	HautRhin              Holidays = "FR-68"
	Guadeloupe            Holidays = "FR-971"
	Martinique            Holidays = "FR-972"
	Guyane                Holidays = "FR-973"
	Reunion               Holidays = "FR-974"
	Mayotte               Holidays = "FR-976"
	SaintBarthelemy       Holidays = "FR-BL"
	SaintMartin           Holidays = "FR-MF"
	NouvelleCaledonie     Holidays = "FR-NC"
	Polynesie             Holidays = "FR-PF"
	SaintPierreEtMiquelon Holidays = "FR-PM"
	WallisEtFutuna        Holidays = "FR-WF"
)

// Holiday names one public holiday of a calendar, such as "christmas" or "good_friday".
type Holiday string

// PublicHoliday is a public holiday of one year.
type PublicHoliday struct {
	Name    Holiday
	Month   time.Month
	Day     int
	English string
	French  string
}

// Name is a calendar of public holidays with its name for people.
type Name struct {
	ID      Holidays
	English string
	French  string
}

// Calendars lists the calendars of public holidays.
func Calendars() []Name {
	return []Name{
		{France, "France", "France"},
		{Moselle, "Moselle (Alsace-Moselle)", "Moselle (Alsace-Moselle)"},
		{BasRhin, "Bas-Rhin (Alsace-Moselle)", "Bas-Rhin (Alsace-Moselle)"},
		{HautRhin, "Haut-Rhin (Alsace-Moselle)", "Haut-Rhin (Alsace-Moselle)"},
		{Guadeloupe, "Guadeloupe", "Guadeloupe"},
		{Martinique, "Martinique", "Martinique"},
		{Guyane, "French Guiana", "Guyane"},
		{Reunion, "Réunion", "La Réunion"},
		{Mayotte, "Mayotte", "Mayotte"},
		{SaintBarthelemy, "Saint-Barthélemy", "Saint-Barthélemy"},
		{SaintMartin, "Saint-Martin", "Saint-Martin"},
		{NouvelleCaledonie, "New Caledonia", "Nouvelle-Calédonie"},
		{Polynesie, "French Polynesia", "Polynésie française"},
		{SaintPierreEtMiquelon, "Saint-Pierre-et-Miquelon", "Saint-Pierre-et-Miquelon"},
		{WallisEtFutuna, "Wallis and Futuna", "Wallis-et-Futuna"},
	}
}

// Known says whether there is such a calendar.
func (h Holidays) Known() Inside {
	return Inside(slices.ContainsFunc(Calendars(), func(c Name) bool { return c.ID == h }))
}

// Year lists the public holidays of a year, by their dates; nothing for a calendar that is not known. Those of the whole country are named by article
// L3133-1 of the Code du travail.
func (h Holidays) Year(year int) []PublicHoliday {
	if h == "" || !h.Known() {
		return nil
	}
	e := easter(year)
	all := []PublicHoliday{
		{"new_year", time.January, 1, "New Year's Day", "Jour de l'An"},
		after(e, 1, PublicHoliday{Name: "easter_monday", English: "Easter Monday", French: "Lundi de Pâques"}),
		{"labour_day", time.May, 1, "Labour Day", "Fête du Travail"},
		{"victory_1945", time.May, 8, "Victory Day 1945", "Victoire de 1945"},
		after(e, 39, PublicHoliday{Name: "ascension", English: "Ascension Day", French: "Ascension"}),
		after(e, 50, PublicHoliday{Name: "whit_monday", English: "Whit Monday", French: "Lundi de Pentecôte"}),
		{"national_day", time.July, 14, "National Day", "Fête nationale"},
		{"assumption", time.August, 15, "Assumption", "Assomption"},
		{"all_saints", time.November, 1, "All Saints' Day", "Toussaint"},
		{"armistice_1918", time.November, 11, "Armistice Day 1918", "Armistice de 1918"},
		{"christmas", time.December, 25, "Christmas Day", "Noël"},
	}
	all = append(all, h.own(year, e)...)
	slices.SortStableFunc(all, func(a, b PublicHoliday) int {
		return cmp.Or(cmp.Compare(a.Month, b.Month), cmp.Compare(a.Day, b.Day))
	})
	return all
}

// own lists the holidays of a territory alone: article L3134-13 of the Code du travail for Alsace-Moselle, L3422-2 for the days on which slavery was
// abolished, and the territories' own laws.
func (h Holidays) own(year int, e time.Time) []PublicHoliday {
	friday := after(e, -2, PublicHoliday{Name: "good_friday", English: "Good Friday", French: "Vendredi saint"})
	abolition := func(m time.Month, day int) PublicHoliday {
		return PublicHoliday{"abolition_of_slavery", m, day, "Abolition of Slavery", "Abolition de l'esclavage"}
	}
	schoelcher := PublicHoliday{"schoelcher_day", time.July, 21, "Victor Schoelcher Day", "Fête Victor Schoelcher"}
	switch h {
	case France, SaintPierreEtMiquelon:
	case Moselle, BasRhin, HautRhin:
		return []PublicHoliday{friday, {"saint_stephen", time.December, 26, "Saint Stephen's Day", "Saint-Étienne"}}
	case Guadeloupe:
		return []PublicHoliday{friday, abolition(time.May, 27), schoelcher}
	case Martinique:
		return []PublicHoliday{friday, abolition(time.May, 22), schoelcher}
	case Guyane:
		return []PublicHoliday{abolition(time.June, 10)}
	case Reunion:
		return []PublicHoliday{abolition(time.December, 20)}
	case Mayotte:
		return []PublicHoliday{abolition(time.April, 27)}
	case SaintBarthelemy:
		return []PublicHoliday{abolition(time.October, 9)}
	case SaintMartin:
		return []PublicHoliday{abolition(time.May, 28)}
	case NouvelleCaledonie:
		return []PublicHoliday{{"citizenship_day", time.September, 24, "Citizenship Day", "Fête de la citoyenneté"}}
	case Polynesie:
		day := PublicHoliday{"matarii", time.November, 20, "Matāri'i", "Matāri'i"}
		if year < 2025 {
			day = PublicHoliday{"autonomy_day", time.June, 29, "Autonomy Day", "Fête de l'autonomie"}
		}
		return []PublicHoliday{{"missionary_day", time.March, 5, "Arrival of the Gospel", "Arrivée de l'Évangile"}, friday, day}
	case WallisEtFutuna:
		return []PublicHoliday{
			{"saint_peter_chanel", time.April, 28, "Saint Peter Chanel's Day", "Saint-Pierre-Chanel"},
			{"saints_peter_and_paul", time.June, 29, "Saints Peter and Paul", "Saint-Pierre et Saint-Paul"},
			{"territory_day", time.July, 29, "Territory Day", "Fête du territoire"},
		}
	}
	return nil
}

// after puts a holiday so many days after Easter Sunday.
func after(e time.Time, days int, h PublicHoliday) PublicHoliday {
	_, h.Month, h.Day = e.AddDate(0, 0, days).Date()
	return h
}

// easter is Easter Sunday of a year of the Gregorian calendar, at midnight UTC. The Sunday follows the first full moon of the church from 21 March on:
// the moon's age on that day comes from the 19 years after which it repeats, with the corrections of the Gregorian reform.
func easter(year int) time.Time {
	century := year / 100
	golden := year % 19
	lost := century - century/4 - (8*century+13)/25 // days by which the moon fell behind the Julian table
	age := (19*golden + lost + 15) % 30             // days from 21 March to the full moon
	if age == 29 || age == 28 && golden > 10 {      // the church's month has 29 days then
		age--
	}
	moon := time.Date(year, time.March, 21+age, 0, 0, 0, 0, time.UTC)
	return moon.AddDate(0, 0, 7-int(moon.Weekday()))
}

// Word is the name of the holiday in a language, "fr" or any other for English; the name itself where the calendar does not have it.
func (h Holidays) Word(name Holiday, language string) string {
	for _, year := range []int{2024, 2025} { // one calendar changed between them
		for _, each := range h.Year(year) {
			switch {
			case each.Name != name:
			case language == "fr":
				return each.French
			default:
				return each.English
			}
		}
	}
	return string(name)
}

// Date is the moment of the holiday as a special date would say it: "2026-12-25".
func (p PublicHoliday) Date(year int) Moment {
	return Moment(time.Date(year, p.Month, p.Day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly))
}
