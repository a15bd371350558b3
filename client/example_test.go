package client_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"

	"github.com/wirelaw/wirelaw/client"
	"github.com/wirelaw/wirelaw/codec/chat"
	"github.com/wirelaw/wirelaw/server"
	"github.com/wirelaw/wirelaw/server/store"
	"github.com/wirelaw/wirelaw/server/store/memory"
)

// exampleServer runs a server for an example.
func exampleServer() (addr string, stop func()) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	s := server.New(memory.Open(store.Options{}), server.Options{})
	go s.Serve(context.Background(), l)
	return l.Addr().String(), func() { s.Shutdown(context.Background()) }
}

// One connection: make an account, log in, write to oneself, take what arrives.
func ExampleDial() {
	addr, stop := exampleServer()
	defer stop()
	ctx := context.Background()

	c, err := client.Dial(ctx, addr, client.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Bye(ctx)
	if err := c.Create(ctx, "alice", "correct horse", "correct horse"); err != nil {
		log.Fatal(err)
	}
	if _, err := c.Login(ctx, "alice", "correct horse"); err != nil {
		log.Fatal(err)
	}
	if _, err := c.Send(ctx, "Alice", "note to self"); err != nil {
		log.Fatal(err)
	}
	d, err := c.Next(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s: %s\n", d.From, d.Text)
	c.Ack(d.Sequence) // it will not come again

	_, err = c.Send(ctx, "nobody", "hello?")
	if errors.Is(err, &chat.Error{Code: chat.CodeNoSuchUser}) {
		fmt.Println("there is nobody")
	}
	// Output:
	// alice: note to self
	// there is nobody
}

// A session connects again by itself: messages are posted and taken whether there is a connection at the moment or not.
func ExampleOpen() {
	addr, stop := exampleServer()
	defer stop()
	ctx := context.Background()

	s, err := client.Open(ctx, addr, client.SessionOptions{})
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close(ctx)
	if err := s.Create(ctx, "bob", "correct horse", "correct horse"); err != nil {
		log.Fatal(err)
	}
	if _, err := s.Login(ctx, "bob", "correct horse"); err != nil {
		log.Fatal(err)
	}
	out, err := s.Post(ctx, "bob", "sooner or later")
	if err != nil {
		log.Fatal(err)
	}
	d, err := s.Next(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s: %s\n", d.From, d.Text)
	s.Ack(d)
	_, err = out.Wait(ctx)
	fmt.Println("accepted:", err == nil)
	// Output:
	// bob: sooner or later
	// accepted: true
}
