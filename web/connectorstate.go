package web

import (
	"context"
	"net/http"
	"time"

	"tandem/messaging"
)

// Connectors is the state of the connectors on the wire.
type Connectors interface {
	// Connector is what is known of one without asking anybody; false: it does not run.
	Connector(id messaging.ConnectorID) (ConnectorState, bool)
	// Queue counts the deliveries that wait for a connector.
	Queue(ctx context.Context, id messaging.ConnectorID) (int, error)
}

// ConnectorState is what is known of a connector on the wire.
type ConnectorState struct {
	ID     messaging.ConnectorID
	Up     bool      // messages can go by it now
	Binds  int       // connections that are bound
	Since  time.Time // when it came up, or went down; zero: it was never up
	Detail string    // why it is not up, or what failed last, in words; empty: nothing did
	Rate   float64   // segments a second that went by it, of the last minute
}

// connectorState is how a connector is.
type connectorState struct {
	ID     string  `json:"id"`
	Up     bool    `json:"up" doc:"Messages can go by it now."`
	Binds  int     `json:"binds" doc:"Connections that are bound."`
	Since  *string `json:"since" format:"date-time" doc:"When it came up, or went down."`
	Detail string  `json:"detail,omitempty" doc:"What failed last, in words."`
	Rate   float64 `json:"rate" doc:"Segments a second, of the last minute."`
	Queue  *int    `json:"queue,omitempty" doc:"Deliveries that wait for it."`
}

type connectorStatusAnswer struct{ Body connectorState }

func connectorStateOf(c ConnectorState) connectorState {
	return connectorState{ID: string(c.ID), Up: c.Up, Binds: c.Binds, Since: stamp(c.Since), Detail: c.Detail, Rate: c.Rate}
}

func (s *Server) connectorStatus(ctx context.Context, q *idRequest) (*connectorStatusAnswer, error) {
	_, c, err := s.connectorFor(ctx, q.ID)
	if err != nil {
		return nil, err
	}
	out := connectorState{ID: q.ID, Detail: "it does not run"}
	if c.Settings.Disabled {
		out.Detail = "it is disabled"
	}
	if s.rooms.Connectors == nil {
		return &connectorStatusAnswer{out}, nil
	}
	if now, runs := s.rooms.Connectors.Connector(c.ID); runs {
		out = connectorStateOf(now)
	}
	waiting, err := s.rooms.Connectors.Queue(ctx, c.ID)
	if err != nil {
		return nil, problem(http.StatusServiceUnavailable, codeUnavailable, "the queue cannot be counted now")
	}
	out.Queue = &waiting
	return &connectorStatusAnswer{out}, nil
}
