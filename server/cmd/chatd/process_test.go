package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/wirelaw/wirelaw/codec/chat"
)

// backstop ends a test that hangs; it judges nothing.
const backstop = 60 * time.Second

// program builds chatd, once.
var program = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "chatd-test")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "chatd.exe")
	out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %v\n%s", err, out)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := program(); err == nil {
		os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// command is chatd with args, without the environment's settings.
func command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), path, args...)
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "CHATD_") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	return cmd
}

// A daemon is a chatd that runs.
type daemon struct {
	t    *testing.T
	cmd  *exec.Cmd
	addr string
	log  chan string // what it logged, when it has ended
}

// launch starts chatd and waits until it listens.
func launch(t *testing.T, args ...string) *daemon {
	t.Helper()
	d := &daemon{t: t, log: make(chan string, 1)}
	d.cmd = command(t, append([]string{"--listen", "127.0.0.1:0", "--log-format", "json"}, args...)...)
	stderr, err := d.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(stderr)
	first, err := lines.ReadString('\n')
	var entry struct{ Msg string }
	if err != nil || json.Unmarshal([]byte(first), &entry) != nil || !strings.HasPrefix(entry.Msg, "listening on ") {
		rest, _ := io.ReadAll(lines)
		t.Fatalf("chatd does not listen: %s%s", first, rest)
	}
	d.addr = strings.TrimPrefix(entry.Msg, "listening on ")
	go func() {
		rest, _ := io.ReadAll(lines)
		d.log <- first + string(rest)
	}()
	return d
}

// end waits for the end of the process and returns what it logged.
func (d *daemon) end() (log string, err error) {
	log = <-d.log
	return log, d.cmd.Wait()
}

// stop sends SIGTERM and wants status 0.
func (d *daemon) stop() {
	d.t.Helper()
	if err := d.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		d.t.Fatal(err)
	}
	if log, err := d.end(); err != nil {
		d.t.Errorf("chatd ended with %v:\n%s", err, log)
	}
}

// A client is one connection to a daemon.
type client struct {
	nc net.Conn
	in *chat.Reader
}

func dial(addr string) (*client, error) {
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	nc.SetDeadline(time.Now().Add(backstop))
	c := &client{nc, chat.NewReader(nc)}
	_, err = c.call(&chat.Hello{Lowest: 1, Highest: 1, Agent: "test/1", Keepalive: 60})
	return c, err
}

func (c *client) post(id uint32, m chat.ClientMessage) error {
	b, err := chat.AppendFrame(nil, id, m)
	if err == nil {
		_, err = c.nc.Write(b)
	}
	return err
}

func (c *client) read() (uint32, chat.ServerMessage, error) {
	hd, body, err := c.in.Next(chat.MaxBody)
	if err != nil {
		return 0, nil, err
	}
	m, err := chat.DecodeServer(hd, body)
	return hd.ID, m, err
}

// call sends one request and returns the next frame. A refusal is an error.
func (c *client) call(m chat.ClientMessage) (chat.ServerMessage, error) {
	if err := c.post(1, m); err != nil {
		return nil, err
	}
	_, reply, err := c.read()
	if refusal, ok := reply.(*chat.Error); ok {
		return nil, refusal
	}
	return reply, err
}

const password = "correct horse"

// register creates an account, logs in, and returns the token.
func register(addr, name string) (chat.Token, error) {
	c, err := dial(addr)
	if err != nil {
		return nil, err
	}
	defer c.nc.Close()
	if _, err := c.call(&chat.Create{Name: chat.Username(name), Password: password, Again: password}); err != nil {
		return nil, err
	}
	reply, err := c.call(&chat.Login{Name: chat.Username(name), Password: password, Window: 1})
	if err != nil {
		return nil, err
	}
	return reply.(*chat.LoggedIn).Token, nil
}
