package line

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"syscall"

	"github.com/wirelaw/wirelaw/client"
	"github.com/wirelaw/wirelaw/codec/chat"
)

// noConnection says why there is no conversation with the server at addr.
func noConnection(err error, addr string, encrypted bool) string {
	if code, ok := client.Code(err); ok {
		switch code {
		case chat.CodeBadVersion:
			return badVersion(err)
		case chat.CodeBusy:
			return fmt.Sprintf("The server at %s is busy: try again in a moment.", addr)
		}
	}
	if e, ok := errors.AsType[*net.DNSError](err); ok {
		return fmt.Sprintf("There is no host %q.", e.Name)
	}
	if e, ok := errors.AsType[*net.AddrError](err); ok {
		return fmt.Sprintf("%q is not an address: it should look like 127.0.0.1:7400 (%s).", addr, e.Err)
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return fmt.Sprintf("The server at %s does not speak TLS: leave out --tls and --ca.", addr)
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return fmt.Sprintf("The certificate of %s is not signed by an authority that is trusted here: name the file of its authority with --ca.", addr)
	}
	if e, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return fmt.Sprintf("The certificate of %s is not good: %s.", addr, cleanWord(e.Err.Error()))
	}
	hint := " If it speaks TLS, use --tls."
	if encrypted {
		hint = ""
	}
	if _, ok := errors.AsType[*client.ProtocolError](err); ok {
		return fmt.Sprintf("What answers at %s is not a chat server.%s", addr, hint)
	}
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Sprintf("No server answers at %s. Is chatd running?", addr)
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Sprintf("The server at %s does not answer.", addr)
	case errors.Is(err, context.Canceled):
		return "This program was stopped."
	case errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET):
		return fmt.Sprintf("The server at %s closed the connection at once.%s", addr, hint)
	}
	return fmt.Sprintf("There is no connection to %s: %s.", addr, cleanWord(err.Error()))
}

// lostSentence says why a connection was lost.
func lostSentence(err error) string {
	if e, ok := errors.AsType[*client.GoodbyeError](err); ok {
		switch e.Reason {
		case chat.ReasonShutdown:
			return "The server is stopping."
		case chat.ReasonIdle:
			return "The server closed the connection because nothing was heard for too long."
		case chat.ReasonReplaced:
			return "This session was taken over from another connection."
		}
		return "The server closed the connection."
	}
	if _, ok := errors.AsType[*client.ProtocolError](err); ok {
		return "The connection was closed because the server sent something that cannot be understood."
	}
	if _, ok := errors.AsType[*client.SilenceError](err); ok {
		return "The connection is lost: the server has not answered for too long."
	}
	return "The connection is lost."
}

// loggedOutReason says why an account could not be logged in again.
func loggedOutReason(err error) string {
	if code, ok := client.Code(err); ok {
		switch code {
		case chat.CodeBadCredentials:
			return "The account is gone, or its password is another one now."
		case chat.CodeAlreadyLoggedIn:
			return "The account is logged in somewhere else."
		}
	}
	if _, ok := errors.AsType[*client.GoodbyeError](err); ok {
		return lostSentence(err)
	}
	return plainSentence(err)
}

// loopback reports whether an address is one of this machine.
func loopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}
