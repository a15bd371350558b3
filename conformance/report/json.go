package report

import (
	"encoding/hex"
	"encoding/json"
	"io"
	"strings"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/run"
)

type jsonReport struct {
	Protocol string         `json:"protocol"`
	Table    string         `json:"table"`
	Run      string         `json:"run"`
	Target   string         `json:"target"`
	Agent    string         `json:"agent,omitempty"`
	Features []string       `json:"features"`
	Status   int            `json:"status"`
	Problem  string         `json:"problem,omitempty"`
	Hints    []string       `json:"hints,omitempty"`
	Died     string         `json:"died,omitempty"`
	Seconds  float64        `json:"seconds"`
	Hashes   int            `json:"hashes"`
	Counts   map[string]int `json:"counts"`
	Scores   []run.Score    `json:"scores"`
	Cases    []jsonCase     `json:"cases"`
}

type jsonCase struct {
	ID       string       `json:"id"`
	Verdict  string       `json:"verdict"`
	Level    string       `json:"level"`
	Rules    []string     `json:"rules"`
	Title    string       `json:"title"`
	Reason   string       `json:"reason,omitempty"`
	Millis   float64      `json:"ms"`
	Unsteady bool         `json:"unsteady,omitempty"`
	Finding  *jsonFinding `json:"finding,omitempty"`
	Events   []jsonEvent  `json:"events,omitempty"`
}

type jsonFinding struct {
	Kind     string `json:"kind"`
	Rule     string `json:"rule,omitempty"`
	Line     int    `json:"line,omitempty"`
	Step     string `json:"step,omitempty"`
	Conn     string `json:"connection,omitempty"`
	Request  string `json:"request,omitempty"`
	Expected string `json:"expected"`
	Got      string `json:"got"`
	Differs  string `json:"differs,omitempty"`
	Event    int    `json:"event"`
}

type jsonEvent struct {
	Seconds float64 `json:"s"`
	Conn    string  `json:"connection,omitempty"`
	From    string  `json:"from,omitempty"`
	Frame   string  `json:"frame,omitempty"`
	Note    string  `json:"note,omitempty"`
}

// JSON writes the report for programs. Frames are hex, with secrets as zeros.
func JSON(w io.Writer, r *run.Report, how How) error {
	c := dynamic.New(r.Protocol)
	out := jsonReport{Protocol: r.Protocol.ID, Table: r.Protocol.Hash, Run: r.RunID, Target: r.Addr, Agent: r.Agent,
		Features: append([]string{}, r.Features...), Status: int(r.Status(how.Strict)), Died: r.Died, Seconds: r.Took.Seconds(), Hashes: r.Hashes,
		Counts: map[string]int{}, Cases: []jsonCase{}}
	if r.Contact != nil {
		out.Problem, out.Hints = r.Contact.Problem, r.Contact.Hints
	} else {
		out.Scores = r.Scores()
	}
	for _, res := range r.Results {
		out.Counts[string(res.Verdict)]++
		jc := jsonCase{ID: res.Case.ID, Verdict: string(res.Verdict), Level: string(res.Case.Level), Rules: append([]string{}, res.Case.Rules...),
			Title: res.Case.Title, Reason: res.Reason, Millis: res.Millis, Unsteady: res.Unsteady}
		if f := res.Finding; f != nil {
			jc.Finding = &jsonFinding{Kind: string(f.Kind), Rule: f.Rule, Line: f.Line, Step: f.Step, Conn: f.Conn, Request: f.Request,
				Expected: f.Expected, Got: f.Got, Differs: f.Differs, Event: f.Frame}
			if res.Transcript != nil {
				events, _ := res.Transcript.Events()
				for _, e := range events {
					jc.Events = append(jc.Events, jsonEvent{e.At.Seconds(), e.Conn, string(e.From), hex.EncodeToString(blot(c, e)), e.Note})
				}
			}
		}
		out.Cases = append(out.Cases, jc)
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(out)
}

// blot returns the frame with zeros for secrets.
func blot(c *dynamic.Codec, e conformance.Event) []byte {
	if e.Frame == nil {
		return nil
	}
	b := append([]byte{}, e.Frame...)
	for _, s := range c.Annotate(e.From, b) {
		if strings.HasPrefix(s.Text, "[secret]") {
			clear(b[s.Offset : s.Offset+s.Len])
		}
	}
	return b
}
