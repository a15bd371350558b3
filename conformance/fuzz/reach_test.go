package fuzz

import (
	"os"
	"slices"
	"testing"

	"github.com/wirelaw/wirelaw/spec"
)

// unreached are the answers of the model that no run of a fair price gets, and why.
var unreached = map[string]string{
	"SEND INBOX_FULL": "the inbox holds as many messages as the server likes, 10000 of the model",
}

// TestReach holds that a run gets every answer out of the model that the table has for a request, but for those that are named.
func TestReach(t *testing.T) {
	p := table(t)
	rep, err := Run(t.Context(), p, serve(t, p, nil), Options{Seed: 2, RunID: "reach", Sessions: 2000})
	if err != nil || len(rep.Findings) > 0 {
		t.Fatal(err, rep)
	}
	missed := map[string]bool{}
	for _, r := range rep.Reached() {
		for _, a := range r.Answers {
			key := r.Request + " " + a.Name
			if a.Count == 0 {
				missed[key] = true
			}
			switch {
			case a.Count == 0 && unreached[key] == "":
				t.Errorf("not reached: %s (%s)", key, a.Why)
			case a.Count > 0 && unreached[key] != "":
				t.Errorf("%s is reached, and yet said to be out of reach: %s", key, unreached[key])
			case a.Count == 0 && a.Why == "":
				t.Errorf("nothing tells why %s is out of reach", key)
			}
		}
	}
	for key := range unreached {
		if !missed[key] {
			t.Errorf("%s is no answer that can be missed", key)
		}
	}
	t.Logf("%v: %v", rep.Elapsed, rep.Answers)
}

// TestPossible holds that the answers to a request are those of its checks and its own.
func TestPossible(t *testing.T) {
	p := table(t)
	r := newRunner(p, nil, Options{})
	find := func(request string) (names []string, why map[string]string) {
		why = map[string]string{}
		for _, reach := range r.possible() {
			if reach.Request == request {
				for _, a := range reach.Answers {
					names = append(names, a.Name)
					why[a.Name] = a.Why
				}
			}
		}
		return names, why
	}
	if names, _ := find("ACK"); !slices.Equal(names, []string{"silence", "BAD_ACK", "BAD_STATE", "BAD_ID", "TOO_LARGE", "MALFORMED"}) {
		t.Errorf("ACK: %v", names)
	}
	if names, _ := find("PING"); slices.Contains(names, "BAD_STATE") || slices.Contains(names, "BAD_FIELD") {
		t.Errorf("PING is legal in every state and has no field: %v", names)
	}
	if _, why := find("SEND"); why["INBOX_FULL"] == "" || why["ACCEPTED"] != "" {
		t.Errorf("SEND: %v", why)
	}
	r.known, r.announced = true, 0
	names, why := find("RESUME")
	if !slices.Contains(names, "UNSUPPORTED") || why["LOGGED_IN"] != "RESUME is not announced" || why["BAD_STATE"] != "" {
		t.Errorf("RESUME where it is not announced: %v, %v", names, why)
	}
	if names, _ := find("LIST"); !slices.Contains(names, "UNSUPPORTED") {
		t.Errorf("LIST where REGEX is not announced: %v", names)
	}
	r.announced = ^uint64(0)
	if names, _ := find("RESUME"); slices.Contains(names, "UNSUPPORTED") {
		t.Errorf("RESUME where it is announced: %v", names)
	}
	src, err := os.ReadFile("../../codec/internal/toy/toy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	toy, err := spec.Load("toy.yaml", src)
	if err != nil {
		t.Fatal(err)
	}
	for _, reach := range newRunner(toy, nil, Options{}).possible() {
		if len(reach.Answers) == 0 {
			t.Errorf("toy: %s has no answer", reach.Request)
		}
	}
}
