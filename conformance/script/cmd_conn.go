package script

import (
	"context"
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/wirelaw/wirelaw/conformance"
)

func checkConnect(x *expander, st *step) error {
	_, args, err := cutOptions(samples(st.args), "narrow")
	if err != nil {
		return err
	}
	if len(args) == 0 {
		return fmt.Errorf("connect what? Give the connection a name")
	}
	for _, a := range args {
		if !identifier.MatchString(a) || slices.Contains([]string{"set", "lacks", "sent", "guard", "exec"}, a) {
			return fmt.Errorf("%q cannot be the name of a connection", a)
		}
		x.known.conns[a] = true
	}
	return nil
}

func runConnect(s *session, args []string) {
	o, names, err := cutOptions(args, "narrow")
	if err != nil {
		s.wrong("%v", err)
	}
	for _, name := range names {
		if s.conns[name] != nil {
			s.wrong("the connection %s is open", name)
		}
		ctx, cancel := context.WithTimeout(s.ctx, s.env.Clock.For("connect"))
		if o.narrow {
			ctx = conformance.Narrow(ctx)
		}
		begin := time.Now()
		nc, err := s.env.Dial(ctx)
		cancel()
		if err != nil {
			s.fail(conformance.Finding{
				Kind: conformance.KindTarget, Conn: name, Frame: -1,
				Expected: "a connection", Got: dialError(err),
			})
		}
		s.env.Clock.note("connect", time.Since(begin))
		s.conns[name] = newConn(name, nc, s.env.Codec, s.log, s.env.Clock)
		s.conns[name].sent = s.out.Sent
	}
}

// dialError is the reason without the address, which differs from run to run.
func dialError(err error) string {
	if op, ok := err.(*net.OpError); ok && op.Err != nil {
		return op.Err.Error()
	}
	return err.Error()
}

// tcpOf finds the TCP connection under TLS, or nil.
func tcpOf(nc net.Conn) *net.TCPConn {
	if t, ok := nc.(interface{ NetConn() net.Conn }); ok {
		nc = t.NetConn()
	}
	tcp, _ := nc.(*net.TCPConn)
	return tcp
}

func runClose(s *session, args []string) {
	for _, name := range args {
		s.drop(s.conn(name), "closes")
	}
}

func runHalfClose(s *session, args []string) {
	k := s.conn(args[0])
	half, ok := k.nc.(interface{ CloseWrite() error })
	if !ok {
		s.wrong("this transport cannot be closed on one side")
	}
	k.log.Add(conformance.Event{Conn: k.name, From: k.us, Note: "ends its side of the stream"})
	k.half = true
	half.CloseWrite() // an error means that the server was faster; what it did comes in
	k.wrote = time.Now()
}

func runReset(s *session, args []string) {
	k := s.conn(args[0])
	if tcp := tcpOf(k.nc); tcp != nil {
		tcp.SetLinger(0)
		k.log.Add(conformance.Event{Conn: k.name, From: k.us, Note: "resets the connection"})
		tcp.Close()
	}
	s.drop(k, "")
}

func checkStall(x *expander, st *step) error {
	_, rest, err := x.firstConn(st)
	if err == nil && (len(rest) > 1 || len(rest) == 1 && rest[0] != "off") {
		err = fmt.Errorf("write stall CONN [off]")
	}
	return err
}

func runStall(s *session, args []string) {
	k := s.conn(args[0])
	note, err := "stops reading", error(nil)
	if len(args) > 1 {
		note, err = "reads on", k.in.lift(k.nc)
	} else {
		err = k.in.pause(k.nc)
	}
	if err != nil {
		s.wrong("%v", err)
	}
	k.log.Add(conformance.Event{Conn: k.name, From: k.us, Note: note})
}

func checkRestart(x *expander, st *step) error {
	args := samples(st.args)
	if len(args) > 1 || len(args) == 1 && args[0] != "graceful" {
		return fmt.Errorf("write restart [graceful]")
	}
	x.script.Restart = true
	if len(args) == 1 {
		x.script.Restarts += "stop "
	} else {
		x.script.Restarts += "kill "
	}
	return nil
}

func runRestart(s *session, args []string) {
	if s.env.Restart == nil {
		s.out.Verdict, s.out.Reason = conformance.Skip, "needs a server that can be restarted: --exec"
		s.ts.Fatalf("skip")
	}
	graceful := len(args) > 0
	note := "the server is killed"
	if graceful {
		note = "the server is asked to end"
	}
	s.log.Add(conformance.Event{Note: note})
	err := s.env.Restart(s.ctx, graceful)
	s.loose = true
	s.closeAll()
	if err != nil {
		s.fail(conformance.Finding{Kind: conformance.KindTarget, Frame: -1, Expected: "a server that starts again on its data", Got: err.Error()})
	}
	s.log.Add(conformance.Event{Note: "the server runs again"})
}
