package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"syscall"
	"time"

	"github.com/wirelaw/wirelaw/server"
	"github.com/wirelaw/wirelaw/server/store"
	"github.com/wirelaw/wirelaw/server/store/disk"
	"github.com/wirelaw/wirelaw/server/store/memory"
)

// How long stopping may take before connections are cut off.
const patience = 15 * time.Second

// Keys are kept a little longer than clients are told.
const keyMargin = 5 * time.Minute

// run is chatd. It returns the exit status.
func run(ctx context.Context, args []string, env func(string) (string, bool), stdout, stderr io.Writer) int {
	c, err := parse(args, env)
	if err == nil && c.help != "" {
		fmt.Fprint(stdout, c.help)
		return 0
	}
	if err == nil {
		err = serve(ctx, c, newLogger(c, stderr))
	}
	var wrong usage
	switch {
	case err == nil:
		return 0
	case errors.As(err, &wrong):
		fmt.Fprintf(stderr, "chatd: %v (chatd --help lists the flags)\n", err)
		return 2
	}
	fmt.Fprintf(stderr, "chatd: %v\n", err)
	return 1
}

func newLogger(c *config, w io.Writer) *slog.Logger {
	o := &slog.HandlerOptions{Level: c.logLevel}
	if c.logFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

// serve serves until ctx is done, and drains.
func serve(ctx context.Context, c *config, log *slog.Logger) (err error) {
	secure, err := certificate(c, log)
	if err != nil {
		return err
	}
	ln, err := listen(c, secure)
	if err != nil {
		return err
	}
	defer ln.Close()
	st, err := open(c, log)
	if err != nil {
		return err
	}
	defer func() {
		if e := st.Close(); err == nil && e != nil {
			err = fmt.Errorf("the store did not close: %w", e)
		}
	}()
	s := server.New(st, server.Options{
		Logger:       log,
		Agent:        agent(),
		MaxConns:     c.maxConns,
		Window:       c.window,
		InboxLimit:   c.inbox,
		KeyRetention: c.keys,
		TokenLife:    c.tokens,
	})
	log.Info("listening on "+ln.Addr().String(), "tls", secure != nil, "store", c.store, "data", c.data)
	err = s.Serve(ctx, ln)
	log.Info("stopping")
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	if e := s.Shutdown(late); e != nil {
		log.Warn("some connections were cut off")
	}
	return err
}

func open(c *config, log *slog.Logger) (store.Store, error) {
	o := store.Options{InboxLimit: c.inbox, KeyRetention: c.keys + keyMargin, Restored: c.restored}
	if c.store == "memory" {
		c.data = ""
		return memory.Open(o), nil
	}
	return disk.Open(c.data, disk.Options{Options: o, Logger: log})
}

// listen listens, and refuses to speak plaintext to other machines unless that
// is allowed.
func listen(c *config, secure *tls.Config) (net.Listener, error) {
	ln, err := net.Listen("tcp", c.listen)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("the address %s is in use by another program", c.listen)
	}
	var wrong *net.AddrError
	if errors.As(err, &wrong) {
		return nil, usage{fmt.Errorf("--listen takes HOST:PORT, not %q", c.listen)}
	}
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w", c.listen, err)
	}
	if secure != nil {
		return tls.NewListener(ln, secure), nil
	}
	if tcp, ok := ln.Addr().(*net.TCPAddr); ok && !tcp.IP.IsLoopback() && !c.plaintext {
		ln.Close()
		return nil, usage{fmt.Errorf("other machines could read along on %s: give --tls-cert and --tls-key, or --allow-plaintext", c.listen)}
	}
	return ln, nil
}
