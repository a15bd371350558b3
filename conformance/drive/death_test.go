package drive

import (
	"context"
	"errors"
	"io"
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/script"
)

// doomed launches clients that connect, say something on their standard output, drop the connection, and end a moment later.
type doomed struct {
	says   string
	exit   error
	lives  bool // it does not end
	prints string
}

func (d doomed) Launch(ctx context.Context, addr string) (Running, error) {
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	out, w := io.Pipe()
	r := &dying{doomed: d, out: out, cancel: cancel}
	go func() {
		io.WriteString(w, d.says)
		nc.Close()
		if d.lives {
			<-ctx.Done()
		} else {
			<-time.After(30 * time.Millisecond)
		}
		w.Close()
	}()
	return r, nil
}

type dying struct {
	doomed
	out    *io.PipeReader
	cancel context.CancelFunc
}

type nowhere struct{ io.Writer }

func (nowhere) Close() error { return nil }

func (r *dying) Stdin() io.WriteCloser { return nowhere{io.Discard} }
func (r *dying) Stdout() io.Reader     { return r.out }
func (r *dying) Errors() string        { return r.prints }
func (r *dying) Wait() error           { return r.exit }
func (r *dying) Close()                { r.cancel() }

// exits is how a program has ended with a status.
func exits(t *testing.T, status string) error {
	t.Helper()
	var exit *exec.ExitError
	if err := exec.Command("sh", "-c", "exit "+status).Run(); err != nil && !errors.As(err, &exit) {
		t.Skip(err)
	}
	if exit == nil {
		return nil
	}
	return exit
}

// TestDeath: the end of a connection is no more than that, unless the client has died.
func TestDeath(t *testing.T) {
	const ended = `{"event":"ended"}` + "\n"
	s := suite(t)
	first, err := s.Reader.Read("first contact", []byte(contact))
	if err != nil {
		t.Fatal(err)
	}
	phrases, err := ParsePhrases("x.drive", "do login login {name}\n")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		client  doomed
		phrases *Phrases
		dead    bool
	}{
		"crash":                {doomed{exit: exits(t, "139"), prints: "list: x\nSegmentation fault\n"}, nil, true},
		"crash of a talker":    {doomed{exit: exits(t, "139"), says: ended, prints: "Segmentation fault\n"}, nil, true},
		"end without a word":   {doomed{exit: exits(t, "0")}, nil, true},
		"gives up":             {doomed{exit: exits(t, "1"), says: ended}, nil, false},
		"lives":                {doomed{lives: true, prints: "lost\n"}, nil, false},
		"phrases, crash":       {doomed{exit: exits(t, "139"), prints: "Segmentation fault\n"}, phrases, true},
		"phrases, traceback":   {doomed{exit: exits(t, "1"), prints: "KeyError: 'x'\n"}, phrases, true},
		"phrases, ends":        {doomed{exit: exits(t, "0")}, phrases, false},
		"phrases, still there": {doomed{lives: true}, phrases, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := &judge{
				o:     &Options{Suite: s, Launcher: c.client, Phrases: c.phrases, RunID: "test", Patience: 10, Dir: t.TempDir()},
				codec: dynamic.New(s.Protocol), clock: &script.Clock{Patience: 10},
			}
			if c.client.lives {
				j.o.Patience = 0.1
			}
			out, _ := j.attempt(t.Context(), first, "contact")
			if out.Verdict != conformance.Fail {
				t.Fatalf("%+v", out)
			}
			f := out.Finding
			last := strings.TrimSpace(c.client.prints[strings.LastIndex(strings.TrimSpace(c.client.prints), "\n")+1:])
			switch dead := f.Kind == conformance.KindDeath; {
			case dead != c.dead:
				t.Errorf("%+v", f)
			case dead && !strings.HasSuffix(f.Got, last), dead && !strings.Contains(f.Got, "exit status"), !dead && strings.Contains(f.Got, "exit status"):
				t.Errorf("it got %q", f.Got)
			}
			events, _ := out.Transcript.Events()
			if note := "the client has printed " + last; last != "" && events[len(events)-1].Note != note {
				t.Errorf("the transcript ends with %+v, want %q", events[len(events)-1], note)
			}
		})
	}
}
