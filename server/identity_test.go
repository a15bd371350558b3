package server

import (
	"strings"
	"sync"
	"testing"
)

func TestIdentity(t *testing.T) {
	tests := []struct {
		name string
		want string // empty: refused
	}{
		{"bob", "bob"},
		{"B.o_b-2", "b.o_b-2"},
		{"zoë", "zoë"},
		{"zoe\u0308", "zoë"},
		{"ZOË", "zoë"},
		{"Ｂｏｂ", "bob"},
		{"Владимир", "владимир"},
		{"ΟΔΥΣΣΕΥΣ", "οδυσσευσ"},
		{"שלום", "שלום"},
		{"1zoë", "1zoë"}, // no rule for directions where there is one only
		{"-zoë_", "-zoë_"},
		{strings.Repeat("a", 50), strings.Repeat("a", 50)},
		{"", ""},
		{strings.Repeat("a", 51), ""},
		{strings.Repeat("ä", 26), ""},
		{"a b", ""},
		{"a*", ""},
		{"a?", ""},
		{"a\\b", ""},
		{"a@b", ""},
		{"a\tb", ""},
		{"a\x7f", ""},
		{"♥", ""},
		{"ä b", ""},
		{"ä*", ""},
		{"a＊", ""},  // a fullwidth asterisk is mapped to a plain one
		{"ａ？ｂ", ""}, // a fullwidth question mark
		{"aא", ""},  // breaks the rule for two directions
		{"1א", ""},
		{"ﬁsh", ""},           // a ligature
		{"\u0308", "\u0308"},  // odd, but the profile allows it
		{"a\u200db", ""},      // a joiner where none may be
		{"\u212a", ""},        // the sign for Kelvin is refused before it is mapped
		{"\u212bngstrom", ""}, // and that for Angstrom
		{"\u1f88", ""},        // a title-case letter
	}
	for _, tt := range tests {
		got, ok := identity(tt.name)
		if ok != (tt.want != "") || got != tt.want && ok {
			t.Errorf("identity(%q) = %q, %v; want %q", tt.name, got, ok, tt.want)
		}
		if !ok {
			continue
		}
		if again, ok := identity(got); !ok || again != got {
			t.Errorf("identity(%q) = %q, %v: not stable", got, again, ok)
		}
	}
}

func TestOpaque(t *testing.T) {
	tests := []struct {
		password string
		want     string
		ok       bool
	}{
		{"pass word", "pass word", true},
		{"PaSs", "PaSs", true},
		{"пароль", "пароль", true},
		{"cafe\u0301 au lait", "caf\u00e9 au lait", true},
		{"no\u00a0break", "no break", true},
		{"tab\tä", "", false},
		{"ä\x00bcdef", "", false},
		{"smile😀", "smile😀", true},
	}
	for _, tt := range tests {
		got, ok := opaque(tt.password)
		if got != tt.want || ok != tt.ok {
			t.Errorf("opaque(%q) = %q, %v; want %q, %v", tt.password, got, ok, tt.want, tt.ok)
		}
	}
}

func TestProfilesCount(t *testing.T) {
	tests := []struct {
		profile, s string
		chars      int
		ok         bool
	}{
		{"OpaqueString", "cafe\u0301", 4, true},
		{"OpaqueString", "пароль", 6, true},
		{"OpaqueString", "ä\tb", 0, false},
		{"UsernameCaseMapped", "zoe\u0308", 3, true},
		{"UsernameCaseMapped", "♥", 0, false},
		{"unknown", "ä", 1, false},
	}
	for _, tt := range tests {
		chars, ok := profiles{}.Check(tt.profile, tt.s)
		if ok != tt.ok || ok && chars != tt.chars {
			t.Errorf("Check(%s, %q) = %d, %v; want %d, %v", tt.profile, tt.s, chars, ok, tt.chars, tt.ok)
		}
	}
}

// The profiles are shared: they must have no state.
func TestIdentityTogether(t *testing.T) {
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 500 {
				if id, _ := identity("ＺＯË"); id != "zoë" {
					t.Errorf("identity = %q", id)
				}
				if p, _ := opaque("cafe\u0301"); p != "café" {
					t.Errorf("opaque = %q", p)
				}
			}
		})
	}
	wg.Wait()
}

// Whatever is accepted keeps to the limits and is stable.
func FuzzIdentity(f *testing.F) {
	for _, s := range []string{"bob", "zoe\u0308", "Ｂｏｂ", "a＊", "שלום", "İ", "ǅ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		id, ok := identity(s)
		if !ok {
			return
		}
		if len(id) == 0 || len(id) > maxName || !nameASCII(id) {
			t.Errorf("identity(%q) = %q is no name", s, id)
		}
		if again, ok := identity(id); !ok || again != id {
			t.Errorf("identity(%q) = %q, %v: not stable", id, again, ok)
		}
	})
}
