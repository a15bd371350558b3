package main

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// certificate returns the configuration of TLS, nil for plaintext. A certificate
// that was renewed on disk is taken up by the next connection.
func certificate(c *config, log *slog.Logger) (*tls.Config, error) {
	if c.cert == "" {
		return nil, nil
	}
	k := &keeper{certFile: c.cert, keyFile: c.key, log: log}
	if _, err := k.get(nil); err != nil {
		return nil, fmt.Errorf("the certificate cannot be used: %w", err)
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: k.get}, nil
}

// A keeper holds a certificate and reads it again when one of its files changed.
type keeper struct {
	certFile, keyFile string
	log               *slog.Logger

	mu   sync.Mutex // guards all below
	cert *tls.Certificate
	read [2]time.Time // when the files were changed that cert came from
}

func (k *keeper) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := [2]time.Time{changed(k.certFile), changed(k.keyFile)}
	if k.cert != nil && now == k.read {
		return k.cert, nil
	}
	cert, err := tls.LoadX509KeyPair(k.certFile, k.keyFile)
	switch {
	case err == nil:
		k.cert = &cert
	case k.cert == nil:
		return nil, err
	default: // half replaced, perhaps: the one we have goes on
		k.log.Warn("the new certificate cannot be used", "error", err)
	}
	k.read = now
	return k.cert, nil
}

func changed(file string) time.Time {
	info, err := os.Stat(file)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}
