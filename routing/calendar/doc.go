// Package calendar says whether a moment is inside working hours or a special date, by the wall clock of a place. It knows no flow, no user and no
// database.
package calendar
