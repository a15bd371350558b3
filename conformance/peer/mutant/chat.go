package mutant

import (
	"strings"

	"github.com/wirelaw/wirelaw/conformance/peer"
	"github.com/wirelaw/wirelaw/spec"
)

// Chat returns the faults of a chat server that people thought up.
func Chat() []*peer.Fault {
	var list []*peer.Fault
	for _, b := range bugs {
		list = append(list, &peer.Fault{Name: string(b.bug), Doc: b.doc, Rules: strings.Fields(b.rules), Bug: b.bug, Without: strings.Fields(without[b.bug]), Style: styles[b.bug]})
	}
	for _, f := range peer.Faults {
		copy := *f
		copy.Name = "basic/" + f.Name
		list = append(list, &copy)
	}
	return append(list, conversational...)
}

// without names the features that a bug needs absent.
var without = map[peer.Bug]string{
	peer.UnannouncedWorks: "RESUME REGEX",
	peer.WaitingOneMore:   "RESUME", // or no account of a pool can be made
	peer.CreateLogsIn:     "RESUME",
}

// styles are what lets some bugs show.
var styles = map[peer.Bug]peer.Style{
	peer.PageIgnored:       {Page: 1},
	peer.WindowOverMaximum: {Window: 16},
	peer.FullIsIgnored:     {Inbox: 256},
	peer.FullDropsOldest:   {Inbox: 256},
	peer.FullIsUnknown:     {Inbox: 256},
}

