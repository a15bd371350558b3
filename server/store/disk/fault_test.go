package disk

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/wirelaw/wirelaw/server/store"
)

// A gate stands before each sync of Pebble's log.
type gate struct {
	shut    atomic.Bool
	arrived chan struct{} // a sync stands before the shut gate
	pass    chan error    // lets it through, with this result
	broken  atomic.Pointer[error]
}

func newGate() *gate { return &gate{arrived: make(chan struct{}), pass: make(chan error)} }

// open lets everything through from now on.
func (g *gate) open() {
	g.shut.Store(false)
	close(g.pass)
}

func (g *gate) String() string { return "gate" }

func (g *gate) MaybeError(op errorfs.Op) error {
	switch op.Kind {
	case errorfs.OpFileSync, errorfs.OpFileSyncData, errorfs.OpFileSyncTo:
	default:
		return nil
	}
	if !strings.HasSuffix(op.Path, ".log") {
		return nil
	}
	if err := g.broken.Load(); err != nil {
		return *err
	}
	if g.shut.Load() {
		g.arrived <- struct{}{}
		return <-g.pass
	}
	return nil
}

// TestUnsyncedIsUnseen holds a sync up and looks whether anybody sees what it is
// to bring to the disk.
func TestUnsyncedIsUnseen(t *testing.T) {
	g := newGate()
	s := openMem(t, errorfs.Wrap(vfs.NewMem(), g), store.Options{})
	defer s.Close()
	defer g.open()
	bob := create(t, s, "bob")
	n := claim(t, s, bob)
	m := store.Message{Key: store.Key{1}, From: store.Sender{Incarnation: 9}, To: "bob", Text: "x"}

	g.shut.Store(true)
	p := s.Append(background, m)
	<-g.arrived // Pebble's own readers see it by now, or soon
	repeat := s.Append(background, m)
	for range 100 {
		list, err := n.Read(background, 0, 10, 10)
		if err != nil || len(list) != 0 {
			t.Fatalf("read %d messages, error %v", len(list), err)
		}
		if waiting, err := n.Waiting(background); err != nil || waiting != 0 {
			t.Fatalf("%d messages wait, error %v", waiting, err)
		}
	}
	select {
	case <-p.Done():
		t.Fatal("done before it is synced")
	case <-repeat.Done():
		t.Fatal("a repeat is done before the first is synced")
	case <-n.Woken():
		t.Fatal("woken before it is synced")
	default:
	}
	g.shut.Store(false)
	g.pass <- nil
	if r, err := p.Result(); err != nil || r.Duplicate {
		t.Fatalf("got %+v, error %v", r, err)
	}
	if r, err := repeat.Result(); err != nil || !r.Duplicate {
		t.Fatalf("got %+v, error %v", r, err)
	}
	if list, err := n.Read(background, 0, 10, 10); err != nil || len(list) != 1 {
		t.Fatalf("read %d messages, error %v", len(list), err)
	}

	// An account under way is not shown: whoever looks waits for the sync.
	g.shut.Store(true)
	created := make(chan error)
	go func() {
		_, err := s.Create(background, "carol", "carol", "h")
		created <- err
	}()
	<-g.arrived
	ctx, cancel := context.WithCancel(background)
	time.AfterFunc(20*time.Millisecond, cancel)
	seen := 0
	for ctx.Err() == nil {
		if _, err := s.Account(ctx, "carol"); err == nil {
			seen++
		}
		if list, err := s.Names(ctx, "c", "", 10); err == nil && len(list) > 0 {
			seen++
		}
	}
	if seen > 0 {
		t.Fatal("an account was shown before it was synced")
	}
	g.shut.Store(false)
	g.pass <- nil
	if err := <-created; err != nil {
		t.Fatal(err)
	}
	if _, err := s.Account(background, "carol"); err != nil {
		t.Fatal(err)
	}
}

// TestFailedSync breaks the disk: nothing more is accepted, what was accepted
// before is good.
func TestFailedSync(t *testing.T) {
	disk := vfs.NewCrashableMem()
	g := newGate()
	s := openMem(t, errorfs.Wrap(disk, g), store.Options{})
	bob := create(t, s, "bob")
	n := claim(t, s, bob)
	m := store.Message{Key: store.Key{1}, From: store.Sender{Incarnation: 9}, To: "bob", Text: "good"}
	if _, err := s.Append(background, m).Result(); err != nil {
		t.Fatal(err)
	}

	broken := errors.New("input/output error")
	g.shut.Store(true)
	m.Key, m.Text = store.Key{2}, "bad"
	first := s.Append(background, m)
	<-g.arrived
	m.Key = store.Key{3}
	queued := s.Append(background, m)
	g.broken.Store(&broken)
	g.pass <- broken
	m.Key = store.Key{4}
	for _, p := range []*store.Pending{first, queued, s.Append(background, m)} {
		if _, err := p.Result(); !errors.Is(err, store.ErrFailed) || !strings.Contains(err.Error(), "input/output error") {
			t.Fatalf("got error %v", err)
		}
	}
	for name, err := range map[string]error{
		"ack":    n.Ack(background, 1),
		"logout": n.Logout(background),
		"create": func() error { _, err := s.Create(background, "c", "c", "h"); return err }(),
	} {
		if !errors.Is(err, store.ErrFailed) {
			t.Errorf("%s: got error %v", name, err)
		}
	}
	if list, err := n.Read(background, 0, 10, 10); err != nil || len(list) != 1 || list[0].Text != "good" {
		t.Fatalf("read %+v, error %v", list, err)
	}
	if err := s.Close(); !errors.Is(err, store.ErrFailed) {
		t.Fatalf("got error %v", err)
	}

	s = openMem(t, disk.CrashClone(vfs.CrashCloneCfg{}), store.Options{})
	defer s.Close()
	if list, err := claim(t, s, bob).Read(background, 0, 10, 10); err != nil || len(list) != 1 || list[0].Text != "good" {
		t.Fatalf("read %+v, error %v", list, err)
	}
}

// TestFatalMeanwhile has Pebble give up in the background while a batch is under
// way that then succeeds: nobody is answered twice, and Close does not hang.
func TestFatalMeanwhile(t *testing.T) {
	g := newGate()
	s := openMem(t, errorfs.Wrap(vfs.NewMem(), g), store.Options{})
	create(t, s, "bob")
	g.shut.Store(true)
	m := store.Message{Key: store.Key{1}, From: store.Sender{Incarnation: 9}, To: "bob"}
	p := s.Append(background, m)
	<-g.arrived
	closed := make(chan error)
	go func() { closed <- s.Close() }() // waits for the batch, or for the failure
	s.fail(errors.New("no space left"))
	if _, err := p.Result(); !errors.Is(err, store.ErrFailed) {
		t.Fatalf("got error %v", err)
	}
	if err := <-closed; !errors.Is(err, store.ErrFailed) {
		t.Fatalf("got error %v", err)
	}
	g.open()
	<-s.ended
}
