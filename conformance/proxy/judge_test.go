package proxy

import (
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/spec"
)

// talker says things on one connection that is judged.
type talker struct {
	t *testing.T
	c *Conn
	p *spec.Protocol
}

func newTalker(t *testing.T) *talker {
	p := chat(t)
	return &talker{t, newConn(New(Options{Codec: dynamic.New(p)}), 1), p}
}

// says sends a message; fields are NAME=VALUE as in transcripts, id=N too. What is wrong is sent as it is.
func (k *talker) says(from spec.Direction, words string) {
	k.t.Helper()
	f := strings.Fields(words)
	m := k.c.c.Example(k.p.Message(f[0]))
	for _, w := range f[1:] {
		name, value, _ := strings.Cut(w, "=")
		if name == "id" {
			m.ID = uint64(value[0] - '0')
			continue
		}
		if name == "extra" {
			m.Trailing = []byte(value)
			continue
		}
		if name == "length" {
			n := uint64(1) << 20
			m.Length = &n
			continue
		}
		v, err := k.c.c.ParseValue(m.Spec.Field(name).Type, value)
		if err != nil {
			k.t.Fatal(err)
		}
		m.Set(name, v)
		if name == "code" && value != "BAD_VERSION" {
			for i := len(m.Fields) - 1; i >= 0; i-- {
				if n := m.Fields[i].Name; n == "lowest" || n == "highest" {
					m.Fields = append(m.Fields[:i], m.Fields[i+1:]...)
				}
			}
		}
	}
	for _, b := range k.c.c.AppendIllegal(nil, m) { // a byte at a time
		k.c.saw(from, []byte{b})
	}
}

// run plays lines: "> MESSAGE" is from the client, "< MESSAGE" from the server; "<." and ">." end the streams.
func (k *talker) run(lines string) {
	k.t.Helper()
	for line := range strings.SplitSeq(strings.TrimSpace(lines), "\n") {
		from := spec.FromClient
		line = strings.TrimSpace(line)
		if line[0] == '<' {
			from = spec.FromServer
		}
		switch rest := strings.TrimSpace(line[1:]); rest {
		case ".":
			k.c.ended(from, "ends the stream", true)
		case "!":
			k.c.ended(from, "resets the connection", false)
		case "in":
			k.run("> HELLO id=1\n< WELCOME id=1 window=16\n> LOGIN id=2 window=2\n< LOGGED_IN id=2")
		default:
			k.says(from, rest)
		}
	}
}

