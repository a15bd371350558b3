package client

import (
	"context"
	"crypto/tls"
	"net"
)

// Dial connects to a server and says HELLO. The address is "host:port". Errors are those of the network, of TLS and of [Client.Hello].
func Dial(ctx context.Context, addr string, o Options) (*Client, error) {
	o = o.filled()
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	conn, err := connect(ctx, addr, o.TLS)
	if err != nil {
		return nil, err
	}
	c := New(conn, o)
	if _, err := c.Hello(ctx); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

func connect(ctx context.Context, addr string, conf *tls.Config) (net.Conn, error) {
	if conf == nil {
		return new(net.Dialer).DialContext(ctx, "tcp", addr)
	}
	return (&tls.Dialer{Config: conf}).DialContext(ctx, "tcp", addr)
}
