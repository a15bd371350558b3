package peer

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Strings are what is known of characters beyond ASCII: the profiles of names and passwords (RFC 8265), and what they are made of. They come
// from outside: a model has no library for them.
type Strings interface {
	// Name returns the identity form of a name. It is not ok if the profile or the limits of names refuse it.
	Name(name string) (id string, ok bool)
	// Password returns a password as it is counted and compared. It is not ok if the profile refuses it.
	Password(password string) (opaque string, ok bool)
	NFC(s string) string    // in normalisation form C
	Narrow(s string) string // with its wide characters made narrow
}

// noProfile lets no character beyond ASCII pass, as is right without the feature.
type noProfile struct{}

func (noProfile) Check(string, string) (int, bool) { return 0, false }

// profiles judges strings with characters beyond ASCII.
type profiles struct {
	a *chat
	s Strings
}

// Check returns how many characters are counted, and whether the profile allows the string.
func (p profiles) Check(profile, s string) (chars int, ok bool) {
	counted := s
	switch profile {
	case "UsernameCaseMapped":
		counted, ok = p.a.nameForm(p.s, s)
	case "OpaqueString":
		counted, ok = p.s.Password(s)
		switch {
		case p.a.s.is(PasswordInBytes):
			return len(s), ok
		case p.a.s.is(PasswordAsCounted):
			counted = s
		}
	}
	return utf8.RuneCountInString(counted), ok && !p.a.s.is(UnicodeRefused)
}

// identity is the identity form of a name. A fault lets case matter in one message.
func (a *chat) identity(name string, wrong Bug) string {
	if a.s.is(wrong) {
		return name
	}
	return a.id(name)
}

// id is the identity form of a name that keeps to its limits.
func (a *chat) id(name string) string {
	if s := a.s.style.Strings; s != nil && !isASCII(name) {
		id, _ := a.nameForm(s, name)
		return id
	}
	return strings.ToLower(name)
}

// nameForm is the identity form of a name with characters beyond ASCII. It is not ok if that is no name.
func (a *chat) nameForm(s Strings, name string) (id string, ok bool) {
	id, ok = s.Name(name)
	form, narrow := s.NFC(s.Narrow(name)), s.Narrow(name)
	switch {
	case a.s.is(AnySymbolIsName):
		return strings.ToLower(form), true
	case !ok && a.s.is(MixedDirections):
		for _, part := range []string{only(form, isHebrew), only(form, func(r rune) bool { return !isHebrew(r) })} {
			if _, ok := s.Name(part); !ok && !isASCII(part) {
				return "", false
			}
		}
		return strings.ToLower(form), true
	case !ok && a.s.is(WideSpecials) && isASCII(narrow):
		return strings.ToLower(narrow), true
	case ok && a.s.is(CaseBeyondASCII):
		return form, true
	case ok && a.s.is(WidthMatters):
		return strings.ToLower(s.NFC(name)), true
	case ok && a.s.is(FormMatters):
		return strings.ToLower(narrow), true
	}
	return id, ok
}

func isHebrew(r rune) bool { return unicode.Is(unicode.Hebrew, r) }

// only leaves some characters of a string.
func only(s string, some func(rune) bool) string {
	return strings.Map(func(r rune) rune {
		if some(r) {
			return r
		}
		return -1
	}, s)
}

// secret is a password as it is compared.
func (a *chat) secret(password string) string {
	s := a.s.style.Strings
	if s == nil || isASCII(password) || a.s.is(PasswordAsTyped) {
		return password
	}
	opaque, ok := s.Password(password)
	switch {
	case !ok:
		return password
	case a.s.is(PasswordIsFolded):
		return s.Narrow(opaque)
	}
	return opaque
}

// composed is a pattern in normalisation form C.
func (a *chat) composed(pattern string) string {
	if s := a.s.style.Strings; s != nil {
		return s.NFC(pattern)
	}
	return pattern
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}
