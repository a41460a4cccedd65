package web

import "github.com/danielgtaylor/huma/v2"

// peopleAPI mounts what is about people: users, teams, and the small records of an account.
func (s *Server) peopleAPI(a huma.API) {
	s.usersAPI(a)
	s.teamsAPI(a)
	s.tagsAPI(a)
	s.specialDatesAPI(a)
	s.blockListAPI(a)
	s.contactsAPI(a)
	s.settingsAPI(a)
	s.keysAPI(a)
	s.auditAPI(a)
	s.availabilityAPI(a)
}
