package script

import (
	"context"
	"io/fs"
	"net"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/peer"
	"github.com/wirelaw/wirelaw/spec"
	"github.com/wirelaw/wirelaw/testdata"
)

// TestMQTT runs transcripts of a table with a length of variable size, ids in bodies instead of a correlation, and a state that a reply
// leads to.
func TestMQTT(t *testing.T) {
	src, err := fs.ReadFile(testdata.Specs(), "mqtt.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, err := spec.Load("mqtt.yaml", src)
	if err != nil {
		t.Fatal(err)
	}
	const online = "connect a\nsend a CONNECT\nexpect a CONNACK code=0\n"
	const two = online + "send a SUBSCRIBE id=1 @hold\nsend a SUBSCRIBE id=2\n"
	swapped := &peer.Fault{Answer: func(c *peer.Conn, r peer.Request, frame []byte) [][]byte {
		if r.Message.Name != "SUBSCRIBE" {
			return [][]byte{frame}
		}
		if before := c.Held(nil); before != nil {
			return append([][]byte{frame}, before...)
		}
		c.Held([][]byte{frame})
		return nil
	}}
	another := &peer.Fault{Answer: func(_ *peer.Conn, r peer.Request, frame []byte) [][]byte {
		if r.Message.Name == "SUBSCRIBE" {
			frame[3] += 8
		}
		return [][]byte{frame}
	}}
	lax := &peer.Fault{Check: func(_ *peer.Conn, r peer.Request, e *spec.Error) *spec.Error {
		if r.Why != nil && (r.Why.Because == codec.BecauseConst || r.Why.Because == codec.BecauseTrailing) {
			return nil
		}
		return e
	}}
	for _, c := range []struct {
		name, src string
		fault     *peer.Fault
		verdict   conformance.Verdict
		want      string
	}{
		{"answers", online + "send a PUBLISH qos=1 topic=a\nexpect a PUBACK id=1\nsend a PUBLISH qos=2 id=9\nexpect a PUBREC id=9\nsend a PUBLISH\nfence a", nil, conformance.Pass, ""},
		{"long", online + "let t x *300\nsend a PUBLISH topic=$t\nfence a", nil, conformance.Pass, ""},
		{"cut", online + "let t x *130\nsendraw a UNSUBSCRIBE filters=[$t] @cut=9\nexpect-close a", nil, conformance.Pass, ""},
		{"in their order", two + "expect a SUBACK id=1\nexpect a SUBACK id=2\nfence a", nil, conformance.Pass, ""},
		{"in any order", two + "expect a SUBACK id=2\nexpect a SUBACK id=1\nfence a", swapped, conformance.Pass, ""},
		{"another id", two + "expect a SUBACK", another, conformance.Fail, "SUBACK with id=1, as in SUBSCRIBE, got id=9"},
		{"refused", "connect a\nsendraw a CONNECT level=3\nexpect-error a UNACCEPTABLE_VERSION\nexpect-close a", nil, conformance.Pass, ""},
		{"closes", online + "sendraw a c100\nexpect-close a @or-reset @fence", nil, conformance.Pass, ""},
		{"goes on", online + "sendraw a c100\nexpect-close a @or-reset @fence", lax, conformance.Fail, "nothing before the end of the connection, got PINGRESP"},
		{"goes on in silence", online + "sendraw a 41020001\nexpect-close a @or-reset @fence", lax, conformance.Fail, "nothing before the end of the connection, got PINGRESP"},
	} {
		t.Run(c.name, func(t *testing.T) {
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			server := peer.New(p, c.fault)
			go server.Serve(ln)
			t.Cleanup(server.Close)
			e := env(t, ln.Addr().String())
			e.Codec = dynamic.New(p)
			e.Dial = func(ctx context.Context) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, "tcp", ln.Addr().String())
			}
			r, err := NewReader(p, "", "")
			if err != nil {
				t.Fatal(err)
			}
			s, err := r.Read("t.txtar", []byte("# "+c.name+"\n"+c.src+"\n"))
			if err != nil {
				t.Fatal(err)
			}
			out := s.Run(t.Context(), e, &Fresh{Run: "test", Key: t.Name()}, nil)
			text := out.Reason
			if f := out.Finding; f != nil {
				text = f.Expected + ", got " + f.Got
			}
			if out.Verdict != c.verdict || !strings.Contains(text, c.want) {
				t.Errorf("%s: %s", out.Verdict, text)
			}
		})
	}
}
