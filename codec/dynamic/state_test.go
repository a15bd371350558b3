package dynamic

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/spec"
)

func TestSplit(t *testing.T) {
	c := wide(t)
	tests := []struct {
		state string
		from  spec.Direction
		hex   string
		want  int
		err   string // because
	}{
		{"fresh", spec.FromClient, "0000000d 00000003 61006200 00 0000", 13, ""},
		{"fresh", spec.FromClient, "0000000d 00000003 61006200", 0, ""},
		{"fresh", spec.FromClient, "000000", 0, ""},
		{"fresh", spec.FromClient, "00000003 00", 0, "length.min"},
		{"fresh", spec.FromClient, "00000069 00", 0, "body.max"},
		{"asked", spec.FromServer, "5959", 1, ""},
		{"asked", spec.FromServer, "", 0, ""},
		{"online", spec.FromClient, "6000 6000", 2, ""},
		{"online", spec.FromClient, "60", 0, ""},
		{"online", spec.FromClient, "6080", 0, ""},
		{"online", spec.FromClient, "608000", 0, "left.varint"},
		{"online", spec.FromClient, "60 e907", 0, "body.max"},
		{"online", spec.FromServer, "60 808080", 0, "left.varint"},
		{"records", spec.FromServer, "81 01 00 00 03 00 01 0001 76 81", 10, ""},
		{"", spec.FromClient, "6000 6000", 2, ""},
	}
	for _, tt := range tests {
		state := c.Protocol().State(tt.state)
		n, err := c.Split(state, tt.from, unhex(t, tt.hex))
		why := ""
		if e := (*codec.Error)(nil); errors.As(err, &e) {
			why = because(e)
		}
		if n != tt.want || why != tt.err {
			t.Errorf("%s, %s: %d bytes, %q; want %d, %q", tt.state, tt.hex, n, why, tt.want, tt.err)
		}
	}
}

func TestHeaderOf(t *testing.T) {
	c := wide(t)
	records := c.Protocol().State("records")
	h, n, err := c.HeaderOf(records, spec.FromServer, unhex(t, "81 01 00 00 03 00 07 0001 76"))
	if h != (Header{Opcode: 1, Length: 1, ID: 7}) || n != 9 || err != nil {
		t.Errorf("%+v, %d bytes, %v", h, n, err)
	}
	online := c.Protocol().State("online")
	if h, n, err := c.HeaderOf(online, spec.FromClient, unhex(t, "38 8001 00")); h != (Header{Opcode: 3, Length: 128}) || n != 3 || err != nil {
		t.Errorf("%+v, %d bytes, %v", h, n, err)
	}
	if _, n, err := c.HeaderOf(online, spec.FromClient, []byte{0x38}); n != 0 || err != nil {
		t.Errorf("%d bytes, %v", n, err)
	}
	if _, n, err := c.HeaderOf(online, spec.FromClient, []byte{0x38, 0x80, 0}); n != 0 || err == nil {
		t.Errorf("%d bytes, %v", n, err)
	}
	if c.Plain() || c.HeaderSize() != 2 || !chat(t).Plain() {
		t.Errorf("plain: %v, %d bytes", c.Plain(), c.HeaderSize())
	}
	b := c.PutHeader([]byte{0xff, 0xff}, Header{Opcode: 6, Length: 130})
	if b[0] != 0x60 || b[1] != 2 || c.ParseHeader(b) != (Header{Opcode: 6, Length: 2}) {
		t.Errorf("% x", b)
	}
}

// TestSeveral tells messages of one opcode apart by their constants and by the state.
func TestSeveral(t *testing.T) {
	c := wide(t)
	tests := []struct {
		state string
		from  spec.Direction
		hex   string
		want  string
	}{
		{"fresh", spec.FromClient, "00000009 00000003 00", "START"},
		{"fresh", spec.FromClient, "00000008 04d2162f", "SECURE"},
		{"records", spec.FromServer, "81 01 00 00 03 00 01 0001 76", "GOT"},
		{"records", spec.FromServer, "81 01 00 00 03 01 01 0000", "FOUND"},
		{"online", spec.FromClient, "6000", "PING"},
		{"online", spec.FromServer, "6000", "PONG"},
		{"", spec.FromServer, "6000", "PONG"},
	}
	for _, tt := range tests {
		m, err := c.DecodeIn(c.Protocol().State(tt.state), tt.from, unhex(t, tt.hex), nil)
		if err != nil || m.Spec.Name != tt.want {
			t.Errorf("%s in %q: %v, %v; want %s", tt.hex, tt.state, m, err, tt.want)
		}
	}
	start := c.Protocol().Message("START")
	_, err := c.DecodeAs(start, spec.FromClient, unhex(t, "00000008 04d2162f"), nil)
	if e := (*codec.Error)(nil); !errors.As(err, &e) || because(e) != "options.truncated" {
		t.Errorf("SECURE as START: %v", err)
	}
	_, err = c.DecodeAs(start, spec.FromClient, unhex(t, "00000009 00000004 00"), nil)
	if e := (*codec.Error)(nil); !errors.As(err, &e) || because(e) != "version.const" {
		t.Errorf("START of another version: %v", err)
	}
}

