package mutant_test

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/secure/bidirule"
	"golang.org/x/text/secure/precis"
	"golang.org/x/text/unicode/bidi"
	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"

	"github.com/wirelaw/wirelaw/spec"
)

// texts are the profiles of RFC 8265 for names and passwords of a table.
type texts struct{ name *spec.Type }

// prepared and mapped are the first step of UsernameCaseMapped and all of them (section 3.3), but for the rule about directions, which is
// for names that have letters from right to left.
var (
	prepared = precis.NewIdentifier(precis.FoldWidth)
	mapped   = precis.NewIdentifier(precis.FoldWidth, precis.LowerCase())
)

func (x texts) Name(name string) (id string, ok bool) {
	id, ok = settled(mapped, name)
	if _, err := prepared.String(name); err != nil || !ok || strings.ContainsFunc(width.Fold.String(name), stands) {
		return "", false
	}
	if bidirule.DirectionString(id) == bidi.RightToLeft && !bidirule.ValidString(id) {
		return "", false
	}
	wrong := strings.ContainsFunc(id, func(r rune) bool { return r < utf8.RuneSelf && !x.name.ASCII.Contains(byte(r)) })
	return id, !wrong && id != "" && uint64(len(id)) <= *x.name.Max
}

// stands reports whether a character stands for others (RFC 8264, section 9.17).
func stands(r rune) bool { return r >= utf8.RuneSelf && !norm.NFKC.IsNormalString(string(r)) }

func (texts) Password(password string) (string, bool) { return settled(precis.OpaqueString, password) }

func (texts) NFC(s string) string { return norm.NFC.String(s) }

func (texts) Narrow(s string) string { return width.Fold.String(s) }

// settled applies a profile until nothing changes, four times at most (RFC 8264, section 7).
func settled(p *precis.Profile, s string) (string, bool) {
	for range 4 {
		next, err := p.String(s)
		if err != nil || next == s {
			return s, err == nil
		}
		s = next
	}
	return "", false
}
