package codec

// Profiles judges strings that hold characters beyond ASCII. Where a nil Profiles is given, such strings are held to
// their limits in bytes and to their ASCII characters only.
type Profiles interface {
	// Check applies the named string profile, "UsernameCaseMapped", to s, which is valid UTF-8 and has at least one
	// character beyond ASCII. It returns the number of characters (code points) of the result, and whether the profile
	// allows s. It must not keep s, which may alias a buffer.
	Check(profile, s string) (chars int, ok bool)
}

// Limits is what a table says about the values of one field. Min and Max count bytes of strings and bytes, elements
// of arrays, and are inclusive bounds of the value itself for numbers.
type Limits struct {
	Min, Max           uint64
	CharsMin, CharsMax uint64    // characters of a string; CharsMax 0 means not limited
	ASCII              *ASCIISet // ASCII characters that a string may hold; nil: all
	Profile            string    // judges strings with characters beyond ASCII; "": they are let through
	Demand             Demand    // what a breach earns
}

// NoMax is the Max of a field that only its width limits.
const NoMax = 1<<64 - 1

// An ASCIISet is a set of ASCII characters: bit c%64 of word c/64 stands for character c.
type ASCIISet [2]uint64

// judgeString returns the first limit that s breaks and its bound, or "". s is valid UTF-8. The order is that of the
// Because constants: min, max, ascii, profile, chars.min, chars.max.
func (l *Limits) judgeString(s string, p Profiles) (because string, limit uint64) {
	n := uint64(len(s))
	if n < l.Min {
		return BecauseMin, l.Min
	}
	if n > l.Max {
		return BecauseMax, l.Max
	}
	if l.ASCII == nil && l.Profile == "" && l.CharsMin == 0 && l.CharsMax == 0 {
		return "", 0
	}
	chars, beyond := uint64(0), false
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 0x80 {
			beyond = true
			if c >= 0xc0 { // the first byte of a character
				chars++
			}
			continue
		}
		chars++
		if l.ASCII != nil && l.ASCII[c/64]&(1<<(c%64)) == 0 {
			return BecauseASCII, 0
		}
	}
	if beyond && l.Profile != "" {
		if p == nil {
			return "", 0
		}
		k, ok := p.Check(l.Profile, s)
		if !ok {
			return BecauseProfile, 0
		}
		chars = uint64(k)
	}
	if chars < l.CharsMin {
		return BecauseCharsMin, l.CharsMin
	}
	if l.CharsMax != 0 && chars > l.CharsMax {
		return BecauseCharsMax, l.CharsMax
	}
	return "", 0
}
