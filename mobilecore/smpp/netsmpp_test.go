package smpp_test

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"tandem/mobilecore/smpp"
)

// perl starts a program that uses Net::SMPP; each line that it writes is given, until it ends.
func perl(t *testing.T, program string, args ...string) <-chan string {
	t.Helper()
	at, err := exec.LookPath("perl")
	if err != nil || exec.CommandContext(t.Context(), at, "-MNet::SMPP", "-e", "1").Run() != nil {
		t.Skip("perl with Net::SMPP is not installed: scripts/deps test installs it")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	c := exec.CommandContext(ctx, at, append([]string{"-MNet::SMPP", "-e", "use strict; $| = 1; " + program}, args...)...)
	out, in := io.Pipe()
	var wrong strings.Builder
	c.Stdout, c.Stderr = in, &wrong
	if err = c.Start(); err != nil {
		t.Fatal(err)
	}
	lines := make(chan string, 100)
	var waiting sync.WaitGroup
	waiting.Go(func() {
		_ = c.Wait()
		_ = in.Close()
	})
	waiting.Go(func() {
		defer close(lines)
		for s := bufio.NewScanner(out); s.Scan(); {
			lines <- s.Text()
		}
	})
	t.Cleanup(func() {
		cancel()
		waiting.Wait()
		if t.Failed() {
			t.Log(wrong.String())
		}
	})
	return lines
}

// line is the next line of a program.
func line(t *testing.T, lines <-chan string) string {
	t.Helper()
	select {
	case s, open := <-lines:
		if !open {
			t.Fatal("Net::SMPP ended")
		}
		return s
	case <-time.NewTimer(time.Minute).C:
		t.Fatal("Net::SMPP says nothing")
	}
	return ""
}

const perlESME = `
my ($port) = @ARGV;
my ($s, $r) = Net::SMPP->new_transceiver('127.0.0.1', port => $port, system_id => 'perl', password => 'guess');
print "bind $r->{status}\n";
($s, $r) = Net::SMPP->new_transceiver('127.0.0.1', port => $port, system_id => 'perl', password => 'secret', system_type => 'test') or die;
print "bind $r->{status} $r->{system_id} ", unpack('H*', $r->{528} // ''), "\n";
my @to = (source_addr_ton => 5, source_addr_npi => 0, source_addr => 'Perl', dest_addr_ton => 1, dest_addr_npi => 1, destination_addr => '33612345678');
$r = $s->submit_sm(@to, esm_class => 0x40, data_coding => 8, registered_delivery => 1, short_message => pack('H*', '050003070201' . '00e900e7'), user_message_reference => pack('n', 4711), 5377 => 1000);
print "submit_sm $r->{status} $r->{message_id}\n";
$r = $s->data_sm(@to, data_coding => 3, message_payload => 'x' x 1000, sar_msg_ref_num => pack('n', 9), sar_total_segments => pack('C', 2), sar_segment_seqnum => pack('C', 1));
print "data_sm $r->{status} $r->{message_id}\n";
$r = $s->submit_sm(@to, short_message => 'refuse');
print "submit_sm $r->{status}\n";
$r = $s->submit_sm(@to, destination_addr => '9' x 30, short_message => 'too long');
print "submit_sm $r->{status}\n";
$r = $s->query_sm(message_id => '77', source_addr => 'Perl');
print "query_sm $r->{status} $r->{message_id} $r->{message_state}\n";
$r = $s->enquire_link();
print "enquire_link $r->{status}\n";
while (my $p = $s->read_pdu) {
	if ($p->{cmd} == 5) {
		print "deliver_sm $p->{source_addr_ton} $p->{source_addr_npi} $p->{source_addr} $p->{destination_addr} $p->{esm_class} $p->{data_coding} ",
			unpack('H*', $p->{short_message}), ' ', unpack('H*', $p->{user_message_reference} // ''), ' ', unpack('H*', $p->{receipted_message_id} // ''), "\n";
		$s->deliver_sm_resp(seq => $p->{seq}, message_id => '', status => $p->{short_message} eq 'full' ? 0x14 : 0);
		last if $p->{short_message} eq 'bye';
	} elsif ($p->{cmd} == 0x102) {
		print "alert $p->{source_addr} $p->{esme_addr}\n";
	}
}
$r = $s->unbind();
print "unbind $r->{status}\n";
`

func TestNetSMPPBindsToOurServer(t *testing.T) {
	e := newEar(func(_ context.Context, _ *smpp.Bind, m *smpp.SM) smpp.Answer {
		if string(m.Octets()) == "refuse" {
			return smpp.Answer{Status: smpp.RINVDSTADR}
		}
		return smpp.Answer{MessageID: "id-of-" + m.Command.String()}
	})
	s, err := smpp.NewServer(smpp.ServerConfig{
		SystemID: "TANDEM", Log: silence(), Authenticate: secrets,
		Ask: func(_ context.Context, _ *smpp.Bind, what smpp.Body) (smpp.Body, smpp.Status) {
			q, _ := what.(*smpp.Query)
			return &smpp.QueryResponse{MessageID: q.MessageID, State: smpp.StateDelivered}, smpp.ROK
		},
	}, e)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() { _ = s.Serve(context.WithoutCancel(t.Context()), l) })
	t.Cleanup(func() {
		if failed := s.Close(context.Background()); failed != nil {
			t.Error(failed)
		}
		serving.Wait()
	})
	_, port, _ := net.SplitHostPort(l.Addr().String())
	lines := perl(t, perlESME, port)
	for _, want := range []string{
		"bind 14", "bind 0 TANDEM 34", "submit_sm 0 id-of-submit_sm", "data_sm 0 id-of-data_sm", "submit_sm 11", "submit_sm 11", "query_sm 0 77 2", "enquire_link 0",
	} {
		if got := line(t, lines); got != want {
			t.Fatalf("Net::SMPP says %q, want %q", got, want)
		}
	}
	e.mu.Lock()
	first, second := e.got[0], e.got[1]
	e.mu.Unlock()
	header, text, _ := first.UserData()
	if first.Source != (smpp.Address{TON: smpp.TONAlphanumeric, Number: "Perl"}) || first.Destination != paris || hex.EncodeToString(header) != "0003070201" ||
		hex.EncodeToString(text) != "00e900e7" || first.DataCoding != 8 || first.Registered != smpp.ReceiptFinal || first.Reference() != 4711 ||
		first.TLVs.Number(5377, 0) != 1000 {
		t.Errorf("of Net::SMPP came %+v", first)
	}
	if len(second.Octets()) != 1000 || second.SAR() != (smpp.SAR{Reference: 9, Total: 2, Number: 1}) || second.DataCoding != 3 {
		t.Errorf("of Net::SMPP came %+v", second)
	}
	b := s.Binds("perl")[0]
	if err = b.Notify(t.Context(), &smpp.Alert{Source: imsi, ESME: brand}); err != nil {
		t.Error(err)
	}
	m := &smpp.SM{Source: imsi, Destination: brand, DataCoding: 8, Short: []byte{0x20, 0xAC}}
	m.SetReference(200)
	if _, err = b.Submit(t.Context(), m); err != nil {
		t.Error(err)
	}
	_, err = b.Submit(t.Context(), &smpp.SM{Source: paris, Destination: brand, Short: []byte("full")})
	if refused, is := errors.AsType[*smpp.RefusedError](err); !is || refused.Status != smpp.RMSGQFUL {
		t.Errorf("full: %v", err)
	}
	told := &smpp.SM{Source: paris, Destination: brand}
	(&smpp.Receipt{IDs: []string{"77"}, State: smpp.StateDelivered}).Write(told, smpp.DialectStandard, smpp.Dates{})
	told.Short = nil
	if _, err = b.Submit(t.Context(), told); err != nil {
		t.Error(err)
	}
	if _, err = b.Submit(t.Context(), &smpp.SM{Source: paris, Destination: brand, Short: []byte("bye")}); err != nil {
		t.Error(err)
	}
	for _, want := range []string{
		"alert 001010000000001 Tandem", "deliver_sm 4 6 001010000000001 Tandem 0 8 20ac 00c8 ", "deliver_sm 1 1 33612345678 Tandem 0 0 66756c6c  ",
		"deliver_sm 1 1 33612345678 Tandem 4 0   373700", "deliver_sm 1 1 33612345678 Tandem 0 0 627965  ", "unbind 0",
	} {
		if got := line(t, lines); got != want {
			t.Errorf("Net::SMPP says %q, want %q", got, want)
		}
	}
}

