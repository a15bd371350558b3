package peer

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/secure/bidirule"
	"golang.org/x/text/secure/precis"
	"golang.org/x/text/unicode/bidi"
	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"
)

// noProfile lets no character beyond ASCII pass, as is right without the feature.
type noProfile struct{}

func (noProfile) Check(string, string) (int, bool) { return 0, false }

// profiles judges strings with characters beyond ASCII by the profiles of RFC 8265.
type profiles struct{ a *chat }

// Check returns how many characters are counted, and whether the profile allows the string.
func (p profiles) Check(profile, s string) (chars int, ok bool) {
	counted := s
	switch profile {
	case "UsernameCaseMapped":
		counted, ok = p.a.nameForm(s)
	case "OpaqueString":
		counted, ok = opaque(s)
		switch {
		case p.a.s.is(PasswordInBytes):
			return len(s), ok
		case p.a.s.is(PasswordAsCounted):
			counted = s
		}
	}
	return utf8.RuneCountInString(counted), ok && !p.a.s.is(UnicodeRefused)
}

// prepared and mapped are the first step of UsernameCaseMapped and all of them (RFC 8265, section 3.3), but for the rule about directions,
// which is for names that have letters from right to left.
var (
	prepared = precis.NewIdentifier(precis.FoldWidth)
	mapped   = precis.NewIdentifier(precis.FoldWidth, precis.LowerCase())
)

// identity is the identity form of a name. A fault lets case matter in one message.
func (a *chat) identity(name string, wrong Bug) string {
	if a.s.is(wrong) {
		return name
	}
	return a.id(name)
}

// id is the identity form of a name that keeps to its limits.
func (a *chat) id(name string) string {
	if isASCII(name) {
		return strings.ToLower(name)
	}
	id, _ := a.nameForm(name)
	return id
}

// nameForm is the identity form of a name with characters beyond ASCII. It is not ok if that is no name.
func (a *chat) nameForm(name string) (id string, ok bool) {
	if a.s.is(AnySymbolIsName) {
		return strings.ToLower(norm.NFC.String(width.Fold.String(name))), true
	}
	id, ok = settled(mapped, name)
	if _, err := prepared.String(name); err != nil || !ok || compatible(name) {
		return "", false
	}
	if bidirule.DirectionString(id) == bidi.RightToLeft && !bidirule.ValidString(id) && !a.s.is(MixedDirections) {
		return "", false
	}
	if most := *a.s.p.Type("username").Max; id == "" || uint64(len(id)) > most || !a.plain(id) && !a.s.is(WideSpecials) {
		return "", false
	}
	switch {
	case a.s.is(CaseBeyondASCII):
		id, _ = settled(prepared, name)
	case a.s.is(WidthMatters):
		id = strings.ToLower(norm.NFC.String(name))
	case a.s.is(FormMatters):
		id = strings.ToLower(width.Fold.String(name))
	}
	return id, true
}

// plain reports whether what is ASCII in a name keeps to the limits of names.
func (a *chat) plain(name string) bool {
	allowed := a.s.p.Type("username").ASCII
	return !strings.ContainsFunc(name, func(r rune) bool { return r < utf8.RuneSelf && !allowed.Contains(byte(r)) })
}

// compatible reports whether a character stands for others (RFC 8264, section 9.17). That of a width may.
func compatible(name string) bool {
	return strings.ContainsFunc(width.Fold.String(name), func(r rune) bool {
		return r >= utf8.RuneSelf && !norm.NFKC.IsNormalString(string(r))
	})
}

// secret is a password as it is compared.
func (a *chat) secret(password string) string {
	s, ok := opaque(password)
	switch {
	case a.s.is(PasswordAsTyped), !ok:
		return password
	case a.s.is(PasswordIsFolded):
		return width.Fold.String(s)
	}
	return s
}

// opaque is a password after its profile. It is not ok if the profile refuses it.
func opaque(password string) (string, bool) {
	if isASCII(password) {
		return password, true
	}
	return settled(precis.OpaqueString, password)
}

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

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}
