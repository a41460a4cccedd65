package bysmpp

import (
	"context"
	"log/slog"
	"time"

	"tandem/messaging"
	"tandem/mobilecore/smpp"
	"tandem/mobilecore/sms"
)

// Config is a connector that speaks SMPP, whichever side binds.
type Config struct {
	Connector messaging.ConnectorID
	Role      messaging.Role
	Desk      messaging.Desk
	Log       *slog.Logger // nil: nothing is logged

	ServiceType string
	Default     sms.Coding // alphabet of data_coding 0: sms.GSM7 (or empty), or sms.Latin1
	Long        sms.Long
	Settings    smpp.Settings
}

// Notebook keeps what programs are to be told, so that no crash forgets it.
type Notebook interface {
	// Remember keeps a note under a key until a time; of two under one key the first stays.
	Remember(ctx context.Context, key string, note []byte, until time.Time) error
	// Recall gives the note under a key; nil: there is none.
	Recall(ctx context.Context, key string) ([]byte, error)
}

// Reader finds messages.
type Reader interface {
	// Message finds one. It fails with messaging.ErrNotFound.
	Message(ctx context.Context, id messaging.ID) (*messaging.Message, error)
}

// State is how a connector is.
type State struct {
	Binds  int       // that are up
	Sends  int       // of them, by which we may send
	Since  time.Time // when it came up or went down; zero: it was never up
	Detail string    // what failed last, in words; empty: nothing did since it came up
	Rate   float64   // segments a second sent, of the last minute
}
