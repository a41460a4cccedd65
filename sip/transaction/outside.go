package transaction

// Outside says that the request came without a To tag: it is outside any dialog, or opens one. The tag in Request is then ours.
func (s *Server) Outside() bool { return s.merge.method != "" }