// conversational are faults that a request and its answer show, and no bug of the model.
var conversational = []*peer.Fault{
	{Name: "connection/deaf-after-50", Doc: "from the fiftieth request of a connection on nothing is answered", Rules: []string{"FRAME-5"}, After: func(c *peer.Conn, _ peer.Request, goOn bool) bool {
		if c.Number() >= 50 {
			c.Deafen()
		}
		return goOn
	}},
	{Name: "connection/ends-after-80", Doc: "a connection ends after eighty requests", Rules: []string{"FRAME-5"}, After: func(c *peer.Conn, _ peer.Request, goOn bool) bool {
		return goOn && c.Number() < 80
	}},
	{Name: "crash/request-500", Doc: "the five hundredth request ends the server", Rules: []string{"CHECK-8"}, After: func(c *peer.Conn, _ peer.Request, goOn bool) bool {
		c.CrashAt(500)
		return goOn
	}},
	{Name: "login/refused-closes", Doc: "a refused LOGIN ends the connection", Rules: []string{"LOGIN-10"}, After: func(_ *peer.Conn, r peer.Request, goOn bool) bool {
		return goOn && !(is(r, "LOGIN") && earns(r, "BAD_CREDENTIALS"))
	}},
	{Name: "login/second-session-closes", Doc: "ALREADY_LOGGED_IN ends the connection", Rules: []string{"LOGIN-10"}, After: func(_ *peer.Conn, r peer.Request, goOn bool) bool {
		return goOn && !earns(r, "ALREADY_LOGGED_IN")
	}},
	{Name: "create/limits-after-taken", Doc: "a name that is taken is told before the password is looked at", Rules: []string{"CHECK-6", "CHECK-5"}, Check: func(c *peer.Conn, r peer.Request, e *spec.Error) *spec.Error {
		if is(r, "CREATE") && e != nil && e.Name == "BAD_PASSWORD" && c.Knows(r) {
			return c.Error("NAME_TAKEN")
		}
		return e
	}},
	{Name: "send/limits-after-recipient", Doc: "an unknown recipient is told before the text is looked at", Rules: []string{"CHECK-6", "CHECK-5"}, Check: func(c *peer.Conn, r peer.Request, e *spec.Error) *spec.Error {
		if is(r, "SEND") && e != nil && e.Name == "BAD_FIELD" {
			return c.Error("NO_SUCH_USER")
		}
		return e
	}},
	{Name: "login/limits-after-account", Doc: "an unknown name is told before the window is looked at", Rules: []string{"CHECK-6", "CHECK-5"}, Check: func(c *peer.Conn, r peer.Request, e *spec.Error) *spec.Error {
		if is(r, "LOGIN") && e != nil && e.Name == "BAD_FIELD" && !c.Knows(r) {
			return c.Error("BAD_CREDENTIALS")
		}
		return e
	}},
	{Name: "login/text-tells", Doc: "the text of BAD_CREDENTIALS tells whether the name is known", Rules: []string{"LOGIN-2"}, Answer: func(c *peer.Conn, r peer.Request, f []byte) [][]byte {
		if is(r, "LOGIN") && earns(r, "BAD_CREDENTIALS") && !c.Knows(r) {
			return [][]byte{c.Reworded(r.Error, r.ID, "there is no such account")}
		}
		return [][]byte{f}
	}},
	{Name: "name/begins-with-letter", Doc: "a name that does not begin with a letter is refused", Rules: []string{"NAME-1"}, Check: func(c *peer.Conn, r peer.Request, e *spec.Error) *spec.Error {
		if name := c.Name(r); is(r, "CREATE") && e == nil && name != "" && name[0] < 'A' {
			return c.Error("BAD_NAME")
		}
		return e
	}},
	{Name: "error/empty-text", Doc: "the text of errors is empty", Rules: []string{"ERROR-1"}, Style: peer.Style{ErrorText: func(*spec.Error) string { return "" }}},
	{Name: "error/empty-text-of-one", Doc: "the text of BAD_ACK is empty", Rules: []string{"ERROR-1"}, Style: peer.Style{ErrorText: func(e *spec.Error) string {
		if e.Name == "BAD_ACK" {
			return ""
		}
		return "no"
	}}},
	{Name: "version/no-range", Doc: "BAD_VERSION tells no range", Rules: []string{"HELLO-2"}, Answer: func(c *peer.Conn, r peer.Request, f []byte) [][]byte {
		if earns(r, "BAD_VERSION") {
			return [][]byte{c.Shorter(f, 4)}
		}
		return [][]byte{f}
	}},
	{Name: "id/low-bits-only", Doc: "a reply bears the lower half of the id of its request", Rules: []string{"FRAME-4"}, Answer: func(c *peer.Conn, r peer.Request, f []byte) [][]byte {
		return [][]byte{c.WithID(f, r.ID&0xffff)}
	}},
	{Name: "id/signed", Doc: "an id with its highest bit set is refused", Rules: []string{"FRAME-4", "FRAME-7"}, Check: func(c *peer.Conn, r peer.Request, e *spec.Error) *spec.Error {
		if r.ID>>31 == 1 {
			return c.Error("BAD_ID")
		}
		return e
	}},
	{Name: "id/not-twice", Doc: "an id that was used last is refused", Rules: []string{"FRAME-7"}, Check: func(c *peer.Conn, r peer.Request, e *spec.Error) *spec.Error {
		if c.Repeats(r.ID) && e == nil {
			return c.Error("BAD_ID")
		}
		return e
	}},
	{Name: "id/must-rise", Doc: "an id that is not above the last one is refused", Rules: []string{"FRAME-7"}, Check: func(c *peer.Conn, r peer.Request, e *spec.Error) *spec.Error {
		if r.ID < c.LastID() && e == nil {
			return c.Error("BAD_ID")
		}
		return e
	}},
	{Name: "state/refused-has-effect", Doc: "LOGOUT ends the session of another connection, though it is refused", Rules: []string{"CHECK-3", "ERROR-3"}, After: func(c *peer.Conn, r peer.Request, goOn bool) bool {
		if is(r, "LOGOUT") && earns(r, "BAD_STATE") {
			c.CutOthers()
		}
		return goOn
	}},
	{Name: "resume/unknown-closes", Doc: "BAD_TOKEN ends the connection", Rules: []string{"ERROR-3", "RESUME-5"}, After: func(_ *peer.Conn, r peer.Request, goOn bool) bool {
		return goOn && !earns(r, "BAD_TOKEN")
	}},
	{Name: "resume/unknown-is-credentials", Doc: "an unknown token is BAD_CREDENTIALS", Rules: []string{"RESUME-5"}, Check: nil, Answer: func(c *peer.Conn, r peer.Request, f []byte) [][]byte {
		if earns(r, "BAD_TOKEN") && r.Why == nil {
			return [][]byte{c.Refusal(c.Error("BAD_CREDENTIALS"), r.ID)}
		}
		return [][]byte{f}
	}},
	{Name: "goodbye/followed", Doc: "GOODBYE comes twice", Rules: []string{"GOODBYE-2"}, Answer: func(c *peer.Conn, r peer.Request, f []byte) [][]byte {
		if is(r, "BYE") && r.Error == nil {
			return [][]byte{f, c.WithID(f, 0)}
		}
		return [][]byte{f}
	}},
	{Name: "bye/does-not-close", Doc: "after GOODBYE the connection stays open", Rules: []string{"BYE-1"}, After: func(_ *peer.Conn, r peer.Request, goOn bool) bool {
		return goOn || is(r, "BYE")
	}},
	{Name: "ping/not-in-member", Doc: "PING is not answered once logged in", Rules: []string{"PING-1"}, Answer: func(c *peer.Conn, r peer.Request, f []byte) [][]byte {
		if is(r, "PING") && r.State.Name == "member" {
			return nil
		}
		return [][]byte{f}
	}},
}

func is(r peer.Request, name string) bool { return r.Message != nil && r.Message.Name == name }

func earns(r peer.Request, name string) bool { return r.Error != nil && r.Error.Name == name }
