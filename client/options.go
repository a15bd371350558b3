package client

import (
	"crypto/tls"
	"time"

	"github.com/wirelaw/wirelaw/codec/chat"
)

// Options of a connection. The zero value works.
type Options struct {
	Agent     string         // name and version of the program, at most 64 bytes; "" is wirelaw-client
	Keepalive chat.Keepalive // proposed to the server, in seconds, 1 to 300; 0 is 60
	Window    chat.Window    // how many unacknowledged deliveries are held at most; 0 is 128
	InFlight  int            // how many requests may wait for their replies; 0 is 128
	Timeout   time.Duration  // for Dial: to connect, to agree on TLS and to say HELLO; 0 is 10 s
	TLS       *tls.Config    // for Dial: nil is plain TCP; an empty ServerName is taken from the address
}

const (
	defaultAgent     = "wirelaw-client"
	defaultKeepalive = 60
	defaultWindow    = 128
	defaultInFlight  = 128
	defaultTimeout   = 10 * time.Second
)

func (o Options) filled() Options {
	if o.Agent == "" {
		o.Agent = defaultAgent
	}
	if o.Keepalive == 0 {
		o.Keepalive = defaultKeepalive
	}
	if o.Window == 0 {
		o.Window = defaultWindow
	}
	if o.InFlight <= 0 {
		o.InFlight = defaultInFlight
	}
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	return o
}
