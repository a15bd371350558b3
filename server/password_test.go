package server

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
)

func TestHash(t *testing.T) {
	h, ctx := newHasher(4), t.Context()
	a, err := h.hash(ctx, "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	b, err := h.hash(ctx, "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	if a == b {
		t.Error("two hashes of one password are equal: no salt")
	}
	if !strings.HasPrefix(a, "$argon2id$v=19$m=19456,t=2,p=1$") || strings.Contains(a, "horse") {
		t.Errorf("hash = %s", a)
	}
	tests := []struct {
		encoded, password string
		ok, old           bool
	}{
		{a, "correct horse", true, false},
		{b, "correct horse", true, false},
		{a, "Correct horse", false, false},
		{a, "", false, false},
		{"", "correct horse", false, true},
		{phc{memory: 64, time: 1, threads: 1, salt: []byte("saltsalt")}.with("sesame"), "sesame", true, true},
	}
	for _, tt := range tests {
		ok, old, err := h.verify(ctx, tt.encoded, tt.password)
		if err != nil || ok != tt.ok || tt.encoded != "" && old != tt.old {
			t.Errorf("verify(%s, %s) = %v, %v, %v; want %v, %v", tt.encoded, tt.password, ok, old, err, tt.ok, tt.old)
		}
	}
}

func (p phc) with(password string) string {
	p.key = p.derive(password, hashSize)
	return p.String()
}

func TestDummyIsRight(t *testing.T) {
	// A name that does not exist must not be told by the password that fits the
	// hash of nothing.
	h := newHasher(1)
	p, err := parsePHC(h.dummy)
	if err != nil {
		t.Fatal(err)
	}
	if p.memory != hashMemory || p.time != hashTime || p.threads != hashThreads {
		t.Errorf("the dummy costs %+v", p)
	}
}

func TestParsePHCRefuses(t *testing.T) {
	good := phc{memory: 64, time: 1, threads: 1, salt: []byte("saltsalt"), key: []byte("0123456789")}.String()
	if _, err := parsePHC(good); err != nil {
		t.Fatal(err)
	}
	for _, change := range []struct{ old, new string }{
		{good, ""},
		{"argon2id", "argon2i"},
		{"v=19", "v=16"},
		{"m=64", "m=x"},
		{"m=64", "m=99999999"},
		{"t=1", "t=0"},
		{"t=1", "t=1000"},
		{"p=1", "p=0"},
		{"p=1", "p=256"},
		{"$c2FsdHNhbHQ$", "$!$"},
		{"$MDEyMzQ1Njc4OQ", "$MA"},
		{"$MDEyMzQ1Njc4OQ", ""},
	} {
		bad := strings.Replace(good, change.old, change.new, 1)
		if bad == good {
			t.Fatalf("%q changes nothing", change.old)
		}
		if _, err := parsePHC(bad); err == nil {
			t.Errorf("parsePHC(%q) took it", bad)
		}
	}
}

func TestHasherIsBounded(t *testing.T) {
	h := newHasher(2)
	for range cap(h.slots) {
		if err := h.enter(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for range 2 {
		h.queue <- struct{}{} // as enter does
		wg.Go(func() {
			select {
			case h.slots <- struct{}{}:
				t.Error("there was a slot too many")
			case <-ctx.Done():
			}
		})
	}
	if err := h.enter(ctx); !errors.Is(err, errHashBusy) {
		t.Errorf("enter when full: %v, want %v", err, errHashBusy)
	}
	if _, err := h.hash(ctx, "sesame"); !errors.Is(err, errHashBusy) {
		t.Errorf("hash when full: %v", err)
	}
	if _, _, err := h.verify(ctx, "", "sesame"); !errors.Is(err, errHashBusy) {
		t.Errorf("verify when full: %v", err)
	}
	<-h.queue
	cancel()
	wg.Wait()
	if err := h.enter(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("enter with a context that is done: %v", err)
	}
}

func BenchmarkHash(b *testing.B) {
	h := newHasher(4)
	for b.Loop() {
		if _, err := h.hash(b.Context(), "correct horse"); err != nil {
			b.Fatal(err)
		}
	}
}
