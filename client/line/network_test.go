package line

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/client"
	"github.com/wirelaw/wirelaw/codec/chat"
)

// strange listens and does something to every connection.
func strange(t *testing.T, do func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				do(c)
			}()
		}
	}()
	return l.Addr().String()
}

func TestNoConnectionIsExplained(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	nobody := l.Addr().String()
	later, err := chat.AppendFrame(nil, 1, &chat.Error{Code: chat.CodeBadVersion, Text: "x", Lowest: 7, Highest: 9})
	if err != nil {
		t.Fatal(err)
	}
	full, err := chat.AppendFrame(nil, 0, &chat.Error{Code: chat.CodeBusy, Text: "full"})
	if err != nil {
		t.Fatal(err)
	}
	swallow := func(b []byte) func(net.Conn) {
		return func(c net.Conn) {
			c.Write(b)
			io.Copy(io.Discard, c)
		}
	}
	tests := []struct {
		name, addr string
		tls        *tls.Config
		want       string
	}{
		{"nothing there", nobody, nil, "No server answers at " + nobody + ". Is chatd running?"},
		{"closes", strange(t, func(net.Conn) {}), nil, "closed the connection at once"},
		{"echoes", strange(t, func(c net.Conn) { io.Copy(c, c) }), nil, "is not a chat server. If it speaks TLS, use --tls."},
		{"web", strange(t, swallow([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"))), nil, "is not a chat server"},
		{"later version", strange(t, func(c net.Conn) {
			io.ReadFull(c, make([]byte, chat.HeaderSize)) // an answer comes after its request
			swallow(later)(c)
		}), nil, "The server speaks versions 7 to 9 of the protocol, this program version 1."},
		{"full", strange(t, swallow(full)), nil, "is busy: try again in a moment"},
		{"no TLS", startHost(t).addr, &tls.Config{}, "does not speak TLS: leave out --tls and --ca"},
		{"bad address", "127.0.0.1:99999", nil, "is not an address"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var out, errs bytes.Buffer
			status := Run(t.Context(), Options{Addr: test.addr, TLS: test.tls, In: strings.NewReader(""), Out: &out, Err: &errs})
			if status != Failed || out.Len() > 0 || !strings.Contains(errs.String(), test.want) || strings.Count(errs.String(), "\n") != 1 {
				t.Errorf("status %d, printed %q, %q; want %q", status, out.String(), errs.String(), test.want)
			}
		})
	}
}

func TestReasonsAreSentences(t *testing.T) {
	lost := &client.LostError{Cause: io.EOF}
	tests := []struct{ got, want string }{
		{noConnection(&net.DNSError{Name: "nowhere.invalid"}, "nowhere.invalid:1", false), `There is no host "nowhere.invalid".`},
		{noConnection(context.DeadlineExceeded, "a:1", false), "The server at a:1 does not answer."},
		{noConnection(errors.New("odd\x1b"), "a:1", false), "There is no connection to a:1: odd␛."},
		{plainSentence(lost), "The connection is lost. Whether the command was done is not known."},
		{plainSentence(&chat.Error{Code: chat.CodeKeyConflict, Text: "the key was used before\x1b"}), "The server refused: the key was used before␛."},
		{lostSentence(&client.LostError{Cause: &client.GoodbyeError{Reason: chat.ReasonReplaced}}), "This session was taken over from another connection."},
		{lostSentence(&client.LostError{Cause: &client.SilenceError{}}), "The connection is lost: the server has not answered for too long."},
		{reason(&result{request: &request{verb: &verb{}}, err: &chat.Error{Code: 999, Text: "new"}}), "The server failed. Whether the command was done is not known."},
		{errorName(&chat.Error{Code: 999}), "INTERNAL"},
		{errorName(lost), "LOST"},
		{errorName(client.ErrNotSent), "NOT_SENT"},
		{errorName(context.DeadlineExceeded), "TIMEOUT"},
		{errorName(io.EOF), "FAILED"},
	}
	for _, test := range tests {
		if test.got != test.want {
			t.Errorf("got %q, want %q", test.got, test.want)
		}
	}
}

// TestLostAtOnce: a server that greets and goes is no reason to break down, whenever that is noticed.
func TestLostAtOnce(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			if h, _, err := chat.NewReader(nc).Next(chat.MaxBody); err == nil {
				b, _ := chat.AppendFrame(nil, h.ID, &chat.Welcome{Version: 1, Keepalive: 60, Inbox: 256, Page: 1, Window: 16, KeyRetention: 3600})
				b, _ = chat.AppendFrame(b, 0, &chat.Goodbye{Reason: chat.ReasonShutdown})
				nc.Write(b)
			}
			nc.Close()
		}
	}()
	var out bytes.Buffer
	a := newApp(t.Context(), Options{Addr: l.Addr().String(), JSON: true, Out: &out})
	defer a.cancel()
	gone := make(chan struct{})
	o := a.session()
	o.Notify = func(e client.Event) {
		if e.Kind == client.Disconnected {
			close(gone)
			<-a.ctx.Done() // it stays so
		}
	}
	if a.s, err = client.Open(t.Context(), a.o.Addr, o); err != nil {
		t.Fatal(err)
	}
	<-gone
	if a.greet(); out.Len() > 0 {
		t.Errorf("it is told as connected: %s", out.String())
	}
}
