package run

import (
	"strings"
	"testing"
)

// TestNear shows what is suggested for selectors that select nothing.
func TestNear(t *testing.T) {
	s := suite(t)
	if err := s.Derive(); err != nil {
		t.Fatal(err)
	}
	for selector, want := range map[string]string{
		"send/ok-ofline":             "did you mean send/ok-offline-recipient or send/ok-online?",
		"chat/send/ok-onlin":         "did you mean chat/send/ok-online?",
		"MUSST":                      "did you mean MUST?",
		"must":                       "did you mean MUST?",
		"snd":                        "did you mean send?",
		"SNED":                       "did you mean SEND?",
		"SNED-4":                     "did you mean SEND-4?",
		"SEND-*":                     "did you mean SEND?",
		"snd/**":                     "did you mean send/**?",
		"chat/*/dervied/cut*":        "did you mean chat/*/derived/cut*?",
		"chta/send":                  "did you mean chat/send?",
		"FRMAE":                      "did you mean FRAME?",
		"FRAME-99":                   "the last rule there is FRAME-",
		"send/offline":               "did you mean send/ok-offline-recipient?",
		"send/derived/text.max+11":   "did you mean send/derived/text.max+1?",
		"CLIENT-10":                  "it binds clients; give --client",
		"chat-client/create":         "it judges clients; give --client",
		"xyzzy":                      "wirecheck list shows what there is",
		"**/okk*x":                   "wirecheck list shows what there is",
		strings.Repeat("send/", 100): "wirecheck list shows what there is",
	} {
		_, err := s.Select([]string{selector}, nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", selector, err, want)
		}
		if _, skip := s.Select(nil, []string{selector}); skip == nil || skip.Error() != err.Error() {
			t.Errorf("to skip %q: %v", selector, skip)
		}
		e, ok := err.(*SelectError)
		if !ok {
			t.Fatalf("%T", err)
		}
		for _, n := range e.Near { // whatever is suggested can be taken
			if _, err := s.Select([]string{n}, nil); err != nil {
				t.Errorf("%q suggests %q: %v", selector, n, err)
			}
		}
	}
}
