// Package target finds, starts and watches the implementation that is judged.
package target

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/wirelaw/wirelaw/conformance"
)

// A Transport says how to connect. The zero value is plain TCP.
type Transport struct {
	TLS *tls.Config // nil: no TLS. ServerName is set from the address if it is empty
}

// LoadTLS makes a TLS configuration that trusts the certificates in a PEM file; "" trusts those of the system.
func LoadTLS(ca string) (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if ca == "" {
		return c, nil
	}
	pem, err := os.ReadFile(ca)
	if err != nil {
		return nil, err
	}
	c.RootCAs = x509.NewCertPool()
	if !c.RootCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no certificate in PEM form", ca)
	}
	return c, nil
}

// Dial opens a connection to addr, a narrow one if conformance.IsNarrow(ctx).
func (t Transport) Dial(ctx context.Context, addr string) (net.Conn, error) {
	d := net.Dialer{KeepAlive: -1}
	if conformance.IsNarrow(ctx) {
		d.Control = narrow
	}
	nc, err := d.DialContext(ctx, "tcp", addr)
	if err != nil || t.TLS == nil {
		return nc, err
	}
	c := t.TLS
	if c.ServerName == "" {
		host, _, err := net.SplitHostPort(addr)
		if err != nil {
			nc.Close()
			return nil, err
		}
		c = c.Clone()
		c.ServerName = host
	}
	secure := tls.Client(nc, c)
	if err := secure.HandshakeContext(ctx); err != nil {
		nc.Close()
		return nil, fmt.Errorf("TLS: %w", err)
	}
	return secure, nil
}

// A Target is an implementation that can be talked to.
type Target interface {
	Addr() string
	Dial(context.Context) (net.Conn, error)
	// Dead says why the target is gone for good; nil while it may live.
	Dead() error
	// Output is the last of what the target has printed, "" if that is not known.
	Output() string
	// Close ends the target if it was started here.
	Close()
}

// Own is a target that was started here, and can be started again.
type Own interface {
	Target
	// Restart ends the target and starts it again with what it keeps, maybe at another address. Without graceful it is killed without warning.
	Restart(ctx context.Context, graceful bool) error
	// Settle waits until the target has ended, if it is about to: at most d. Then it is like Dead.
	Settle(d time.Duration) error
}

// Remote is a target that runs already.
type Remote struct {
	Address   string
	Transport Transport
}

// Addr returns the address.
func (r *Remote) Addr() string { return r.Address }

// Dial opens a connection.
func (r *Remote) Dial(ctx context.Context) (net.Conn, error) { return r.Transport.Dial(ctx, r.Address) }

// Dead returns nil: what cannot be reached now may be there later.
func (r *Remote) Dead() error { return nil }

// Output returns "".
func (r *Remote) Output() string { return "" }

// Close does nothing.
func (r *Remote) Close() {}

// freeAddr returns a loopback address with a port that nobody listens on.
func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// accepts waits until addr accepts connections, done is closed, or time is up. It reports whether it accepts.
func accepts(ctx context.Context, addr string, done <-chan struct{}) bool {
	pause := time.NewTimer(0)
	defer pause.Stop()
	for wait := 2 * time.Millisecond; ; wait = min(2*wait, 50*time.Millisecond) {
		select {
		case <-ctx.Done():
			return false
		case <-done:
			return false
		case <-pause.C:
		}
		d := net.Dialer{Timeout: time.Second}
		if nc, err := d.DialContext(ctx, "tcp", addr); err == nil {
			nc.Close()
			return true
		}
		pause.Reset(wait)
	}
}