func TestIgnoredCheck(t *testing.T) {
	c := wide(t)
	online := c.Protocol().State("online")
	m, demanded, why := c.CheckRequest(online, unhex(t, "f000"), nil)
	if m != nil || demanded != nil || why == nil || why.Because != codec.BecauseOpcode {
		t.Errorf("%v, %v, %v", m, demanded, why)
	}
	_, demanded, why = c.CheckRequest(online, unhex(t, "608000"), nil)
	if demanded == nil || demanded.Name != "GARBAGE" || because(why) != "left.varint" {
		t.Errorf("%v, %v", demanded, why)
	}
	for _, hex := range []string{"", "60", "60 80", "60 01", "38 02 00"} {
		if _, demanded, why = c.CheckRequest(online, unhex(t, hex), nil); demanded != nil || why.Because != Incomplete {
			t.Errorf("%s: %v, %v", hex, demanded, why)
		}
	}
	// Which message it is stands in bytes that have not arrived.
	fresh := c.Protocol().State("fresh")
	if _, demanded, why = c.CheckRequest(fresh, unhex(t, "00000009 0000"), nil); demanded != nil || why.Because != Incomplete {
		t.Errorf("%v, %v", demanded, why)
	}
}

func TestTracker(t *testing.T) {
	c := wide(t)
	p := c.Protocol()
	tests := []struct{ name, talk, want string }{
		{"a request without a reply takes effect at once", "> START", "greeted"},
		{"by a value", "> START, < WELCOME mode=P", "online"},
		{"by another value", "> START, < WELCOME mode=R", "records"},
		{"there and back", "> SECURE, < YES, > START", "greeted"},
		{"the end", "> SECURE, < NO", "closed"},
		{"not what the state knows", "> SECURE, > START", "asked"},
		{"a condition that does not hold", "> START, < WELCOME mode=P, > STOP", "online"},
		{"one that does", "> START, < WELCOME mode=P, > STOP really", "closed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			track := NewTracker(p)
			for _, part := range strings.Split(tt.talk, ", ") {
				words := strings.Fields(part)
				from := spec.FromClient
				if words[0] == "<" {
					from = spec.FromServer
				}
				m := c.Example(p.Message(words[1]))
				for _, w := range words[2:] {
					switch w {
					case "really":
						m.Set(w, true)
					default:
						m.Set("mode", uint64(w[len("mode=")]))
					}
				}
				track.Sent(from, m)
			}
			if got := track.State().Name; got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

// TestTrackerAnswers follows requests that take effect with their answer.
func TestTrackerAnswers(t *testing.T) {
	c := chat(t)
	p := c.Protocol()
	track := NewTracker(p)
	say := func(from spec.Direction, name string, id uint64, want string) {
		t.Helper()
		m := c.Example(p.Message(name))
		m.ID = id
		track.Sent(from, m)
		if got := track.State().Name; got != want {
			t.Errorf("after %s: %s, want %s", name, got, want)
		}
	}
	say(spec.FromClient, "HELLO", 1, "connected")
	say(spec.FromServer, "WELCOME", 2, "connected")
	say(spec.FromServer, "WELCOME", 1, "guest")
	say(spec.FromClient, "LOGIN", 2, "guest")
	say(spec.FromServer, "ERROR", 2, "guest")
	say(spec.FromServer, "LOGGED_IN", 2, "guest")
	say(spec.FromClient, "PING", 3, "guest")
	say(spec.FromClient, "LOGIN", 4, "guest")
	say(spec.FromServer, "PONG", 3, "guest")
	say(spec.FromServer, "LOGGED_IN", 4, "member")
	say(spec.FromServer, "DELIVER", 0, "member")
	say(spec.FromClient, "LOGOUT", 6, "member")
	say(spec.FromClient, "PING", 7, "member")
	say(spec.FromServer, "PONG", 7, "member")
	say(spec.FromServer, "LOGGED_OUT", 6, "guest")
	say(spec.FromClient, "BYE", 5, "guest")
	say(spec.FromServer, "GOODBYE", 5, "closed")
}

// TestTrackerForgets keeps no more than so many requests that nobody answers.
func TestTrackerForgets(t *testing.T) {
	c := chat(t)
	track := NewTracker(c.Protocol())
	m := c.Example(c.Protocol().Message("PING"))
	for i := range 3 * maxPending {
		m.ID = uint64(i + 1)
		track.Sent(spec.FromClient, m.Clone())
	}
	if n := len(track.pending); n > maxPending || n < maxPending/2 {
		t.Errorf("%d requests are remembered", n)
	}
}

func TestAnnotateGrown(t *testing.T) {
	c := wide(t)
	tests := []struct {
		name, state string
		from        spec.Direction
		hex         string
		want        string
	}{
		{"bits", "online", spec.FromClient, "32 07 0007 ff 0001 6869", "kind+again+grade+_=kind=PUT again=false grade=STRONG _=false left=7 padded+spare+colour=padded=false spare=0 colour=7 note.length=null id=1 text=0x6869"},
		{"padding", "online", spec.FromClient, "38 07 f007 02 00 61 0000", "kind+again+grade+_=kind=PUT again=true grade=WEAK _=false left=7 padded+spare+colour=padded=true spare=7 colour=7 padding_size=2 note.length=0 text=0x61 padding=0x0000"},
		{"too much padding", "online", spec.FromClient, "38 04 8007 02 00", "kind+again+grade+_=kind=PUT again=true grade=WEAK _=false left=4 padded+spare+colour=padded=true spare=0 colour=7 padding_size=2 note.length=0"},
		{"no varint", "online", spec.FromClient, "60 8000", "kind+flags=kind=PING flags=0 ?=left is longer than it may be, or not in its shortest form"},
		{"struct", "fresh", spec.FromClient, "0000000d 00000003 61006200 00", `length=13 version=3 options[0].name="a" options[0].name.end=0x00 options[0].value="b" options[0].value.end=0x00 options.end=0x00`},
		{"cut struct", "fresh", spec.FromClient, "0000000a 00000003 6100", `length=10 version=3 options[0].name="a" options[0].name.end=0x00`},
		{"no end", "fresh", spec.FromClient, "0000000b 00000003 610062", `length=11 version=3 options[0].name="a" options[0].name.end=0x00 ?=options[0].value has no end`},
		{"to the end", "online", spec.FromClient, "50 09 ffffffffffffffff 02", "kind+flags=kind=PART flags=0 left=9 parts[0].at=-1 parts[0].of=2"},
		{"of one side", "records", spec.FromServer, "81 01 00 00 03 00 01 0001 76", "reply=129 op=GOT key_size=0 extra_size=0 reserved+lane=reserved=false lane=3 status=0 tag=1 total=1 value=0x76"},
		{"counted", "records", spec.FromClient, "80 01 02 04 03 01 0006 00000005 6b6b", "ask=128 op=GET key_size=2 extra_size=4 reserved+lane=reserved=false lane=3 tag=1 total=6 extra.until=5 key=0x6b6b"},
		{"counted, too long", "records", spec.FromClient, "80 01 02 05 03 01 0006 00000005 6b6b", "ask=128 op=GET key_size=2 extra_size=5 reserved+lane=reserved=false lane=3 tag=1 total=6 extra.until=5 ?=beyond what extra is ?=key is cut short: 1 of 2 bytes"},
		{"counted, too short", "records", spec.FromClient, "80 01 02 03 03 01 0006 00000005 6b6b", "ask=128 op=GET key_size=2 extra_size=3 reserved+lane=reserved=false lane=3 tag=1 total=6 ?=extra.until is cut short: 3 of at least 4 bytes ?=not looked at"},
		{"unknown", "online", spec.FromClient, "f0 01 00", "kind+flags=kind=0x0f, unknown flags=0 left=1 ?=the body of an unknown message"},
		{"one byte", "asked", spec.FromServer, "59 00", "byte=YES ?=after the end of the frame"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			frame := unhex(t, tt.hex)
			state := c.Protocol().State(tt.state)
			coveredIn(t, c, state, tt.from, frame)
			var got []string
			for _, s := range c.AnnotateIn(state, tt.from, frame) {
				got = append(got, s.Path+"="+s.Text)
			}
			if g := strings.Join(got, " "); g != tt.want {
				t.Errorf("%s\nwant\n%s", g, tt.want)
			}
		})
	}
	spans := c.AnnotateIn(c.Protocol().State("online"), spec.FromClient, unhex(t, "32 07 0007 ff 0001 6869"))
	if got := fmt.Sprint(spans[0].Parts); got != "[{0 4 kind PUT} {4 1 again false} {5 2 grade STRONG} {7 1 _ false}]" {
		t.Error(got)
	}
}
