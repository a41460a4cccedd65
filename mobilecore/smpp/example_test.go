package smpp_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"

	"tandem/mobilecore/smpp"
)

// office answers what comes: a message is safe before Take returns.
type office struct{}

func (office) Take(_ context.Context, b *smpp.Bind, m *smpp.SM) smpp.Answer {
	if r, err := smpp.ReadReceipt(m); err == nil {
		fmt.Println("receipt:", r.IDs[0], r.State)
		return smpp.Answer{}
	}
	fmt.Printf("%s by %s: %s\n", m.Command, b.SystemID(), m.Octets())
	return smpp.Answer{MessageID: "77"}
}
func (office) Alert(context.Context, *smpp.Bind, *smpp.Alert) {}
func (office) Changed(context.Context, smpp.Change)           {}

// A server, a client, a message that goes up and its receipt that comes down.
func Example() {
	ctx := context.Background()
	server, err := smpp.NewServer(smpp.ServerConfig{SystemID: "SMSC", Log: silence(), Authenticate: secrets}, office{})
	if err != nil {
		fmt.Println(err)
		return
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	var running sync.WaitGroup
	running.Go(func() { _ = server.Serve(ctx, l) })

	b, err := smpp.Dial(ctx, smpp.ClientConfig{Address: l.Addr().String(), SystemID: "kate", Password: "secret", Log: silence()}, office{})
	if err != nil {
		fmt.Println(err)
		return
	}
	m := &smpp.SM{Source: smpp.Address{TON: smpp.TONAlphanumeric, Number: "Tandem"}, Destination: paris, Registered: smpp.ReceiptFinal}
	m.SetOctets([]byte("Bonjour"))
	answer, err := b.Submit(ctx, m)
	switch refused, is := errors.AsType[*smpp.RefusedError](err); {
	case is:
		fmt.Println("refused:", refused.Status)
	case err != nil:
		fmt.Println(err)
	default:
		fmt.Println("taken as", answer.MessageID)
	}
	receipt := &smpp.SM{Source: m.Destination, Destination: m.Source}
	(&smpp.Receipt{IDs: []string{answer.MessageID}, State: smpp.StateDelivered}).Write(receipt, smpp.DialectStandard, smpp.Dates{})
	_, err = server.Submit(ctx, "kate", receipt)
	fmt.Println(err, b.Close(ctx), server.Close(ctx))
	running.Wait()
	// Output:
	// submit_sm by kate: Bonjour
	// taken as 77
	// receipt: 77 DELIVRD
	// <nil> <nil> <nil>
}
