// Command chatd is a chat server for the protocol of CHAT.md. It needs no set-up:
//
//	chatd                                     on 127.0.0.1:7400, keeping its data below the user's home
//	chatd --listen :7400 --tls-cert c --tls-key k
//	chatd --store memory                      for play: everything is gone when it ends
//
// chatd --help lists all flags. The environment variable CHATD_STORE stands for
// --store, and so on for every flag; flags win. SIGINT and SIGTERM say goodbye to
// everybody and lose nothing; a second one ends it at once. The exit status is 0
// after that, 2 for wrong flags, and 1 for everything else.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the second signal kills
	os.Exit(run(ctx, os.Args[1:], os.LookupEnv, os.Stdout, os.Stderr))
}
