package disk

import (
	"context"
	"fmt"
	"log/slog"
)

// A logger hands what Pebble has to say to slog. What Pebble calls fatal it
// expects not to return from: the logger tells the store, which then takes no
// more writes, and keeps the goroutine for good, so that Pebble does not go on.
type logger struct {
	log   *slog.Logger
	fatal func(error)
}

func (l logger) Infof(format string, args ...any) {
	if l.log.Enabled(context.Background(), slog.LevelDebug) {
		l.log.Debug("pebble", "text", fmt.Sprintf(format, args...))
	}
}

func (l logger) Errorf(format string, args ...any) {
	l.log.Error("pebble", "text", fmt.Sprintf(format, args...))
}

func (l logger) Fatalf(format string, args ...any) {
	err := fmt.Errorf(format, args...)
	l.log.Error("pebble cannot go on", "error", err)
	l.fatal(err)
	select {}
}
