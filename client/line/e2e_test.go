package line

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wirelaw/wirelaw/server"
	"github.com/wirelaw/wirelaw/server/store"
	"github.com/wirelaw/wirelaw/server/store/memory"
)

// host is a server whose listener can be closed and opened again at the same address.
type host struct {
	t    *testing.T
	addr string
	st   store.Store
	stop func()
}

func startHost(t *testing.T) *host {
	t.Helper()
	h := &host{t: t, addr: "127.0.0.1:0", st: memory.Open(store.Options{})}
	h.start()
	t.Cleanup(func() {
		h.stop()
		h.st.Close()
	})
	return h
}

func (h *host) start() {
	h.t.Helper()
	l, err := net.Listen("tcp", h.addr)
	if err != nil {
		h.t.Fatal(err)
	}
	h.addr = l.Addr().String()
	s := server.New(h.st, server.Options{})
	served := make(chan error, 1)
	go func() { served <- s.Serve(context.Background(), l) }()
	h.stop = func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		s.Shutdown(ctx)
		<-served
	}
}

func passwordFile(t *testing.T, password string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte(password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// pipe runs the face over a script and returns what it printed.
func (h *host) pipe(script string, o Options) (out, errs string, status int) {
	var stdout, stderr bytes.Buffer
	o.Addr, o.In, o.Out, o.Err = h.addr, strings.NewReader(script), &stdout, &stderr
	status = Run(h.t.Context(), o)
	return clock.ReplaceAllString(stdout.String(), "HH:MM"), stderr.String(), status
}

var clock = regexp.MustCompile(`\b\d\d:\d\d\b`)

func TestPipe(t *testing.T) {
	h := startHost(t)
	script := `# what a person would type
create alice
create ALICE
create bob

login nobody
send bob hi
Log In Alice
list
/list b*
list /l.c/
list /(/
send bob  two  spaces
sned bob hi
send bob
send carl hi
send bob ` + strings.Repeat("x", 16385) + `
to carl?
to bob
this goes to bob
help
/to
delete bob
logout
login bob
`
	out, errs, status := h.pipe(script, Options{PasswordFile: passwordFile(t, "sesame")})
	wantOut := `The account alice exists now. Log in with: login alice
The account bob exists now. Log in with: login bob
You are logged in as alice.
alice
bob
bob
alice
Sent to bob.
Sent to bob.
Logged out.
You are logged in as bob. 2 messages were waiting:
HH:MM alice:  two  spaces
HH:MM alice: this goes to bob
`
	wantErrs := `chat: line 3: The name ALICE is taken: choose another one. (Upper and lower case make no difference.)
chat: line 6: The user name or the password is wrong.
chat: line 7: Not sent to bob: you are not logged in: log in with login NAME.
chat: line 12: The pattern cannot be understood. In a wildcard * stands for any characters and ? for one; an expression is written between slashes, as in /^al/.
chat: line 14: There is no command "sned": did you mean "send"?
chat: line 15: Send wants NAME TEXT.
chat: line 16: Not sent to carl: there is no user carl.
chat: line 17: Not sent to bob: the text is too long: it has at most 16384 bytes.
chat: line 18: "carl?" cannot be a user name: it has 1 to 50 letters, digits and . _ -
chat: line 21: Type "/help" for the command; "/send bob help" sends the word.
chat: line 23: That is not the name of your account: nothing was deleted.
`
	if status != Failed {
		t.Errorf("status is %d", status)
	}
	if out != wantOut {
		t.Errorf("output is\n%s\nwant\n%s", out, wantOut)
	}
	if errs != wantErrs {
		t.Errorf("errors are\n%s\nwant\n%s", errs, wantErrs)
	}
	// What was printed was acknowledged.
	out, errs, status = h.pipe("", Options{User: "bob", PasswordFile: passwordFile(t, "sesame")})
	if out != "You are logged in as bob.\n" || errs != "" || status != Done {
		t.Errorf("printed %q, %q, status %d", out, errs, status)
	}
}

func TestPipeFailsEarly(t *testing.T) {
	h := startHost(t)
	tests := []struct {
		name, script, want string
		o                  Options
	}{
		{"no password", "create alice", "line 1: Without a terminal the password comes from --password-file.", Options{}},
		{"empty password file", "create alice", "is empty", Options{PasswordFile: passwordFile(t, "")}},
		{"missing password file", "create alice", "cannot be read", Options{PasswordFile: "/nowhere/at/all"}},
		{"short password", "create alice", "too short: it needs at least 6", Options{PasswordFile: passwordFile(t, "12345")}},
		{"long password", "create alice", "too long: it has at most 24", Options{PasswordFile: passwordFile(t, strings.Repeat("x", 25))}},
		{"control character", "create alice", "none that cannot be seen", Options{PasswordFile: passwordFile(t, "tab\tinside")}},
		{"bad name", "create a@b", `"a@b" cannot be a user name`, Options{PasswordFile: passwordFile(t, "sesame")}},
		{"login at the start", "list", "The user name or the password is wrong.", Options{User: "zoe", PasswordFile: passwordFile(t, "sesame")}},
		{"long line", strings.Repeat("x", maxLine+1), "a line is longer", Options{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			out, errs, status := h.pipe(test.script, test.o)
			if status != Failed || out != "" || !strings.Contains(strings.ToLower(errs), strings.ToLower(test.want)) {
				t.Errorf("printed %q, %q, status %d; want %q", out, errs, status, test.want)
			}
			if strings.Count(errs, "\n") != 1 {
				t.Errorf("not one line: %q", errs)
			}
		})
	}
}

func TestManySendsThroughAPipe(t *testing.T) {
	h := startHost(t)
	file := passwordFile(t, "sesame")
	h.pipe("create bob", Options{PasswordFile: file})
	const n = 500
	var script, want strings.Builder
	script.WriteString("create alice\nlogin alice\n")
	for i := range n {
		fmt.Fprintf(&script, "send bob message %d\n", i)
	}
	if out, errs, status := h.pipe(script.String(), Options{PasswordFile: file}); status != Done || strings.Count(out, "Sent to bob.") != n {
		t.Fatalf("status %d, errors %s", status, errs)
	}
	want.WriteString("You are logged in as bob. 500 messages were waiting:\n")
	for i := range n {
		fmt.Fprintf(&want, "HH:MM alice: message %d\n", i)
	}
	if out, _, _ := h.pipe("", Options{User: "bob", PasswordFile: file}); out != want.String() {
		t.Errorf("bob sees\n%s", out)
	}
}

// typist runs the face on a small terminal.
func (h *host) typist(width int) *vt {
	v := newVT(h.t, width)
	done := make(chan int, 1)
	go func() { done <- Run(context.Background(), Options{Addr: h.addr, Screen: v}) }()
	h.t.Cleanup(func() {
		v.typist.Close()
		if status := <-done; status != Done {
			h.t.Errorf("status is %d", status)
		}
	})
	return v
}

func (v *vt) join(name string) {
	v.t.Helper()
	v.answer(">", "create "+name)
	v.answer("Password (6 to 24 characters):", "sesame street")
	v.answer("Password again:", "sesame street")
	v.see("The account " + name + " exists now.")
	v.answer(">", "login "+name)
	v.answer("Password:", "sesame street")
	v.await(name + ">")
}

func TestScreen(t *testing.T) {
	h := startHost(t)
	a, b := h.typist(60), h.typist(60)
	a.join("alice")
	b.join("bob")
	if strings.Contains(a.text(), "sesame") {
		t.Errorf("the password is shown:\n%s", a.text())
	}

	// A message arrives while another one is being typed, over several rows and with wide characters.
	for i, half := range []string{"send alice half of a", strings.Repeat("a long line ", 12) + "!!!", "日本語のテキスト"} {
		b.typeKeys(half)
		b.see(half[len(half)-3:])
		a.answer("alice>", "send bob are you there?")
		b.until("the line "+half+" after the message", func() bool {
			return strings.Count(b.text(), "alice: are you there?") == i+1 && strings.HasSuffix(b.cells(), "bob> "+half)
		})
		a.see("Sent to bob.")
		b.typeKeys("\x03")
		b.await("bob>")
	}

	b.answer("bob>", "create eve")
	b.see("! You are logged in as bob: log out first.")
	b.answer("bob>", "to alice")
	b.answer("bob to alice>", "live")
	a.see("bob: live")
	b.answer("bob to alice>", "/delete")
	b.answer("Type bob to confirm:", "alice")
	b.see("! That is not the name of your account: nothing was deleted.")
	b.answer("bob to alice>", "/delete")
	b.typeKeys("BOB\r")
	b.see("The account bob is deleted.")
	b.await(">")
	a.answer("alice>", "send bob gone?")
	a.see("! Not sent to bob: there is no user bob.")

	b.answer(">", "login alice")
	b.answer("Password:", "sesame street")
	b.see("! alice is logged in somewhere else: log out there first.")
	b.answer(">", "create")
	b.answer("User name:", "carl")
	b.answer("Password (6 to 24 characters):", "sesame street")
	b.answer("Password again:", "sesame street!")
	b.see("! The two passwords are not the same: nothing was created.")
	b.answer(">", "login alice")
	b.await("Password:")
	b.typeKeys("sesame\x03")
	b.see("! Cancelled: nothing was done.")
	b.answer(">", "exit")
}

func TestScreenThroughARestart(t *testing.T) {
	h := startHost(t)
	a, b := h.typist(80), h.typist(80)
	a.join("alice")
	b.join("bob")
	a.answer("alice>", "to bob")
	a.answer("alice to bob>", "before")
	b.see("alice: before")
	h.stop()
	a.see("! The server is stopping. Trying to connect again.")
	a.answer("alice to bob>", "between")
	a.see("Kept: it will be sent when there is a connection again.")
	h.start()
	a.see("! Connected again, as alice.")
	a.see("Sent to bob.")
	b.see("alice: between")
	a.answer("alice to bob>", "after")
	b.see("alice: after")
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, word := range []string{"before", "between", "after"} {
		if n := strings.Count(b.text(), word); n != 1 {
			t.Errorf("%q is shown %d times:\n%s", word, n, b.text())
		}
	}
}

func TestScreenIsLeftCleanly(t *testing.T) {
	h := startHost(t)
	v := newVT(t, 40)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan int)
	go func() { done <- Run(ctx, Options{Addr: h.addr, Screen: v}) }()
	v.await(">")
	v.typeKeys("half a line")
	v.await("> half a line")
	cancel()
	if status := <-done; status != Failed {
		t.Errorf("status is %d", status)
	}
	v.await("")
	v.see("> half a line\n")
}

// brokenWriter takes n writes and then fails, like a full disk.
type brokenWriter struct {
	mu sync.Mutex
	n  int
}

func (w *brokenWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.n--; w.n < 0 {
		return 0, io.ErrShortWrite
	}
	return len(p), nil
}

func TestWhatWasNotPrintedIsNotAcknowledged(t *testing.T) {
	h := startHost(t)
	file := passwordFile(t, "sesame")
	h.pipe("create bob\ncreate alice\nlogin alice\nsend bob one\nsend bob two\nsend bob three\n", Options{PasswordFile: file})
	var errs bytes.Buffer
	status := Run(t.Context(), Options{
		Addr: h.addr, User: "bob", PasswordFile: file, In: strings.NewReader(""), Out: &brokenWriter{n: 2}, Err: &errs,
	})
	if status != Failed {
		t.Errorf("status is %d", status)
	}
	out, _, _ := h.pipe("", Options{User: "bob", PasswordFile: file})
	if !strings.HasSuffix(out, "waiting:\nHH:MM alice: two\nHH:MM alice: three\n") {
		t.Errorf("bob sees\n%s", out)
	}
}
