package gen_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// shown returns what the trees of packets say under a name: "chat.message".
func shown(packets []node, name string) (out []string) {
	for i := range packets {
		for _, n := range packets[i].all() {
			if n.Name == name {
				out = append(out, n.Show)
			}
		}
	}
	return out
}

// TestLuaReadsRealTraffic reads what chatd and chat have said to each other; testdata/capture/chat.sh has captured it.
func TestLuaReadsRealTraffic(t *testing.T) {
	capture, err := os.ReadFile("testdata/capture/chat.pcap")
	if err != nil {
		t.Fatal(err)
	}
	p := chat(t)
	packets := dissect(t, p, capture)
	messages := shown(packets, "chat.message")
	for _, m := range []string{"HELLO", "CREATED", "LOGGED_IN", "SEND", "ACCEPTED", "DELIVER", "ACK", "ACCOUNTS", "ERROR", "LOGGED_OUT", "DELETED", "GOODBYE"} {
		if !slices.Contains(messages, m) {
			t.Errorf("%s is not shown", m)
		}
	}
	requests, replies := 0, 0
	for _, m := range messages {
		switch spec := p.Message(m); {
		case spec.From == "client" && spec.Reply != nil:
			requests++
		case spec.From == "server" && m != "DELIVER":
			replies++
		}
	}
	// Which packet holds the reply is known when the packets are looked at again.
	in := shown(dissectWith(t, p, capture, []string{"-2", "-R", "chat"}), "chat.response_in")
	if to := shown(packets, "chat.request_in"); requests != replies || len(to) != replies || len(in) != requests {
		t.Errorf("%d requests, of which %d know their reply; %d replies, of which %d know their request", requests, len(in), replies, len(to))
	}
	for _, state := range []string{"connected", "guest", "member"} {
		if !slices.Contains(shown(packets, "chat.state"), state) {
			t.Errorf("the state %s is never shown", state)
		}
	}
	secret := 0
	for i := range packets {
		for _, n := range packets[i].all() {
			if strings.Contains(n.label(), "Lua Error") || strings.Contains(n.label(), "at 8") && n.Name == "_ws.expert" {
				t.Error(n.label())
			}
			if n.label() == "password: [secret]" {
				secret++
			}
			if strings.HasPrefix(n.Name, "chat") && (strings.Contains(n.Show, "horse") || strings.Contains(n.Label, "horse")) {
				t.Errorf("a password is shown: %s", n.label())
			}
		}
	}
	if secret == 0 {
		t.Error("no password is hidden")
	}
	open := dissect(t, p, capture, "secrets:TRUE")
	if !slices.Contains(shown(open, "chat.login.password"), "correct horse") {
		t.Error("with the preference, the password is not shown")
	}
}

// TestLuaReassembles sends a conversation in segments of one byte, and in one segment. Both times all messages are there.
func TestLuaReassembles(t *testing.T) {
	p := chat(t)
	c := dynamic.New(p)
	var want []string
	var whole, cut []segment
	var stream []byte
	from := spec.FromClient
	flush := func() {
		whole = append(whole, segment{1, from, stream})
		for i := range stream {
			cut = append(cut, segment{2, from, stream[i : i+1]})
		}
		stream = nil
	}
	for _, s := range p.Conversation {
		frame, err := c.Append(nil, c.With(s.Send, s.ID, s.With))
		if err != nil {
			t.Fatal(err)
		}
		if s.From != from {
			flush()
			from = s.From
		}
		stream = append(stream, frame...)
		want = append(want, s.Send.Name)
	}
	flush()
	for name, segments := range map[string][]segment{"whole": whole, "cut": cut} {
		if got := shown(dissect(t, p, pcap(uint16(p.Port), segments)), "chat.message"); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}
