package store

import (
	"testing"
	"testing/fstest"
	"time"

	"tandem/provisioning"
)

// What the first version told and nobody fetched is in the log of events after an upgrade, in its order.
func TestEventsOfTheFirstVersionAreTakenOver(t *testing.T) {
	dir := t.TempDir()
	db, err := openSQLite(t.Context(), dir+"/tandem.db")
	if err != nil {
		t.Fatal(err)
	}
	first, err := migrationFiles.ReadFile("migrations/0001_start.sql")
	if err != nil {
		t.Fatal(err)
	}
	if err = migrate(t.Context(), db, fstest.MapFS{"migrations/0001_start.sql": {Data: first}}, time.Now()); err != nil {
		t.Fatal(err)
	}
	const rows = `INSERT INTO outbox (id, type, account, subject, seq, at, data, due, lease, owner, attempt, done) VALUES
 ('evt_2', 'call.ended', 'acc_1', 'call_1', 9, 2000, '{"id":"call_1","call_number":17,"direction":"inbound","status":"ended","outcome":"missed","from":"+33639980101","to":"+33199001234","started_at_ms":1000,"ended_at_ms":2000}', 0, 0, '', 0, FALSE),
 ('evt_1', 'user.created', 'acc_1', 'usr_1', 2, 1000, '{"id":"usr_1","name":"alice@demo.local","changed":[]}', 0, 0, '', 0, TRUE)`
	if _, err = db.write.ExecContext(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	if err = db.close(); err != nil {
		t.Fatal(err)
	}
	for range 2 { // Once, whatever comes after.
		s, err := Open(t.Context(), Config{DataDir: dir})
		if err != nil {
			t.Fatal(err)
		}
		page, err := s.Events(t.Context(), provisioning.EventFilter{})
		if err != nil || len(page.Events) != 2 || page.Events[0].Type != "user.created" || page.Events[1].Seq != 9 {
			t.Fatalf("the log has %+v: %v", page, err)
		}
		told, is := page.Events[1].Call()
		if !is || told.Call.Number != 17 || told.Call.From != "+33639980101" || told.Call.EndedAt.UnixMilli() != 2000 {
			t.Errorf("the call is %+v", told)
		}
		if err = s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
