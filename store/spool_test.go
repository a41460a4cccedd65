package store

import (
	"bytes"
	"errors"
	"hash/crc32"
	"os"
	"reflect"
	"testing"
	"testing/fstest"
	"time"

	"tandem/routing"
)

// fill sets everything that a value holds to something of its own.
func fill(v reflect.Value, n *int) {
	*n++
	switch v.Kind() { //nolint:exhaustive // The kinds that records have.
	case reflect.String:
		v.SetString("text " + string(rune('a'+*n%26)))
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*n) * 1_000_000)
	case reflect.Uint64:
		v.SetUint(uint64(*n))
	case reflect.Float64:
		v.SetFloat(float64(*n) + 0.5)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), n)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0), n)
		fill(v.Index(1), n)
	case reflect.Map:
		v.Set(reflect.ValueOf(map[string]string{"one": "1", "two": "2"}))
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.UnixMilli(int64(*n) * 1000).UTC()))
			return
		}
		for _, f := range v.Fields() {
			if f.CanSet() { // What is not exported is not for the ledger.
				fill(f, n)
			}
		}
	}
}

// A field that is added to the record and forgotten in the spool fails this test.
func TestEntryOfTheSpoolKeepsEveryField(t *testing.T) {
	var want routing.CallRecord
	n := 0
	fill(reflect.ValueOf(&want).Elem(), &n)
	f, err := decodeCall(new(packer).encodeCall(nil, &want))
	if err != nil {
		t.Fatal(err)
	}
	got := f.call
	if got.Ladder, err = unpack(f.ladder); err != nil {
		t.Fatal(err)
	}
	if err := decodeDetails(f.details, got); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, &want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
}

func TestWhatNoDatabaseTakesIsReplaced(t *testing.T) {
	f, err := decodeCall(new(packer).encodeCall(nil, &routing.CallRecord{ID: "call_1", From: "a\x00b\xffc"}))
	if err != nil || f.call.From != "a\uFFFDb\uFFFDc" {
		t.Errorf("%+v: %v", f.call, err)
	}
}

func FuzzSpoolEntries(f *testing.F) {
	s, err := openSpool(f.TempDir(), position{})
	if err != nil {
		f.Fatal(err)
	}
	if err = s.write(entryFinish, func(b []byte) []byte {
		return new(packer).encodeCall(b, &routing.CallRecord{ID: "call_1", Legs: make([]routing.LegRecord, 2), Ladder: make([]routing.LadderItem, 2)})
	}); err != nil {
		f.Fatal(err)
	}
	whole, err := os.ReadFile(segmentPath(s.dir, 1))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:len(whole)-1])
	f.Add(append(bytes.Clone(whole), whole...))
	crc := crc32.MakeTable(crc32.Castagnoli)
	f.Fuzz(func(t *testing.T, data []byte) {
		entries, end := frames(crc, data, position{segment: 1})
		if end.offset > int64(len(data)) {
			t.Fatalf("read %d of %d bytes", end.offset, len(data))
		}
		entries = append(entries, entry{kind: entryFinish, payload: data})
		for _, e := range entries {
			decodePromise(e.payload)
			if c, err := decodeCall(e.payload); err == nil {
				_ = decodeDetails(c.details, c.call)
				_, _ = unpack(c.ladder)
			}
		}
		_, _ = unpack(data)
	})
}

func TestMigrationThatChangedAfterwardsIsRefused(t *testing.T) {
	d, err := openSQLite(t.Context(), t.TempDir()+"/x.db")
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	first := fstest.MapFS{"migrations/0001_a.sql": {Data: []byte("CREATE TABLE a (x {json}); CREATE TABLE b (x TEXT);")}}
	both := fstest.MapFS{
		"migrations/0001_a.sql": first["migrations/0001_a.sql"], "migrations/0002_b.sql": {Data: []byte("INSERT INTO a (x) VALUES ('1')")},
	}
	changed := fstest.MapFS{"migrations/0001_a.sql": {Data: []byte("CREATE TABLE a (x TEXT)")}}
	gap := fstest.MapFS{"migrations/0002_b.sql": both["migrations/0002_b.sql"]}
	now := time.Now()
	for _, files := range []fstest.MapFS{first, first, both, both} {
		if err := migrate(t.Context(), d, files, now); err != nil {
			t.Fatal(err)
		}
	}
	var rows int
	if err := d.write.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM a").Scan(&rows); err != nil || rows != 1 {
		t.Errorf("the second step was made %d times: %v", rows, err)
	}
	if err := migrate(t.Context(), d, changed, now); !errors.Is(err, errNewer) && !errors.Is(err, errChanged) {
		t.Errorf("a step that changed: %v", err)
	}
	if err := migrate(t.Context(), d, first, now); !errors.Is(err, errNewer) {
		t.Errorf("a database of a newer program: %v", err)
	}
	if err := migrate(t.Context(), d, gap, now); err == nil {
		t.Error("a gap in the numbers was accepted")
	}
}

func TestWriteThatWasCutShortIsTakenBack(t *testing.T) {
	s, err := openSpool(t.TempDir(), position{})
	if err != nil {
		t.Fatal(err)
	}
	put := func() error {
		return s.write(entryFinish, func(b []byte) []byte { return new(packer).encodeCall(b, &routing.CallRecord{ID: "call_1"}) })
	}
	if err = put(); err != nil {
		t.Fatal(err)
	}
	// The disk is full: half an entry is there, and the kernel says so.
	if _, err = s.file.WriteString("half an entry"); err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	_ = s.mendLocked(errors.New("no space left on device"))
	s.mu.Unlock()
	if err = put(); err != nil {
		t.Fatal(err)
	}
	var buf []byte
	entries, end, err := s.read(position{segment: 1}, 1<<20, &buf)
	if err != nil || len(entries) != 2 || end != s.tail() {
		t.Errorf("%d entries up to %v, want 2 up to %v: %v", len(entries), end, s.tail(), err)
	}
}

func TestCallNumbersGoOnWithoutTheDatabase(t *testing.T) {
	n := &numbers{next: 10, said: 10, end: 12}
	say := func(promise) error { return nil }
	wanted := 0
	want := func() { wanted++ }
	seen := map[int64]bool{}
	for i := range 100 {
		v := n.take(say, want)
		if seen[v] || v >= 1<<53 || (i >= 2 && v < numberApart) {
			t.Fatalf("number %d is %d", i, v)
		}
		seen[v] = true
	}
	n.give(1000)
	n.next = n.end
	if v := n.take(say, want); v != 1000 || wanted == 0 {
		t.Errorf("after a new block came the number is %d", v)
	}
}

// A record that was written before legs had a sound is read as it was.
func TestDetailsWithoutSoundAreStillRead(t *testing.T) {
	want := routing.CallRecord{ID: "call_1", Legs: []routing.LegRecord{{ID: "leg_1", Codec: "PCMA", PacketsLost: 3, JitterMS: 0.5}}}
	f, err := decodeCall(new(packer).encodeCall(nil, &want))
	if err != nil {
		t.Fatal(err)
	}
	const sound = 1 + 1 + 8 + 8 + 1 // two directions without packets, two figures, no text
	old := append([]byte{firstDetails}, f.details[1:len(f.details)-sound]...)
	got := &routing.CallRecord{ID: "call_1"}
	if err := decodeDetails(old, got); err != nil || !reflect.DeepEqual(got, &want) {
		t.Errorf("%+v, %v", got, err)
	}
}
