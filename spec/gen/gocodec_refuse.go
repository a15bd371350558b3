package gen

import (
	"fmt"
	"maps"
	"slices"

	"github.com/wirelaw/wirelaw/spec"
)

// expressible refuses fields, of a message or a struct called owner, that Go code cannot be generated for.
func expressible(owner string, fields []*spec.Field) error {
	for i, fl := range fields {
		t := fl.Type
		last := i == len(fields)-1
		_, fixed := fixedSize(t)
		switch {
		case t.Ignore && t.Bits == 0 && !fixed && !last:
			return fmt.Errorf("%s.%s: ignored bytes of no fixed size must be the last", owner, fl.Name)
		case fl.CountedBy != nil && t.Kind == spec.KindArray:
			return fmt.Errorf("%s.%s: a counted array must stand in a struct", owner, fl.Name)
		case len(fl.Counts) > 1:
			return fmt.Errorf("%s.%s: a length in the body counts one field", owner, fl.Name)
		case len(fl.Counts) > 0 && t.Varint > 0:
			return fmt.Errorf("%s.%s: a length in the body has a fixed size", owner, fl.Name)
		case t.Kind == spec.KindRest && !last && fl.CountedBy == nil && t.Const != nil:
			return fmt.Errorf("%s.%s: what is left before other fields is no constant", owner, fl.Name)
		}
		if err := element(t); err != nil {
			return fmt.Errorf("%s.%s: %w", owner, fl.Name, err)
		}
		for t.Kind == spec.KindArray {
			t = t.Elem
		}
		if t.Kind == spec.KindStruct {
			if err := expressible(owner+"."+fl.Name, t.Fields); err != nil {
				return err
			}
		}
	}
	return nil
}

// element refuses elements of arrays that Go code cannot be generated for.
func element(t *spec.Type) error {
	if t.Kind != spec.KindArray {
		return nil
	}
	e := t.Elem
	switch {
	case e.Kind == spec.KindRest || smallest(e) == 0:
		return fmt.Errorf("elements of an array must take at least one byte each")
	case e.Kind != spec.KindStruct && (e.Bits > 0 || e.Const != nil || e.Ignore):
		return fmt.Errorf("elements of an array are values of whole bytes")
	case t.Until != nil && !beginsPlainly(e):
		return fmt.Errorf("an array that ends at a byte has elements that begin with a number of whole bytes or a string")
	}
	return element(e)
}

// beginsPlainly reports whether Go can tell the first byte of a value before it is encoded.
func beginsPlainly(t *spec.Type) bool {
	switch {
	case t.Kind == spec.KindStruct:
		return len(t.Fields) > 0 && t.Fields[0].If == nil && len(t.Fields[0].Counts) == 0 && !t.Fields[0].Type.Ignore && beginsPlainly(t.Fields[0].Type)
	case t.Kind == spec.KindArray:
		return t.LenWidth > 0
	case t.Const != nil:
		return width(t) == 1
	}
	return t.Bits == 0 && t.Varint == 0
}

// runTables prints the variables that describe runs of bit fields.
func (g *goCodec) runTables() {
	f := g.files["limits_gen.go"]
	for _, name := range slices.Sorted(maps.Keys(g.runs)) {
		f.p("%s\n", g.runs[name])
	}
}
