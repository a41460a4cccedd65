package calendar

import "slices"

// Overlap lists the runs of the week that two lists of slots share, day by day: the days on which the same clock times are shared come as one slot.
func Overlap(a, b []Slot) []Slot {
	var shared []run
	for _, x := range runsOf(a) {
		for _, y := range runsOf(b) {
			if from, to := max(x.from, y.from), min(x.to, y.to); from < to {
				shared = append(shared, run{from, to})
			}
		}
	}
	return byClock(joined(shared))
}

// Gaps lists the runs between two slots of the same day that no slot covers: a lunch break, not a night.
func Gaps(slots []Slot) []Slot {
	open := runsOf(slots)
	var gaps []run
	for i := range len(open) - 1 {
		from, to := open[i].to, open[i+1].from
		if from/dayMinutes == to/dayMinutes && from%dayMinutes != 0 {
			gaps = append(gaps, run{from, to})
		}
	}
	return byClock(gaps)
}

func runsOf(slots []Slot) []run {
	var all []run
	for _, s := range slots {
		all = append(all, s.runs()...)
	}
	return joined(all)
}

// byClock makes slots of runs, cut at midnight; those of the same clock times on several days are one.
func byClock(all []run) []Slot {
	var slots []Slot
	for _, r := range all {
		for r.from < r.to {
			end := min(r.to, (r.from/dayMinutes+1)*dayMinutes)
			s := run{r.from, end}.slot()
			r.from = end
			i := slices.IndexFunc(slots, func(o Slot) bool { return o.From == s.From && o.To == s.To })
			if i < 0 {
				slots = append(slots, s)
				continue
			}
			slots[i].Days = append(slots[i].Days, s.Days...)
		}
	}
	return slots
}