const perlSMSC = `
my $l = Net::SMPP->new_listen('127.0.0.1', port => 0) or die;
print $l->sockport, "\n";
for (1 .. 2) {
	my $s = $l->accept or die;
	while (my $p = $s->read_pdu) {
		my @seq = (seq => $p->{seq});
		if ($p->{cmd} == 9) {
			my $right = $p->{password} eq 'secret';
			print "bind $p->{system_id} $p->{password} $p->{system_type} $p->{interface_version} $p->{address_range}\n";
			$s->bind_transceiver_resp(@seq, system_id => 'PERLSMSC', status => $right ? 0 : 0x0e);
			last if !$right;
		} elsif ($p->{cmd} == 4) {
			my $text = $p->{short_message};
			print "submit_sm $p->{service_type} $p->{source_addr_ton} $p->{source_addr} $p->{dest_addr_ton} $p->{destination_addr} $p->{esm_class} $p->{data_coding} $p->{registered_delivery} ",
				unpack('H*', $text), ' ', unpack('H*', $p->{sar_msg_ref_num} // ''), ' ', length($p->{message_payload} // ''), ' ', unpack('H*', $p->{5377} // ''), "\n";
			$s->submit_sm_resp(@seq, message_id => 'bad2400', status => $text eq 'throttle' ? 0x58 : 0);
			if ($text eq 'answer') {
				$s->deliver_sm(async => 1, seq => 900, source_addr_ton => 4, source_addr_npi => 6, source_addr => '001010000000001', destination_addr => '0611223344', service_type => 'CMT',
					data_coding => 1, short_message => 'Salut', user_message_reference => pack('n', 7));
				$s->deliver_sm(async => 1, seq => 901, esm_class => 4, source_addr => '33612345678', destination_addr => 'Tandem',
					short_message => 'id:0195896320 sub:001 dlvrd:001 submit date:2611211200 done date:2611211201 stat:DELIVRD err:000 text:');
				$s->alert_notification(async => 1, seq => 902, source_addr_ton => 4, source_addr_npi => 6, source_addr => '001010000000001', esme_addr => 'x');
				$s->enquire_link(async => 1, seq => 903);
			}
		} elsif ($p->{cmd} == 3) {
			$s->query_sm_resp(@seq, message_id => $p->{message_id}, final_date => '', message_state => 2, error_code => 0);
		} elsif ($p->{cmd} == 0x80000005) {
			print "deliver_sm_resp $p->{seq} $p->{status}\n";
		} elsif ($p->{cmd} == 0x80000015) {
			print "enquire_link_resp $p->{seq} $p->{status}\n";
		} elsif ($p->{cmd} == 0x80000000) {
			print "generic_nack $p->{seq}\n";
		} elsif ($p->{cmd} == 6) {
			$s->unbind_resp(@seq);
			print "unbind\n";
			last;
		}
	}
	close $s;
}
`