func TestFindings(t *testing.T) {
	for _, c := range []struct {
		name, talk string
		side       spec.Direction // "": nothing is to be found
		rule, want string
	}{
		{"honest", "> in\n> PING id=3\n< DELIVER sequence=1\n< PONG id=3\n> ACK id=4 sequence=1\n> BYE id=5\n< GOODBYE id=5\n< .\n> .", "", "", ""},
		{"one id for all", "> in\n> PING id=3\n> PING id=3\n> LIST id=3\n< PONG id=3\n< PONG id=3\n< ACCOUNTS id=3", "", "", ""},
		{"pipelined, then refused", "> HELLO id=1\n> LOGIN id=2\n> LIST id=3\n< WELCOME id=1\n< ERROR id=2 code=BAD_CREDENTIALS\n< ERROR id=3 code=BAD_STATE", "client", "CLIENT-1", "BAD_STATE"},
		{"pipelined, and well", "> HELLO id=1\n> LOGIN id=2\n> LIST id=3\n< WELCOME id=1\n< LOGGED_IN id=2\n< ACCOUNTS id=3", "", "", ""},
		{"a user's bad name", "> HELLO id=1\n< WELCOME id=1\n> CREATE id=2 name=a*\n< ERROR id=2 code=BAD_NAME", "", "", ""},
		{"too large, early", "> HELLO id=1\n< WELCOME id=1\n> CREATE id=2 length=1\n< ERROR id=2 code=TOO_LARGE\n< .", "client", "CLIENT-1", "TOO_LARGE"},
		{"busy", "< ERROR id=0 code=BUSY\n< .", "", "", ""},
		{"kicked out", "> in\n> LIST id=3\n< GOODBYE reason=IDLE\n< .", "", "", ""},
		{"gone first", "> in\n> LIST id=3\n> .\n< .", "", "", ""},

		{"another id", "> in\n> PING id=3\n< PONG id=4", "server", "FRAME-4", "id 4"},
		{"twice", "> in\n> PING id=3\n< PONG id=3\n< PONG id=3", "server", "FRAME-5", "PONG"},
		{"out of order", "> in\n> LIST id=3\n> PING id=4\n< PONG id=4", "server", "FRAME-5", "PONG"},
		{"id 0", "> in\n> PING id=3\n< PONG id=0", "server", "FRAME-4", "PONG with id 0"},
		{"another reply", "> in\n> LIST id=3\n< PONG id=3", "server", "", "PONG"},
		{"malformed", "> in\n> PING id=3\n< PONG id=3 extra=x", "server", "", "left over"},
		{"too long", "> in\n> PING id=3\n< PONG id=3 length=1", "server", "", "length of 1048576"},
		{"of the client", "> in\n< PING id=3", "server", "", "opcode"},
		{"success in another state", "> HELLO id=1\n< WELCOME id=1\n> LIST id=2\n< ACCOUNTS id=2", "server", "CHECK-3", "ACCOUNTS"},
		{"success of what is malformed", "> in\n> LOGOUT id=3 extra=x\n< LOGGED_OUT id=3", "server", "CHECK-4", "LOGGED_OUT"},
		{"another refusal", "> HELLO id=1\n< WELCOME id=1\n> CREATE id=2 name=a*\n< ERROR id=2 code=MALFORMED", "server", "CHECK-5", "MALFORMED"},
		{"no refusal of a feature", "> HELLO id=1\n< WELCOME id=1 features=REGEX\n> RESUME id=2\n< LOGGED_IN id=2", "server", "CHECK-7", "LOGGED_IN"},
		{"an error of another request", "> in\n> LIST id=3\n< ERROR id=3 code=NAME_TAKEN", "server", "", "NAME_TAKEN"},
		{"its own fault", "> in\n> LIST id=3\n< ERROR id=3 code=INTERNAL", "server", "", "INTERNAL"},
		{"an unknown error", "> in\n> LIST id=3\n< ERROR id=3 code=999", "server", "", "a code"},
		{"too early", "> HELLO id=1\n< WELCOME id=1\n> LOGIN id=2\n< DELIVER\n< LOGGED_IN id=2", "server", "", "DELIVER"},
		{"too late", "> in\n> LOGOUT id=3\n< LOGGED_OUT id=3\n< DELIVER", "server", "", "DELIVER"},
		{"falling", "> in\n< DELIVER sequence=5\n< DELIVER sequence=5", "server", "DELIVER-1", "5"},
		{"over the window", "> in\n< DELIVER sequence=5\n< DELIVER sequence=6\n< DELIVER sequence=7", "server", "DELIVER-3", "3 of them"},
		{"within the window", "> in\n< DELIVER sequence=5\n< DELIVER sequence=6\n> ACK id=3 sequence=5\n< DELIVER sequence=7", "", "", ""},
		{"after GOODBYE", "> in\n< GOODBYE reason=IDLE\n< DELIVER", "server", "GOODBYE-2", "DELIVER"},
		{"after a closing error", "> in\n> PING id=0\n< ERROR id=0 code=BAD_ID\n< DELIVER", "server", "GOODBYE-2", "DELIVER"},
		{"left without a word", "> in\n> LIST id=3\n< .", "server", "", "without GOODBYE"},
		{"last frame lost", "> in\n> BYE id=3\n< GOODBYE id=3\n< !", "server", "FRAME-8", "reset"},

		{"request 0", "> in\n> PING id=0\n< ERROR id=0 code=BAD_ID\n< .", "client", "CLIENT-1", "BAD_ID"},
		{"trailing", "> in\n> LOGOUT id=3 extra=x\n< ERROR id=3 code=MALFORMED", "client", "CLIENT-1", "MALFORMED"},
		{"a reply", "> in\n> PONG id=3\n< ERROR id=3 code=UNKNOWN_OPCODE", "client", "CLIENT-1", "UNKNOWN_OPCODE"},
		{"ahead", "> in\n< DELIVER sequence=5\n> ACK id=3 sequence=6", "client", "CLIENT-15", "6"},
		{"as a guest", "> HELLO id=1\n< WELCOME id=1\n> ACK id=2 sequence=1\n> PING id=3\n< ERROR id=2 code=BAD_STATE\n< PONG id=3", "client", "CLIENT-1", "BAD_STATE"},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := newTalker(t)
			k.run(c.talk)
			var got []string
			found := false
			for _, f := range k.c.Findings {
				got = append(got, string(f.Side)+" "+f.Rule+": expected "+f.Expected+", got "+f.Got)
				found = found || f.Side == c.side && f.Rule == c.rule && strings.Contains(f.Got, c.want)
			}
			if c.side == "" && len(got) > 0 || c.side != "" && !found {
				t.Errorf("want %s %s: %s; found:\n%s", c.side, c.rule, c.want, strings.Join(got, "\n"))
			}
		})
	}
}

// TestBounds: what is kept of a connection is bounded, whatever is said on it.
func TestBounds(t *testing.T) {
	k := newTalker(t)
	k.run("> HELLO id=1\n< WELCOME id=1")
	ping := k.c.c.Example(k.p.Message("PING"))
	ping.ID = 7
	frame := k.c.c.AppendIllegal(nil, ping)
	for range maxOpen + 10 {
		k.c.saw(spec.FromClient, frame)
	}
	if len(k.c.open) > maxOpen || k.c.blind[spec.FromClient] == "" || len(k.c.Findings) > 0 {
		t.Errorf("%d requests are remembered, %d findings", len(k.c.open), len(k.c.Findings))
	}
	k = newTalker(t)
	k.run("> in")
	pong := k.c.c.AppendIllegal(nil, k.c.c.Example(k.p.Message("PONG")))
	for range 10 * maxFindings {
		k.c.saw(spec.FromServer, pong)
	}
	if len(k.c.Findings) != maxFindings {
		t.Errorf("%d findings are kept", len(k.c.Findings))
	}
	if events, _ := k.c.Transcript.Events(); len(events) > 2*maxFindings {
		t.Errorf("%d events are kept", len(events))
	}
	k.c.over()
	var none conformance.Event
	if k.c.say(none); len(k.c.talk) > maxTalk+1 {
		t.Errorf("%d frames are kept", len(k.c.talk))
	}
}
