package disk

import (
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/wirelaw/wirelaw/server/store"
)

// count counts the keys of a store that is closed, by their first byte.
func count(t *testing.T, fs vfs.FS) map[byte]int {
	t.Helper()
	db, err := pebble.Open("/data/db", &pebble.Options{FS: fs, Logger: logger{slog.New(slog.DiscardHandler), nil}})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	it, err := db.NewIter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer it.Close()
	n := map[byte]int{}
	for it.First(); it.Valid(); it.Next() {
		n[it.Key()[0]]++
	}
	return n
}

// TestNothingIsLeft looks into the database when everything is deleted and
// forgotten.
func TestNothingIsLeft(t *testing.T) {
	fs := vfs.NewMem()
	var now atomic.Int64
	o := store.Options{KeyRetention: time.Hour, Now: func() time.Time { return time.UnixMilli(now.Load()) }}
	now.Store(1_700_000_000_000)
	s := openMem(t, fs, o)
	a := create(t, s, "alice")
	from := store.Sender{Identity: a.Identity, Name: a.Name, Incarnation: a.Incarnation}
	sent := 0
	send := func(to string, n int) {
		var pending []*store.Pending
		for range n {
			sent++
			key := store.Key{byte(sent), byte(sent >> 8)}
			pending = append(pending, s.Append(background, store.Message{Key: key, From: from, To: to}))
		}
		for _, p := range pending {
			if _, err := p.Result(); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i := range 10 {
		name := fmt.Sprintf("user%d", i)
		b := create(t, s, name)
		claim(t, s, b).Release()
		n := claim(t, s, b)
		send(name, 130)
		n.Ack(background, 100) // by range
		n.Ack(background, 110) // one by one
		if i%2 == 0 {
			send(name, 1)
		}
		if err := n.Delete(background); err != nil {
			t.Fatal(err)
		}
	}
	n := claim(t, s, a)
	send("alice", 130)
	n.Ack(background, 100)
	send("alice", 1) // in the batch of the acknowledgement, or after it
	n.Ack(background, 110)
	send("alice", 1)
	n.Ack(background, 131)
	if err := n.Logout(background); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	want := map[byte]int{onceKeys: 2, accountKeys: 1, ackKeys: 1, messageKeys: 1, acceptedKeys: sent, ageKeys: sent}
	if got := count(t, fs); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("there are %v, want %v", got, want)
	}

	now.Add(time.Hour.Milliseconds() - 1)
	s = openMem(t, fs, o)
	send("alice", 1)
	s.Close()
	want[messageKeys]++
	want[acceptedKeys]++
	want[ageKeys]++
	if got := count(t, fs); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("there are %v, want %v", got, want)
	}

	now.Add(1) // all but the last are too old, more than one batch removes
	s = openMem(t, fs, o)
	for range 10 {
		send("alice", 1)
	}
	s.Close()
	want[messageKeys] += 10
	want[acceptedKeys], want[ageKeys] = 11, 11
	if got := count(t, fs); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("there are %v, want %v", got, want)
	}
}

// TestForgetsWhileOpen needs no restart to forget keys.
func TestForgetsWhileOpen(t *testing.T) {
	fs := vfs.NewMem()
	var now atomic.Int64
	now.Store(1_700_000_000_000)
	s := openMem(t, fs, store.Options{KeyRetention: time.Hour, Now: func() time.Time { return time.UnixMilli(now.Load()) }})
	create(t, s, "bob")
	for i := range 10 {
		if _, err := s.Append(background, store.Message{Key: store.Key{byte(i)}, To: "bob"}).Result(); err != nil {
			t.Fatal(err)
		}
		now.Add(time.Hour.Milliseconds() / 2)
	}
	s.Close()
	if got := count(t, fs); got[acceptedKeys] != 2 || got[ageKeys] != 2 {
		t.Fatalf("there are %v", got)
	}
}
