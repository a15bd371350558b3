package memory

import (
	"context"
	"testing"
	"time"

	"github.com/wirelaw/wirelaw/server/store"
	"github.com/wirelaw/wirelaw/server/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Opener {
		return func(o store.Options) (store.Store, error) { return Open(o), nil }
	})
}

// TestForgets has as many keys in memory as are to be known, not more.
func TestForgets(t *testing.T) {
	now := time.UnixMilli(0)
	s := Open(store.Options{KeyRetention: time.Second, Now: func() time.Time { return now }})
	if _, err := s.Create(context.Background(), "bob", "bob", ""); err != nil {
		t.Fatal(err)
	}
	for i := range 5000 {
		now = now.Add(time.Millisecond)
		m := store.Message{Key: store.Key{byte(i), byte(i >> 8)}, To: "bob"}
		if _, err := s.Append(context.Background(), m).Result(); err != nil {
			t.Fatal(err)
		}
	}
	if known, order := len(s.keys.known), len(s.keys.order); known != 1000 || order != 1000 {
		t.Fatalf("%d keys are known, %d in order", known, order)
	}
}

func BenchmarkAppend(b *testing.B) {
	storetest.BenchmarkAppend(b, func(o store.Options) (store.Store, error) { return Open(o), nil })
}

// A store that remembers nothing still never gives an incarnation twice.
func TestLivesNeverMeet(t *testing.T) {
	var last store.Incarnation
	for day := range 3 {
		s := Open(store.Options{Now: func() time.Time { return time.Unix(1e9, int64(day)*1e6) }})
		for _, name := range []string{"alice", "bob"} {
			a, err := s.Create(t.Context(), name, name, "hash")
			if err != nil {
				t.Fatal(err)
			}
			if a.Incarnation <= last {
				t.Errorf("life %d: incarnation %d after %d", day, a.Incarnation, last)
			}
			last = a.Incarnation
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
