package line

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/wirelaw/wirelaw/client"
	"github.com/wirelaw/wirelaw/codec/chat"
)

// jsonIn is a line of input. The package comment says what the fields mean.
type jsonIn struct {
	Cmd      string          `json:"cmd"`
	Ref      json.RawMessage `json:"ref"`
	Name     string          `json:"name"`
	Password string          `json:"password"`
	Again    string          `json:"again"`
	To       string          `json:"to"`
	Text     string          `json:"text"`
	By       string          `json:"by"`
	Pattern  string          `json:"pattern"`
}

// jsonLoop reads commands from a program.
func (a *app) jsonLoop() error {
	return a.eachLine(func(line string) bool {
		if strings.TrimSpace(line) == "" {
			return true
		}
		return a.accept(parseJSON(line))
	})
}

// parseJSON reads a command. With an error the request holds what was understood.
func parseJSON(line string) (*request, error) {
	var in jsonIn
	d := json.NewDecoder(strings.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		return nil, usageError("the line is not a command in JSON: " + withoutValues(err))
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, usageError("the line holds more than one value")
	}
	v := findVerb(in.Cmd)
	if in.Cmd == syncVerb.name {
		v = syncVerb
	}
	if v == nil || v.name != in.Cmd || v.name == "help" || v.name == "to" {
		return &request{verb: &verb{name: in.Cmd}, ref: in.Ref}, usageError(fmt.Sprintf("there is no command %q", in.Cmd))
	}
	r := &request{
		verb: v, ref: in.Ref, name: in.Name, password: in.Password, again: in.Again, to: in.To, text: in.Text, pattern: in.Pattern,
	}
	switch in.By {
	case "all":
	case "wildcard":
		r.by = chat.ListingWildcard
	case "regex":
		r.by = chat.ListingRegex
	case "":
		if in.Pattern != "" {
			r.by = chat.ListingWildcard
		}
	default:
		return r, usageError(fmt.Sprintf("by is %q: it may be all, wildcard or regex", in.By))
	}
	return r, nil
}

// withoutValues keeps what was in the line, perhaps a password, out of the error.
func withoutValues(err error) string {
	switch e := err.(type) {
	case *json.SyntaxError:
		return fmt.Sprintf("wrong at byte %d", e.Offset)
	case *json.UnmarshalTypeError:
		return fmt.Sprintf("%q is of the wrong type", e.Field)
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return "unknown field " + name
	}
	return "it ends too early"
}

// jsonOut is a line of output. The package comment says which events have which fields.
type jsonOut struct {
	Event       string          `json:"event"`
	Cmd         string          `json:"cmd,omitempty"`
	Ref         json.RawMessage `json:"ref,omitempty"`
	OK          *bool           `json:"ok,omitempty"`
	Error       string          `json:"error,omitempty"`
	Message     string          `json:"message,omitempty"`
	Unsent      *int            `json:"unsent,omitempty"`
	Server      string          `json:"server,omitempty"`
	Features    []string        `json:"features,omitempty"`
	Name        string          `json:"name,omitempty"`
	Waiting     *uint32         `json:"waiting,omitempty"`
	Names       *[]string       `json:"names,omitempty"`
	Duplicate   *bool           `json:"duplicate,omitempty"`
	Epoch       *uint64         `json:"epoch,omitempty,string"`
	Sequence    *uint64         `json:"sequence,omitempty,string"`
	From        string          `json:"from,omitempty"`
	Incarnation *uint64         `json:"incarnation,omitempty,string"`
	Time        string          `json:"time,omitempty"`
	Text        string          `json:"text,omitempty"`
}

// jsonPrinter prints for programs: nothing is shortened, broken or cleaned.
type jsonPrinter struct {
	out io.Writer
	mu  sync.Mutex
}

func (p *jsonPrinter) print(o jsonOut) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(o); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	_, err := p.out.Write(b.Bytes())
	return err
}

func (p *jsonPrinter) connected(w *chat.Welcome, _ string, _ bool) {
	o := jsonOut{Event: "connected", Server: w.Agent}
	for _, f := range []chat.Features{chat.FeatureResume, chat.FeatureRegex, chat.FeatureUnicodeNames, chat.FeatureDurable} {
		if w.Features.Has(f) {
			o.Features = append(o.Features, f.String())
		}
	}
	p.print(o)
}

func (p *jsonPrinter) message(d *client.Delivery) error {
	return p.print(jsonOut{
		Event:       "message",
		Epoch:       new(uint64(d.Epoch)),
		Sequence:    new(uint64(d.Sequence)),
		From:        string(d.From),
		Incarnation: new(uint64(d.Incarnation)),
		Time:        jsonTime(d.Time),
		Text:        string(d.Text),
	})
}

func jsonTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func (p *jsonPrinter) result(r *result) {
	ok := r.err == nil
	o := jsonOut{Event: "result", OK: &ok, Cmd: r.verb.name, Ref: r.ref}
	switch {
	case !ok:
		o.Error, o.Message = errorName(r.err), sentence(r)
	case r.member != nil:
		o.Name, o.Waiting = string(r.member.Name), &r.member.Waiting
	case r.accepted != nil:
		o.Time, o.Duplicate = jsonTime(time.UnixMilli(int64(r.accepted.Time))), &r.accepted.Duplicate
	case r.verb.name == "list":
		names := make([]string, len(r.names))
		for i, n := range r.names {
			names[i] = string(n)
		}
		o.Names = &names
	case r.name != "":
		o.Name = r.name
	}
	p.print(o)
}

func (p *jsonPrinter) event(e client.Event) {
	switch e.Kind {
	case client.Disconnected:
		p.print(jsonOut{Event: "disconnected", Message: lostSentence(e.Err), Unsent: &e.Unsent})
	case client.Reconnected:
		o := jsonOut{Event: "reconnected"}
		if e.Member != nil {
			o.Name = string(e.Member.Name)
		}
		p.print(o)
	case client.LoggedOut:
		p.print(jsonOut{Event: "logged_out", Message: loggedOutReason(e.Err), Unsent: &e.Unsent})
	case client.Ended:
		p.print(jsonOut{Event: "ended", Message: plainSentence(e.Err)})
	}
}

func (p *jsonPrinter) fatal(sentence string) { p.print(jsonOut{Event: "ended", Message: sentence}) }