func TestOurClientBindsToNetSMPP(t *testing.T) {
	lines := perl(t, perlSMSC)
	e := newEar(func(_ context.Context, _ *smpp.Bind, m *smpp.SM) smpp.Answer {
		if m.IsReceipt() {
			return smpp.Answer{Status: smpp.RXTAPPN}
		}
		return smpp.Answer{}
	})
	c := smpp.ClientConfig{
		Address: "127.0.0.1:" + line(t, lines), SystemID: "tandem", Password: "guess", SystemType: "VMA", Range: smpp.Address{TON: 1, NPI: 1, Number: "^336"}, Log: silence(),
	}
	_, err := smpp.Dial(t.Context(), c, e)
	if refused, is := errors.AsType[*smpp.RefusedError](err); !is || refused.Status != smpp.RINVPASWD {
		t.Errorf("with a wrong password: %v", err)
	}
	c.Password = "secret"
	b, err := smpp.Dial(t.Context(), c, e)
	if err != nil {
		t.Fatal(err)
	}
	if b.Peer() != "PERLSMSC" {
		t.Errorf("the peer is %q", b.Peer())
	}
	m := &smpp.SM{
		ServiceType: "VMA", Source: brand, Destination: paris, Registered: smpp.ReceiptFinal, DataCoding: 8, Short: []byte{0, 0xE9},
		TLVs: smpp.TLVs{{Tag: 5377, Value: []byte("own")}},
	}
	m.SetSAR(smpp.SAR{Reference: 0x0102, Total: 2, Number: 1})
	if a, failed := b.Submit(t.Context(), m); failed != nil || a.MessageID != "bad2400" {
		t.Errorf("submit_sm: %+v, %v", a, failed)
	}
	long := &smpp.SM{Source: brand, Destination: paris}
	long.SetUserData([]byte{0, 3, 1, 2, 1}, make([]byte, 400))
	if _, err = b.Submit(t.Context(), long); err != nil {
		t.Error(err)
	}
	_, err = b.Submit(t.Context(), hello("1", "2", "throttle"))
	if refused, is := errors.AsType[*smpp.RefusedError](err); !is || refused.Status != smpp.RTHROTTLED || refused.Again == 0 {
		t.Errorf("throttle: %v", err)
	}
	p, err := b.Do(t.Context(), &smpp.Query{MessageID: "77", Source: brand})
	if q, is := p.Body.(*smpp.QueryResponse); err != nil || !is || q.State != smpp.StateDelivered || q.MessageID != "77" {
		t.Errorf("query_sm: %+v, %v", p, err)
	}
	if _, err = b.Submit(t.Context(), hello("1", "2", "answer")); err != nil {
		t.Error(err)
	}
	e.until(t, "what Net::SMPP sends", func() bool { return len(e.got) == 2 && len(e.alerts) == 1 })
	got := map[string]int{}
	for range 9 {
		got[line(t, lines)]++
	}
	part(t, b)
	got[line(t, lines)]++
	for _, want := range []string{
		"bind tandem guess VMA 52 ^336", "bind tandem secret VMA 52 ^336", "submit_sm VMA 5 Tandem 1 33612345678 0 8 1 00e9 0102 0 6f776e",
		"submit_sm  5 Tandem 1 33612345678 64 0 0   406 ", "submit_sm  1 1 1 2 0 0 0 " + hex.EncodeToString([]byte("throttle")) + "  0 ",
		"deliver_sm_resp 900 0", "deliver_sm_resp 901 100", "unbind",
	} {
		if got[want] != 1 {
			t.Errorf("Net::SMPP saw %q %d times, of %v", want, got[want], got)
		}
	}
	for _, m := range e.got {
		if m.IsReceipt() {
			if r, wrong := smpp.ReadReceipt(m); wrong != nil || r.State != smpp.StateDelivered || r.IDs[0] != "0195896320" {
				t.Errorf("the receipt is %+v, %v", r, wrong)
			}
			continue
		}
		if m.Source != imsi || m.Destination.Number != "0611223344" || m.ServiceType != "CMT" || m.Reference() != 7 || string(m.Octets()) != "Salut" {
			t.Errorf("of Net::SMPP came %+v", m)
		}
	}
}
