package drive

import (
	"fmt"
	"strings"

	"github.com/wirelaw/wirelaw/conformance/script"
	"github.com/wirelaw/wirelaw/spec"
)

// A word is an argument of an action or a field of what a client tells.
type word struct {
	name  string
	field string // of the table, MESSAGE.field, where its limits are; "" if it has none
	doc   string
}

// An action of the contract.
type action struct {
	name    string
	message string // the request of the table that comes of it
	args    []word
	result  []word // fields of its result when it is done
	doc     string
}

// actions are all that a client of the chat protocol can be told to do: each wish of the table but those that a client has by itself
// (HELLO, RESUME, ACK). A test holds them to the table.
var actions = []action{
	{"create", "CREATE", []word{
		{"name", "CREATE.name", "of the new account"},
		{"password", "CREATE.password", "its password"},
		{"again", "CREATE.again", "the password once more; the same if it is missing"},
	}, nil, "creates an account"},
	{"login", "LOGIN", []word{
		{"name", "LOGIN.name", "the account"},
		{"password", "LOGIN.password", "its password"},
	}, []word{{"name", "LOGGED_IN.name", "of the account, as the server spells it"}}, "logs in"},
	{"list", "LIST", []word{
		{"by", "", `"all", "wildcard" or "regex"; without it "all", or "wildcard" if there is a pattern`},
		{"pattern", "LIST.pattern", "the wildcard or the expression"},
	}, []word{{"names", "ACCOUNTS.names", "of all pages, in their order"}}, "lists accounts, all pages"},
	{"send", "SEND", []word{
		{"to", "SEND.to", "the recipient"},
		{"text", "SEND.text", "the message"},
	}, []word{{"duplicate", "ACCEPTED.duplicate", "what ACCEPTED said"}}, "sends a message; its result is there when it was accepted or has failed for good"},
	{"delete", "DELETE", []word{{"name", "DELETE.name", "the name of the account, to confirm"}}, nil, "deletes the account that is logged in"},
	{"logout", "LOGOUT", nil, nil, "logs out, and keeps the connection"},
	{"sync", "PING", nil, nil, "waits until all before it is done and told, and on a connection for the reply to a PING, so that no delivery is on its way"},
	{"exit", "BYE", nil, nil, "leaves with BYE, and ends the program"},
}

// An event of the contract.
type event struct {
	name   string
	needed []word
	doc    string
	must   bool // cases wait for it
}

var events = []event{
	{"message", []word{
		{"from", "DELIVER.from", "who sent it"},
		{"text", "DELIVER.text", "what was sent"},
	}, "a message was delivered that was not told before", true},
	{"logged_out", nil, "the account is no longer logged in, and was not logged out by a command: it will not be logged in again by itself", true},
	{"ended", nil, "the client gives up: it opens no more connections, and every command fails. Before it ends by itself, a client tells this", true},
}

// Actions returns what a client can be told to do.
func Actions() []script.Action {
	var out []script.Action
	for _, a := range actions {
		x := script.Action{Name: a.name, Message: a.message}
		for _, w := range a.args {
			x.Args = append(x.Args, w.name)
		}
		out = append(out, x)
	}
	return out
}

// messages are the requests that come of the actions, by name.
func messages() map[string]string {
	out := map[string]string{}
	for _, a := range actions {
		out[a.name] = a.message
	}
	return out
}

// Contract returns the driver contract for people. What it says of messages is from the table.
func Contract(p *spec.Protocol) string {
	var b strings.Builder
	b.WriteString(`The driver contract

wirecheck test --client --exec 'CMD {addr}' plays the server. It starts CMD once for each case, with the address to connect to, and writes
commands to its standard input; the client tells on its standard output what comes of them. Every line in both directions is one object in
JSON, and nothing else may be there: what the client prints on its standard error output is shown with a failure. wirecheck ends the client
when the case is over.

The client connects when it is started, and says HELLO. After a lost connection it connects again by itself, and takes the session up again
(RESUME where that is announced, else LOGIN). It acknowledges messages by itself when it has told them. The first pause before it connects
again is short, below a second.

Commands have "cmd", "ref" (a number, which comes back in the result), and:

`)
	for _, a := range actions {
		fmt.Fprintf(&b, "  %-8s %s\n", a.name, a.doc)
		for _, w := range a.args {
			fmt.Fprintf(&b, "    %-10s %s%s\n", w.name, w.doc, limits(p, w))
		}
		for _, w := range a.result {
			fmt.Fprintf(&b, "    -> %-7s %s\n", w.name, w.doc)
		}
	}
	b.WriteString(`
Every command has one result, in the order of the commands: "event": "result", "ref", "ok"; if ok is true what stands after -> above; if it
is false "error", the name of the server's error (NO_SUCH_USER; INTERNAL for a code that is not known) or any other word, and perhaps
"message", a sentence. An argument may break the limits of the protocol: the client refuses it itself, or leaves that to the server.

Events come at any time:

`)
	for _, e := range events {
		fmt.Fprintf(&b, "  %-11s %s\n", e.name, e.doc)
		for _, w := range e.needed {
			fmt.Fprintf(&b, "    %-9s %s\n", w.name, w.doc)
		}
	}
	b.WriteString(`
Other events and fields are not looked at. Example:

  -> {"cmd":"login","ref":1,"name":"alice","password":"correct horse"}
  <- {"event":"result","ref":1,"ok":true,"name":"alice"}
  <- {"event":"message","from":"bob","text":"hi"}
  -> {"cmd":"send","ref":2,"to":"nobody","text":"hi"}
  <- {"event":"result","ref":2,"ok":false,"error":"NO_SUCH_USER","message":"there is no user of that name"}
  -> {"cmd":"sync","ref":3}
  <- {"event":"result","ref":3,"ok":true}

The JSON Schema of all lines is conformance/drive/driver.schema.json; testdata/peers/driver.py is an adapter for a client that is a library.

A client that cannot do this is driven by a file, --drive FILE: a line for each action, what to write for it, with the arguments in braces;
and what it prints. See testdata/peers/client.drive.
`)
	return b.String()
}

// limits says where the limits of a word are.
func limits(p *spec.Protocol, w word) string {
	message, field, ok := strings.Cut(w.field, ".")
	if m := p.Message(message); !ok || m == nil || m.Field(field) == nil {
		return ""
	}
	return fmt.Sprintf(" (%s of %s)", field, message)
}
