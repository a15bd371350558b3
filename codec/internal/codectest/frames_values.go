package codectest

import (
	"bytes"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// Values encodes messages of random values, legal and not, with both codecs: the same frame, which decodes to the same
// values, or the same error.
func (k *Frames) Values(t *testing.T) {
	const rounds = 400
	d := dynamic.New(k.Spec)
	right, wrong := 0, 0
	k.places(func(m *spec.Message, from spec.Direction, state int) {
		r := rand.New(rand.NewPCG(1, m.Code))
		rights := 0
		for range rounds {
			got := k.New(m.Name)
			want := &dynamic.Message{Spec: m}
			if m.Frame.Correlation() != nil {
				want.ID = 7
			}
			want.Fields = fillFields(r, reflect.ValueOf(got).Elem(), m.Values())
			before := []byte("before")
			out, err := k.Append(before, want.ID, got)
			dyn, dynErr := d.AppendFrom([]byte("before"), from, want)
			if err != nil || dynErr != nil {
				wrong++
				SameError(t, m.Name, err, dynErr)
				if string(out) != "before" {
					t.Fatalf("after an error dst is %q", out)
				}
				continue
			}
			rights++
			if !bytes.Equal(out, dyn) {
				t.Fatalf("%s %+v is\n%x generated,\n%x interpreted", m.Name, got, out, dyn)
			}
			k.agree(t, d, state, from, out[len(before):], nil)
		}
		if right += rights; rights == 0 {
			t.Errorf("%s: no message was right: the values are badly chosen", m.Name)
		}
	})
	t.Logf("%d right, %d wrong", right, wrong)
}

// fillFields sets the fields of a struct to something at or near their limits, and returns the same values as codec/dynamic
// has them.
func fillFields(r *rand.Rand, v reflect.Value, fields []*spec.Field) (out []dynamic.Field) {
	for _, f := range fields {
		if !f.IsValue() {
			continue
		}
		if x, ok := structField(v, f.Name); ok {
			out = append(out, dynamic.Field{Name: f.Name, Value: fillValue(r, x, f.Type)})
		}
	}
	return out
}

func fillValue(r *rand.Rand, v reflect.Value, t *spec.Type) any {
	switch {
	case t.Kind == spec.KindStruct:
		return append([]dynamic.Field{}, fillFields(r, v, t.Fields)...)
	case t.Kind == spec.KindArray:
		lo, hi := uint64(0), uint64(8)
		if t.Min != nil {
			lo = *t.Min
		}
		if t.Max != nil {
			hi = min(*t.Max, 300)
		}
		n := int(near(r, lo, max(lo, hi)))
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		list := []any{}
		for i := range n {
			list = append(list, fillValue(r, v.Index(i), t.Elem))
		}
		return list
	case t.Nullable && r.IntN(3) == 0:
		return nil
	case v.CanInt():
		lo, hi := int64(-1)<<(v.Type().Bits()-1), int64(1)<<(v.Type().Bits()-1)-1
		n := [...]int64{lo, hi, 0, -1, 1, r.Int64() >> (64 - v.Type().Bits())}[r.IntN(6)]
		if t.Min != nil && t.Max != nil && r.IntN(4) > 0 {
			n = int64(*t.Min) + int64(near(r, 1, *t.Max-*t.Min+1)) - 1
		}
		v.SetInt(n)
		return v.Int()
	}
	if t.Kind == spec.KindUint && t.Bits > 0 && t.Max == nil && r.IntN(8) > 0 {
		own := *t
		most := uint64(1)<<t.Bits - 1
		own.Max = &most
		t = &own
	}
	if (t.Kind == spec.KindString || t.Kind == spec.KindBytes || t.Kind == spec.KindRest) && t.Max == nil && r.IntN(8) > 0 {
		own := *t
		most := uint64(40)
		if t.Min != nil {
			most += *t.Min
		}
		own.Max = &most
		t = &own
	}
	fill(r, v, t)
	if v.Kind() == reflect.Slice && v.IsNil() { // nil is no value where there may be none
		v.Set(reflect.MakeSlice(v.Type(), 0, 0))
	}
	return plain(v)
}
