package server

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/secure/bidirule"
	"golang.org/x/text/secure/precis"
	"golang.org/x/text/unicode/bidi"
	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"

	"github.com/wirelaw/wirelaw/codec/chat"
)

// caseMapped is UsernameCaseMapped without its rule for directions: the library
// applies that to all strings, RFC 8265 (section 3.3.2) to those that are
// written from right to left, in part at least. It would refuse "1zoë".
var caseMapped = precis.NewIdentifier(precis.FoldWidth, precis.LowerCase())

// prepared is how the same profile prepares a string before it maps it (RFC 8265,
// section 3.3.2): it refuses what its class does not have, as title-case letters.
var prepared = precis.NewIdentifier(precis.FoldWidth)

// maxName is how many bytes a name may have, in its spelling and in its
// identity form (CHAT.md, username).
const maxName = chat.UsernameMax

// identity returns the identity form of name, which names are compared by, and
// whether name may be a name at all (CHAT.md, Names and passwords).
//
// The characters of ASCII that the profile allows, or maps others to, are more
// than a name may have: a fullwidth asterisk becomes a plain one. So the limits
// are judged on the identity form too.
func identity(name string) (string, bool) {
	if len(name) == 0 || len(name) > maxName {
		return "", false
	}
	if isASCII(name) {
		return strings.ToLower(name), nameASCII(name)
	}
	if _, err := prepared.String(name); err != nil || hasCompat(width.Fold.String(name)) {
		return "", false
	}
	id, ok := stable(caseMapped, name)
	if !ok || bidirule.DirectionString(id) == bidi.RightToLeft && !bidirule.ValidString(id) || len(id) == 0 || len(id) > maxName || !nameASCII(id) {
		return "", false
	}
	return id, true
}

// hasCompat reports whether s holds a character that stands for others (RFC 8264,
// section 9.17), as the KELVIN SIGN does for a K. The library looks only after
// normalisation, which hides them.
func hasCompat(s string) bool {
	for _, r := range s {
		if c := string(r); r >= utf8.RuneSelf && !norm.NFKC.IsNormalString(c) {
			return true
		}
	}
	return false
}

// opaque returns password as it is counted, hashed and compared, and whether
// the profile allows it (CHAT.md, password).
func opaque(password string) (string, bool) {
	if isASCII(password) {
		return password, true
	}
	return stable(precis.OpaqueString, password)
}

// stable applies p until nothing changes. RFC 8264 (section 7) knows strings for
// which once is not enough, and refuses those that four times do not settle.
func stable(p *precis.Profile, s string) (string, bool) {
	for range 4 {
		next, err := p.String(s)
		if err != nil {
			return "", false
		}
		if next == s {
			return s, true
		}
		s = next
	}
	return "", false
}

// profiles judges strings with characters beyond ASCII for the codec.
type profiles struct{}

// Check returns how many characters s has after the profile, and whether the
// profile allows it.
func (profiles) Check(profile, s string) (chars int, ok bool) {
	switch profile {
	case "UsernameCaseMapped":
		s, ok = identity(s)
	case "OpaqueString":
		s, ok = opaque(s)
	}
	return utf8.RuneCountInString(s), ok
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// nameASCII reports whether all characters of ASCII in s may be in a name.
func nameASCII(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c >= utf8.RuneSelf,
			'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9',
			c == '.', c == '_', c == '-':
		default:
			return false
		}
	}
	return true
}
