// Package smpp speaks SMPP 3.4 as a client (an ESME that binds to an SMSC) and as a server (an SMSC that ESMEs bind to): its PDUs with their optional parameters, binds
// with window, pace and enquire_link, and delivery receipts as the field writes them. It knows no messages but those on the wire: not what their text says, whose they
// are, nor what is to become of them.
//
// A [Client] keeps one bind or several to an SMSC; a [Server] accepts them; [Dial] makes a single one. A [Bind] is one of them while it lasts, the same on both sides.
// What comes goes up to a [Handler]; its answer is the response, so it answers when what came is safe. What goes out is submitted with a context, by as many
// goroutines as like to, and ends in exactly one way:
//
//	answer, err := client.Submit(ctx, &smpp.SM{…})
//	err == nil         taken; answer.MessageID is what the SMSC calls it
//	*RefusedError      answered with another status; Temporary says whether to try again, Again when
//	*NotSentError      nothing was written: send it again, by whichever bind
//	*InDoubtError      written, and no answer came: the other has it, or has not
//
// The PDUs are those of "Short Message Peer to Peer Protocol Specification v3.4", issue 1.2, whose sections the comments name.
package smpp
