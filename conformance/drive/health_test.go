package drive

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/run"
)

// lacking launches model clients that cannot create accounts: they say so at once, and send nothing.
type lacking struct{ model }

func (l lacking) Launch(ctx context.Context, addr string) (Running, error) {
	r, err := l.model.Launch(ctx, addr)
	if err != nil {
		return nil, err
	}
	stdin, in := io.Pipe()
	out, w := io.Pipe()
	go func() {
		for s := bufio.NewScanner(stdin); s.Scan(); {
			var ref int
			if _, after, ok := strings.Cut(s.Text(), `"ref":`); ok && strings.Contains(s.Text(), `"create"`) {
				fmt.Sscan(strings.TrimRight(after, "}"), &ref)
				fmt.Fprintf(w, "{\"event\":\"result\",\"ref\":%d,\"ok\":false,\"error\":\"UNSUPPORTED\"}\n", ref)
				continue
			}
			fmt.Fprintln(r.Stdin(), s.Text())
		}
		r.Stdin().Close()
	}()
	go func() {
		io.Copy(w, r.Stdout())
		w.Close()
	}()
	return &filtered{r, in, out}, nil
}

type filtered struct {
	Running
	in  *io.PipeWriter
	out *io.PipeReader
}

func (f *filtered) Stdin() io.WriteCloser { return f.in }
func (f *filtered) Stdout() io.Reader     { return f.out }

func (f *filtered) Close() {
	f.in.Close()
	f.out.Close()
	f.Running.Close()
}

// TestNeverSent: what a client never does is one cause, and not waited for by every case.
func TestNeverSent(t *testing.T) {
	s := suite(t)
	if err := s.Derive(); err != nil {
		t.Fatal(err)
	}
	cases, err := s.Select([]string{"create", "created", "list"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Judge(t.Context(), &Options{
		Suite: s, Cases: cases, Launcher: lacking{model{s.Protocol, nil}}, RunID: "test", Patience: 0.2, Jobs: 4, Dir: t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	counts, _ := r.Counts()
	causes := r.Causes()
	if len(causes) != 1 || causes[0].Example.Reason != "CREATE is never sent" || causes[0].Blocked != counts[conformance.Blocked] {
		t.Errorf("%d causes; the first is %+v of %v", len(causes), causes[0], counts)
	}
	if n := counts[conformance.Fail]; n < enough || n > enough+4 {
		t.Errorf("%v: too many cases waited for it, or too few", counts)
	}
	if counts[conformance.Pass] < 5 {
		t.Errorf("%v: what does not need it was not judged", counts)
	}
}

// TestStuck: a family of cases that wait in vain is left alone, and what came once is waited for.
func TestStuck(t *testing.T) {
	s := suite(t)
	h := newHealth(dynamic.New(s.Protocol))
	c := &run.Case{Case: &conformance.Case{ID: "chat-client/x", Family: "deliver/cut", Uses: []string{"LOGIN"}}}
	for range enough {
		if why := h.blocks(c); why != "" {
			t.Fatal(why)
		}
		h.learn(c, &conformance.Result{Verdict: conformance.Fail, Finding: &conformance.Finding{Kind: conformance.KindTimeout, Expected: "LOGIN"}})
	}
	if why := h.blocks(c); why != "LOGIN is never sent" {
		t.Errorf("it is blocked by %q", why)
	}
	h.came["LOGIN"] = true
	if why := h.blocks(c); !strings.Contains(why, "deliver/cut") {
		t.Errorf("it is blocked by %q", why)
	}
	c.Family = ""
	if why := h.blocks(c); why != "" {
		t.Errorf("it is blocked by %q", why)
	}
}
