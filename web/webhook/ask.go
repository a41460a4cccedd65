package webhook

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"tandem/provisioning"
	"tandem/routing"
)

// Errors of questions.
var (
	errNoAnswer  = errors.New("the program that was asked did not answer")
	errNotOK     = errors.New("the program that was asked did not answer with 2xx")
	errBigAnswer = errors.New("the answer is larger than 64 KB")
)

// askWithin is how long a program may think, in all.
const askWithin = 3 * time.Second

// Asker asks programs outside on behalf of flows, signed as webhooks are, with a secret of the account.
type Asker struct {
	post    poster
	secrets func(ctx context.Context, account routing.AccountID) ([]provisioning.Secret, error)
}

// NewAsker makes an Asker. secrets are what signs for an account, the present one first.
func NewAsker(t http.RoundTripper, secrets func(ctx context.Context, account routing.AccountID) ([]provisioning.Secret, error)) *Asker {
	return &Asker{newPoster(t), secrets}
}

// Ask posts a question and gives the body of the answer: at most 64 KB, within 3 s, and only with 2xx.
func (a *Asker) Ask(ctx context.Context, account routing.AccountID, url string, question []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	secrets, err := a.secrets(ctx, account)
	if err != nil {
		return nil, fmt.Errorf("find what signs: %w", err)
	}
	out := a.post.post(ctx, letter{url: url, id: routing.NewID("ask", time.Now()), body: question, secrets: secrets}, mostAnswer+1)
	switch {
	case out.attempt.Error != "":
		return nil, fmt.Errorf("%w: %s", errNoAnswer, out.attempt.Error)
	case out.attempt.Status/100 != 2:
		return nil, fmt.Errorf("%w: %d", errNotOK, out.attempt.Status)
	case len(out.body) > mostAnswer:
		return nil, errBigAnswer
	}
	return out.body, nil
}

// Close lets go of connections.
func (a *Asker) Close() { a.post.client.CloseIdleConnections() }
