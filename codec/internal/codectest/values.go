package codectest

import (
	"bytes"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// Values encodes messages of random values, legal and not, with both codecs: the same frame, which decodes to the same
// values, or the same error.
func (k *Package) Values(t *testing.T) {
	const rounds = 1000
	d := dynamic.New(k.Spec)
	for _, m := range k.Spec.Messages {
		t.Run(m.Name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, m.Code))
			right, wrong := 0, 0
			for range rounds {
				got := k.New(m.From, m.Code)
				want := &dynamic.Message{Spec: m, ID: 7}
				if k.Spec.Correlation() == nil {
					want.ID = 0
				}
				want.Fields = fillFields(r, reflect.ValueOf(got).Elem(), m.Fields)
				before := []byte("before")
				out, err := k.Append(before, want.ID, got)
				dyn, dynErr := d.Append([]byte("before"), want)
				if err != nil || dynErr != nil {
					wrong++
					SameError(t, m.Name, err, dynErr)
					if string(out) != "before" {
						t.Fatalf("after an error dst is %q", out)
					}
					continue
				}
				right++
				if !bytes.Equal(out, dyn) {
					t.Fatalf("%+v is\n%x generated,\n%x interpreted", got, out, dyn)
				}
				again, err := k.Decode(m.From, out[len(before):], nil)
				if err != nil {
					t.Fatalf("%x: %v", out, err)
				}
				for _, f := range m.Fields {
					v, ok := field(got, f.Name)
					if !ok || f.If != nil || f.Type.Kind == spec.KindStruct { // what is absent in a struct becomes zero
						continue
					}
					x, _ := want.Get(f.Name)
					if w, _ := field(again, f.Name); same(w, f.Type, x) != "" {
						t.Fatalf("%s was %v and is %v", f.Name, v, w)
					}
				}
			}
			if right == 0 || len(m.Fields) > 2 && wrong == 0 {
				t.Errorf("%d messages were right and %d wrong: the values are badly chosen", right, wrong)
			}
		})
	}
}

// fill sets v, the Go value of a field, to something at or near the limits of its type; one time in ten to anything.
func fill(r *rand.Rand, v reflect.Value, t *spec.Type) {
	lo, hi := uint64(0), uint64(math.MaxUint64)
	if t.Min != nil {
		lo = *t.Min
	}
	if t.Max != nil {
		hi = *t.Max
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.String:
		if t.Chars != nil {
			lo, hi = max(lo, t.Chars.Min), min(hi, t.Chars.Max)
		}
		v.SetString(text(r, near(r, lo, min(hi, 70000))))
	case reflect.Array:
		for i := range v.Len() {
			v.Index(i).SetUint(r.Uint64() & 0xff)
		}
	case reflect.Slice:
		n := int(near(r, lo, min(hi, 300)))
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			if t.Elem == nil {
				v.Index(i).SetUint(r.Uint64() & 0xff)
				continue
			}
			fill(r, v.Index(i), t.Elem)
		}
	default:
		bits := v.Type().Bits()
		n := near(r, lo, hi)
		if t.Enum != nil && r.IntN(10) > 0 {
			n = t.Enum.Values[r.IntN(len(t.Enum.Values))].Value
		}
		if t.ErrorSet && r.IntN(2) == 0 {
			n = 8
		}
		v.SetUint(n & (1<<(bits-1)<<1 - 1))
	}
}

// near returns a number between the bounds, often at one of them, seldom just outside.
func near(r *rand.Rand, lo, hi uint64) uint64 {
	switch r.IntN(40) {
	case 0:
		return lo - min(lo, 1)
	case 1:
		return hi + 1
	case 2, 3, 4:
		return hi
	case 5, 6, 7, 8, 9:
		return lo
	}
	span := min(hi-lo, 20)
	return lo + r.Uint64N(span+1)
}

// text returns a string of n bytes, or of about n where it holds more than ASCII.
func text(r *rand.Rand, n uint64) string {
	n = min(n, 100000)
	switch r.IntN(60) {
	case 0:
		return strings.Repeat("é", int(n+1)/2)
	case 1:
		return strings.Repeat("♥", int(n+1)/3) + "*"
	case 2:
		return strings.Repeat("\xff", int(n))
	case 3:
		return strings.Repeat("\x00", int(n))
	}
	return strings.Repeat("a", int(n))
}
