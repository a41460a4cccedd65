package transaction

import (
	"errors"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/transport"
)

var errBuilding = errors.New("not built yet")

// Server is a request that came in and its transaction (RFC 3261 section 17.2).
type Server struct{}

// Request is what came. Its To already carries our tag when it had none, so that every response carries the same one.
func (s *Server) Request() *gosip.Request { return nil }

// Flow is where it came from.
func (s *Server) Flow() transport.Flow { return transport.Flow{} }

// Respond sends a response; after a final one, only a 2xx to INVITE may be sent again (RFC 6026). It does not block.
func (s *Server) Respond(r *gosip.Response) error { return errBuilding }
