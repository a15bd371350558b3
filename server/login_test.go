package server

import (
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wirelaw/wirelaw/codec/chat"
	"github.com/wirelaw/wirelaw/server/store"
)

func TestCreateRefuses(t *testing.T) {
	s := start(t, Options{}, store.Options{})
	p := hello(t, s)
	p.create("Zoë")
	tests := []struct {
		name            string
		password, again chat.Password
		code            chat.ErrorCode
	}{
		{"zoë", password, password, chat.CodeNameTaken},
		{"ZOE\u0308", password, password, chat.CodeNameTaken},
		{"Ｚoë", password, password, chat.CodeNameTaken},
		{"zoë", password, "another horse", chat.CodePasswordMismatch},
		{"free", password, "another horse", chat.CodePasswordMismatch},
		{"free", password, "Correct horse", chat.CodePasswordMismatch},
		{"a＊", password, password, chat.CodeBadName},
		{"♥", password, password, chat.CodeBadName},
		{"free", "пароль\u0085", "пароль\u0085", chat.CodeBadPassword},
		{"free", "äöüäö", "äöüäö", chat.CodeBadPassword}, // five characters, ten bytes
	}
	for _, tt := range tests {
		m := &chat.Create{Name: chat.Username(tt.name), Password: tt.password, Again: tt.again}
		if e, ok := p.reply(p.post(m)).(*chat.Error); !ok || e.Code != tt.code {
			t.Errorf("CREATE %q %q: got %v, want %v", tt.name, string(tt.password), e, tt.code)
		}
	}
	call[*chat.Created](p, &chat.Create{Name: "free", Password: "cafe\u0301 au", Again: "caf\u00e9 au"})
	call[*chat.LoggedIn](p, &chat.Login{Name: "FREE", Password: "caf\u00e9 au", Window: 1})
}

func TestCreateRace(t *testing.T) {
	s := start(t, Options{}, store.Options{})
	const n = 8
	var wg sync.WaitGroup
	var created, taken atomic.Int32
	for range n {
		p := hello(t, s)
		wg.Go(func() {
			switch m := p.reply(p.post(&chat.Create{Name: "alice", Password: password, Again: password})).(type) {
			case *chat.Created:
				created.Add(1)
			case *chat.Error:
				if m.Code == chat.CodeNameTaken {
					taken.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if created.Load() != 1 || taken.Load() != n-1 {
		t.Errorf("%d created, %d taken", created.Load(), taken.Load())
	}
}

func TestLogin(t *testing.T) {
	s := start(t, Options{}, store.Options{})
	a, _ := member(t, s, "alice")
	b := hello(t, s)
	unknown := call[*chat.Error](b, &chat.Login{Name: "nobody", Password: password, Window: 1})
	wrong := call[*chat.Error](b, &chat.Login{Name: "alice", Password: "Correct horse", Window: 1})
	if unknown.Code != chat.CodeBadCredentials || *unknown != *wrong {
		t.Errorf("unknown: %v; wrong: %v", unknown, wrong)
	}
	b.refused(&chat.Login{Name: "Alice", Password: password, Window: 1}, chat.CodeAlreadyLoggedIn)
	a.fence() // goes on unharmed
	a.goodbye(a.post(&chat.Bye{}), chat.ReasonBye)
	b.login("ALICE")
}

// An account is free when its connection has ended, in whatever way.
func TestConnectionEndsSession(t *testing.T) {
	for name, end := range map[string]func(*peer){
		"close":     func(p *peer) { p.nc.Close() },
		"halfclose": func(p *peer) { p.halfClose(); p.ended() },
		"garbage":   func(p *peer) { p.write([]byte("\xff\xff\xff\xff\xff\xff\xff\xff")) },
		"bye":       func(p *peer) { p.goodbye(p.post(&chat.Bye{}), chat.ReasonBye) },
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, Options{}, store.Options{})
			a, _ := member(t, s, "alice")
			b := hello(t, s)
			end(a)
			for {
				m := b.reply(b.post(&chat.Login{Name: "alice", Password: password, Window: 1}))
				if e, ok := m.(*chat.Error); !ok {
					break
				} else if e.Code != chat.CodeAlreadyLoggedIn {
					t.Fatalf("got %v", e)
				}
			}
		})
	}
}

// A hash of other parameters is made anew at the next login.
func TestRehash(t *testing.T) {
	s := start(t, Options{}, store.Options{})
	old := phc{memory: 64, time: 1, threads: 1, salt: []byte("saltsalt")}.with(password)
	if _, err := s.store.Create(t.Context(), "alice", "alice", old); err != nil {
		t.Fatal(err)
	}
	p := hello(t, s)
	p.refused(&chat.Login{Name: "alice", Password: "wrong password", Window: 1}, chat.CodeBadCredentials)
	if a, _ := s.store.Account(t.Context(), "alice"); a.Hash != old {
		t.Error("a wrong password changed the hash")
	}
	p.login("alice")
	a, _ := s.store.Account(t.Context(), "alice")
	if h, err := parsePHC(a.Hash); err != nil || h.old() {
		t.Errorf("the hash is %s", a.Hash)
	}
	call[*chat.LoggedOut](p, &chat.Logout{})
	p.login("alice")
}

func TestBusyHasher(t *testing.T) {
	s := start(t, Options{}, store.Options{})
	p, q := hello(t, s), hello(t, s)
	for range cap(s.hasher.queue) {
		s.hasher.queue <- struct{}{}
	}
	p.refused(&chat.Login{Name: "alice", Password: password, Window: 1}, chat.CodeBusy)
	p.refused(&chat.Create{Name: "alice", Password: password, Again: password}, chat.CodeBusy)
	p.refused(&chat.Create{Name: "alice", Password: password, Again: "another one"}, chat.CodePasswordMismatch)
	for range cap(s.hasher.queue) {
		<-s.hasher.queue
	}
	q.create("alice")
	q.login("alice")
}

func TestThrottle(t *testing.T) {
	now := time.Now()
	th := newThrottle(func() time.Time { return now })
	far, near, six := address("192.0.2.1:9"), address("127.0.0.1:9"), address("[2001:db8::1]:9")
	for i := range throttleBurst {
		if !th.allow(far) {
			t.Fatalf("refused after %d failures", i)
		}
		th.add(far)
		th.add(near)
		th.add(six)
	}
	tests := []struct {
		addr string
		want bool
	}{
		{"192.0.2.1:10", false},
		{"[::ffff:192.0.2.1]:10", false},
		{"192.0.2.2:9", true},
		{"127.0.0.1:9", true},
		{"[::1]:9", true},
		{"[2001:db8::2]:9", false},
		{"[2001:db8:0:1::1]:9", true},
	}
	for _, tt := range tests {
		if got := th.allow(address(tt.addr)); got != tt.want {
			t.Errorf("allow(%s) = %v", tt.addr, got)
		}
	}
	now = now.Add(throttleEvery)
	if !th.allow(far) {
		t.Error("refused after a pause")
	}
	th.add(far)
	if th.allow(far) {
		t.Error("allowed without a pause")
	}
	now = now.Add(time.Hour)
	for i := range throttleForget + 1 {
		th.add(address("10.1." + string(rune('0'+i%10)) + ".1:9"))
	}
	if !th.allow(far) || len(th.full) > throttleForget {
		t.Errorf("%d addresses are remembered", len(th.full))
	}
}

func address(s string) net.Addr { return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(s)) }
