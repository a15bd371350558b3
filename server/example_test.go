package server_test

import (
	"context"
	"fmt"
	"net"

	"github.com/wirelaw/wirelaw/server"
	"github.com/wirelaw/wirelaw/server/store"
	"github.com/wirelaw/wirelaw/server/store/memory"
)

// A chat server in a few lines: it keeps everything in memory and stops when its
// context is done.
func Example() {
	st := memory.Open(store.Options{})
	defer st.Close()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel() // a program would wait for a signal

	s := server.New(st, server.Options{Agent: "example/1.0"})
	fmt.Println(s.Serve(ctx, ln))
	fmt.Println(s.Shutdown(context.Background()))
	// Output:
	// <nil>
	// <nil>
}
