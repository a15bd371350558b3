package script

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/wirelaw/wirelaw/spec"
)

// A Fresh makes values that nobody has used before. What it makes follows from its two names and the number of values
// made before, so that a run can be repeated byte by byte. It belongs to one goroutine.
type Fresh struct {
	Run string // names the run
	Key string // names the case, and the attempt at it

	n int
}

func (f *Fresh) sum() [32]byte {
	f.n++
	return sha256.Sum256([]byte(fmt.Sprintf("%s\x00%s\x00%d", f.Run, f.Key, f.n)))
}

// value makes a new value of type t. hint makes strings speak.
func (f *Fresh) value(t *spec.Type, hint string) any {
	sum := f.sum()
	switch t.Kind {
	case spec.KindString:
		return text(t, hint, sum)
	case spec.KindBool:
		return sum[0]&1 == 1
	case spec.KindUint:
		n := binary.BigEndian.Uint64(sum[:]) & t.Widest()
		if t.Max != nil && n > *t.Max {
			n = *t.Max
		}
		if t.Min != nil && n < *t.Min {
			n = *t.Min
		}
		return n
	}
	n := t.Size
	if t.LenWidth > 0 || n == 0 {
		n = 16
		if t.Max != nil {
			n = int(min(uint64(n), *t.Max))
		}
	}
	out := make([]byte, 0, n)
	for len(out) < n {
		out = append(out, sum[:min(len(sum), n-len(out))]...)
		sum = sha256.Sum256(sum[:])
	}
	return out
}

// text makes a string of what t allows, as long as it allows: the hint, then eight characters that tell it from all others. No text is the
// beginning of another of the same hint.
func text(t *spec.Type, hint string, sum [32]byte) string {
	allowed := func(c byte) bool { return t.ASCII == nil || t.ASCII.Contains(c) }
	var letters []byte
	for _, c := range []byte("abcdefghijklmnopqrstuvwxyz0123456789") {
		if allowed(c) {
			letters = append(letters, c)
		}
	}
	if len(letters) == 0 {
		letters = []byte("x")
	}
	most, random := 25, 8
	if t.Max != nil {
		most = int(min(uint64(most), *t.Max))
	}
	if t.Chars != nil {
		most = int(min(uint64(most), t.Chars.Max))
	}
	random = min(random, most)
	var b strings.Builder
	hint, _, _ = strings.Cut(hint, ".")
	for _, c := range []byte(strings.ToLower(hint)) {
		if allowed(c) && b.Len() < most-random-1 {
			b.WriteByte(c)
		}
	}
	if b.Len() > 0 && allowed('-') {
		b.WriteByte('-')
	}
	least := uint64(0)
	if t.Min != nil {
		least = *t.Min
	}
	if t.Chars != nil {
		least = max(least, t.Chars.Min)
	}
	random = max(random, int(least)-b.Len())
	n := binary.BigEndian.Uint64(sum[:])
	for range random {
		b.WriteByte(letters[n%uint64(len(letters))])
		n /= uint64(len(letters))
	}
	return b.String()
}

// kindOf finds what fresh is to make: a type of the table, or the type of a field of that name.
func kindOf(p *spec.Protocol, kind string) (*spec.Type, error) {
	if t := p.Type(kind); t != nil {
		return t, nil
	}
	var names []string
	for _, t := range p.Types {
		names = append(names, t.Name)
	}
	for _, fresh := range []bool{true, false} {
		for _, m := range p.Messages {
			for _, f := range m.Fields {
				if f.Name == kind && (f.Type.Fresh || !fresh) {
					return f.Type, nil
				}
				names = append(names, f.Name)
			}
		}
	}
	return nil, near(spec.Nearest(kind, names), "%q is neither a type nor a field", kind)
}
