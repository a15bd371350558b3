package disk

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/wirelaw/wirelaw/server/store"
)

var background = context.Background()

func openMem(t *testing.T, fs vfs.FS, o store.Options) *Store {
	t.Helper()
	s, err := Open("/data", Options{Options: o, fs: fs})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func create(t *testing.T, s *Store, identity string) store.Account {
	t.Helper()
	a, err := s.Create(background, identity, identity, "h")
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func claim(t *testing.T, s *Store, a store.Account) store.Session {
	t.Helper()
	n, err := s.Claim(background, a, store.HashToken([]byte(a.Identity)), time.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// notes are what somebody was told, and must find again.
type notes struct {
	mu       sync.Mutex
	accepted map[string]store.Seq // by text
	shown    map[string]store.Seq
	accounts map[string]store.Account
	acked    store.Seq
}

func (n *notes) write(f func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	f()
}

// TestCrash pulls the plug at a moment under load, and finds all that was
// accepted, and all that was shown, again.
func TestCrash(t *testing.T) {
	for _, unsynced := range []int{0, 30, 100} {
		for seed := range uint64(4) {
			t.Run(fmt.Sprintf("%d%% unsynced, seed %d", unsynced, seed), func(t *testing.T) {
				crash(t, unsynced, rand.New(rand.NewPCG(seed, uint64(unsynced))))
			})
		}
	}
}

func crash(t *testing.T, unsynced int, rng *rand.Rand) {
	fs := vfs.NewCrashableMem()
	s := openMem(t, fs, store.Options{})
	bob := create(t, s, "bob")
	reader := claim(t, s, bob)
	n := &notes{accepted: map[string]store.Seq{}, shown: map[string]store.Seq{}, accounts: map[string]store.Account{}}
	messages := 50 + rng.IntN(300) // so many are shown before the crash
	stop := make(chan struct{})
	stopped := func() bool {
		select {
		case <-stop:
			return true
		default:
			return false
		}
	}
	var wg sync.WaitGroup
	for w := range 4 {
		a := create(t, s, fmt.Sprintf("sender%d", w))
		from := store.Sender{Identity: a.Identity, Name: a.Name, Incarnation: a.Incarnation}
		wg.Go(func() {
			for i := 0; !stopped(); i++ {
				text := fmt.Sprintf("%d.%d", w, i)
				m := store.Message{Key: store.Key{byte(i), byte(i >> 8)}, From: from, To: "bob", Text: text}
				if r, err := s.Append(background, m).Result(); err == nil {
					n.write(func() { n.accepted[text] = r.Seq })
				}
			}
		})
	}
	wg.Go(func() {
		for i := 0; !stopped(); i++ {
			name := fmt.Sprintf("new%d", i)
			var made sync.WaitGroup
			made.Go(func() { s.Create(background, name, name, "h") })
			if a, err := s.Account(background, name); err == nil { // perhaps before it is synced
				n.write(func() { n.accounts[name] = a })
			}
			made.Wait()
		}
	})
	enough := make(chan struct{})
	wg.Go(func() {
		defer close(enough)
		var last store.Seq
		for i := 0; last < store.Seq(messages); i++ {
			list, err := reader.Read(background, last, 10, 1000)
			if err != nil {
				t.Errorf("got error %v", err)
				return
			}
			if len(list) == 0 {
				<-reader.Woken()
			}
			for _, d := range list {
				n.write(func() { n.shown[d.Text] = d.Seq })
				last = d.Seq
			}
			if i%20 == 19 {
				n.write(func() { n.acked = last })
				reader.Ack(background, last)
			}
		}
	})
	<-enough
	n.mu.Lock() // what happens from here on nobody was told
	before := notes{accepted: maps.Clone(n.accepted), shown: maps.Clone(n.shown), accounts: maps.Clone(n.accounts)}
	n.mu.Unlock()
	cfg := vfs.CrashCloneCfg{UnsyncedDataPercent: unsynced}
	if unsynced > 0 {
		cfg.RNG = rng
	}
	after := fs.CrashClone(cfg)
	close(stop)
	wg.Wait()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	check(t, after, &before, n.acked)
}

func check(t *testing.T, fs vfs.FS, before *notes, acked store.Seq) {
	s := openMem(t, fs, store.Options{})
	defer s.Close()
	bob, err := s.Account(background, "bob")
	if err != nil {
		t.Fatal(err)
	}
	list, err := claim(t, s, bob).Read(background, 0, 1<<20, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	there := map[store.Seq]string{}
	for _, d := range list {
		there[d.Seq] = d.Text
	}
	for _, told := range []map[string]store.Seq{before.accepted, before.shown} {
		if len(told) == 0 {
			t.Fatal("the crash came before anything happened")
		}
		for text, seq := range told {
			if there[seq] != text && seq > acked {
				t.Errorf("message %d is %q, and was %q", seq, there[seq], text)
			}
		}
	}
	for name, a := range before.accounts {
		if got, err := s.Account(background, name); err != nil || got != a {
			t.Errorf("account %q was shown and is lost: %v", name, err)
		}
	}
	// The next number is a new one.
	m := store.Message{Key: store.Key{15: 1}, From: store.Sender{Identity: "x", Incarnation: 1 << 40}, To: "bob"}
	r, err := s.Append(background, m).Result()
	if err != nil {
		t.Fatal(err)
	}
	for text, seq := range before.shown {
		if r.Seq <= seq {
			t.Fatalf("number %d is given again, %q had %d", r.Seq, text, seq)
		}
	}
}

// TestCrashWhileMade opens what a crash has left of a store in the making.
func TestCrashWhileMade(t *testing.T) {
	for seed := range uint64(20) {
		fs := vfs.NewCrashableMem()
		openMem(t, fs, store.Options{}).Close()
		after := fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 50, RNG: rand.New(rand.NewPCG(seed, 0))})
		s := openMem(t, after, store.Options{})
		create(t, s, "bob")
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
