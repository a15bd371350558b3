package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/wirelaw/wirelaw/codec/chat"
	"github.com/wirelaw/wirelaw/server"
	"github.com/wirelaw/wirelaw/server/store"
)

// A config is what the flags say.
type config struct {
	listen    string
	data      string
	store     string
	restored  bool
	inbox     int
	maxConns  int
	window    int
	keys      time.Duration
	tokens    time.Duration
	cert, key string
	plaintext bool
	logLevel  slog.Level
	logFormat string
	help      string // to be printed instead of serving
}

// A usage error is one in the flags.
type usage struct{ error }

// parse reads flags, and the environment for flags that are not given.
func parse(args []string, env func(string) (string, bool)) (*config, error) {
	c := &config{}
	f := pflag.NewFlagSet("chatd", pflag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.SortFlags = false
	f.StringVar(&c.listen, "listen", "127.0.0.1:7400", "`address` to listen on")
	f.StringVar(&c.data, "data", "", "`directory` of the disk store (default: chatd in the user's data directory)")
	f.StringVar(&c.store, "store", "disk", "where accounts and messages are kept: disk or memory")
	f.BoolVar(&c.restored, "restored", false, "the data was restored from a backup: give every inbox a new epoch, end all resume tokens")
	f.IntVar(&c.inbox, "inbox", store.DefaultInboxLimit, "how many `messages` may wait for one account")
	f.IntVar(&c.maxConns, "max-conns", server.DefaultMaxConns, "how many `connections` may be open")
	f.IntVar(&c.window, "window", server.DefaultWindow, "how many `deliveries` one client may leave unacknowledged")
	f.DurationVar(&c.keys, "key-retention", server.DefaultKeyRetention, "how long the key of a message is remembered, 1h at least")
	f.DurationVar(&c.tokens, "token-life", server.DefaultTokenLife, "how long a resume token works")
	f.StringVar(&c.cert, "tls-cert", "", "`file` with the certificate, PEM; read again when it changes")
	f.StringVar(&c.key, "tls-key", "", "`file` with its key, PEM")
	f.BoolVar(&c.plaintext, "allow-plaintext", false, "speak plaintext to other machines too")
	level := f.String("log-level", "info", "debug, info, warn or error")
	f.StringVar(&c.logFormat, "log-format", "text", "text or json")
	version := f.Bool("version", false, "print the version")

	err := f.Parse(args)
	switch {
	case errors.Is(err, pflag.ErrHelp):
		c.help = "chatd is a chat server.\n\nUsage: chatd [flags]\n\n" + f.FlagUsages()
		return c, nil
	case err != nil:
		return nil, usage{err}
	case f.NArg() > 0:
		return nil, usage{fmt.Errorf("chatd takes flags only, not %q", f.Arg(0))}
	case *version:
		c.help = agent() + "\n"
		return c, nil
	}
	if err := fromEnvironment(f, env); err != nil {
		return nil, usage{err}
	}
	if err := c.logLevel.UnmarshalText([]byte(*level)); err != nil {
		return nil, usage{fmt.Errorf("--log-level is debug, info, warn or error, not %q", *level)}
	}
	if err := c.check(); err != nil {
		return nil, usage{err}
	}
	if c.store == "disk" && c.data == "" {
		if c.data, err = dataDirectory(env); err != nil {
			return nil, usage{err}
		}
	}
	return c, nil
}

func fromEnvironment(f *pflag.FlagSet, env func(string) (string, bool)) (err error) {
	f.VisitAll(func(flag *pflag.Flag) {
		name := "CHATD_" + strings.ToUpper(strings.ReplaceAll(flag.Name, "-", "_"))
		if value, ok := env(name); ok && !flag.Changed && err == nil {
			if f.Set(flag.Name, value) != nil {
				err = fmt.Errorf("%s cannot be %q", name, value)
			}
		}
	})
	return err
}

func (c *config) check() error {
	switch {
	case c.store != "disk" && c.store != "memory":
		return fmt.Errorf("--store is disk or memory, not %q", c.store)
	case c.logFormat != "text" && c.logFormat != "json":
		return fmt.Errorf("--log-format is text or json, not %q", c.logFormat)
	case (c.cert == "") != (c.key == ""):
		return errors.New("--tls-cert and --tls-key go together")
	case c.inbox < chat.WelcomeInboxMin || c.inbox > math.MaxInt32:
		return fmt.Errorf("--inbox is between %d and %d, not %d", chat.WelcomeInboxMin, math.MaxInt32, c.inbox)
	case c.maxConns < 1:
		return fmt.Errorf("--max-conns is at least 1, not %d", c.maxConns)
	case c.window < chat.WelcomeWindowMin || c.window > math.MaxUint16:
		return fmt.Errorf("--window is between %d and %d, not %d", chat.WelcomeWindowMin, math.MaxUint16, c.window)
	case c.keys < chat.MinKeyRetention || c.keys/time.Second > math.MaxUint32:
		return fmt.Errorf("--key-retention is at least %s, not %s", chat.MinKeyRetention, c.keys)
	case c.tokens < time.Second || c.tokens/time.Second > math.MaxUint32:
		return fmt.Errorf("--token-life is at least 1s, not %s", c.tokens)
	}
	return nil
}

// dataDirectory is where the system wants a user's programs to keep their data.
func dataDirectory(env func(string) (string, bool)) (string, error) {
	for _, place := range dataPlaces[runtime.GOOS] {
		if root, ok := env(place.variable); ok && filepath.IsAbs(root) {
			return filepath.Join(root, place.below, "chatd"), nil
		}
	}
	return "", errors.New("there is no home directory to keep the data in: say where with --data")
}

type place struct{ variable, below string }

var unixPlaces = []place{{"XDG_DATA_HOME", ""}, {"HOME", ".local/share"}}

var dataPlaces = map[string][]place{
	"linux": unixPlaces, "freebsd": unixPlaces, "openbsd": unixPlaces, "netbsd": unixPlaces,
	"darwin":  {{"HOME", "Library/Application Support"}},
	"windows": {{"LOCALAPPDATA", ""}},
}

// agent is the name and version that clients are told.
func agent() string {
	version := "devel"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		version = strings.TrimPrefix(info.Main.Version, "v")
	}
	return "chatd/" + version[:min(len(version), 50)]
}
