// Package grammar says what objects a protocol table is made of and what may stand under their keys, as far as that can be
// said without resolving names. The JSON Schema is generated from it; tests hold it equal to what the loader asks for
// and refuses.
package grammar

import "slices"

// A Shape is the form of a value in a table.
type Shape string

// The shapes.
const (
	Text   Shape = "text"   // a text that is not empty
	String Shape = "string" // any text
	Name   Shape = "name"   // a text of the form Pattern
	Words  Shape = "words"  // one of Words
	Bool   Shape = "bool"   // true or false
	Number Shape = "number" // Min to Max
	Signed Shape = "signed" // any whole number
	Code   Shape = "code"   // a number, or the character that it is
	Value  Shape = "value"  // a value of a field: its form depends on the type
	Scalar Shape = "scalar" // such a value, but no list and no mapping
	Nested Shape = "object" // an object of the kind Object
	List   Shape = "list"   // of Of[0], at least Min
	Map    Shape = "map"    // from keys of the form Pattern to Of[0], Min to Max of them; Max 0: any number
	OneOf  Shape = "one of" // any of Of
)

// A Form is a shape and what more there is to say of it.
type Form struct {
	Shape    Shape
	Pattern  string // regular expression
	Words    []string
	Min, Max uint64
	Object   string
	Of       []Form
}

// A Key is one key of an object.
type Key struct {
	Name   string
	Needed bool
	Form   Form
}

// An Object is one kind of mapping.
type Object struct {
	Kind string
	Keys []Key
	One  []string            // exactly one of these keys is there
	With map[string][]string // by the value of the key "type": the keys that it needs
}

// Key returns the key of that name, or nil.
func (o *Object) Key(name string) *Key {
	if i := slices.IndexFunc(o.Keys, func(k Key) bool { return k.Name == name }); i >= 0 {
		return &o.Keys[i]
	}
	return nil
}

// Find returns the objects of a kind, or nil.
func Find(kind string) *Object {
	if i := slices.IndexFunc(Objects, func(o *Object) bool { return o.Kind == kind }); i >= 0 {
		return Objects[i]
	}
	return nil
}

// The forms of names, as in package spec.
const (
	short  = `^[a-z][a-z0-9]*$`
	low    = `^[a-z][a-z0-9_]*$`
	bit    = `^(_|[a-z][a-z0-9_]*)$`
	up     = `^[A-Z][A-Z0-9_]*$`
	ruleID = `^[A-Z][A-Z0-9_]*-[1-9][0-9]*$`
	groups = `^ *(([0-9a-f]{2})+|[0-9a-f]{2}\*[1-9][0-9]{0,6})?( +(([0-9a-f]{2})+|[0-9a-f]{2}\*[1-9][0-9]{0,6}))* *$`
	enums  = `^(u8|u16|u24|u32|u64|b([2-9]|[1-5][0-9]|6[0-3]))$`
)

const (
	max32 = 1 << 32
	max64 = 1<<64 - 1
)

var (
	text      = Form{Shape: Text}
	anyText   = Form{Shape: String}
	yes       = Form{Shape: Bool}
	integer   = Form{Shape: Signed}
	value     = Form{Shape: Value}
	scalar    = Form{Shape: Scalar}
	code      = Form{Shape: Code, Pattern: `^[!-~]$`}
	texts     = list(text)
	values    = Form{Shape: Map, Of: []Form{value}}
	condition = oneOf(text, Form{Shape: Map, Min: 1, Max: 1, Of: []Form{{Shape: List, Min: 1, Of: []Form{value}}}})
	widths    = words("u8", "u16", "u24", "u32")
)

func name(pattern string) Form       { return Form{Shape: Name, Pattern: pattern} }
func words(all ...string) Form       { return Form{Shape: Words, Words: all} }
func number(least, most uint64) Form { return Form{Shape: Number, Min: least, Max: most} }
func nested(kind string) Form        { return Form{Shape: Nested, Object: kind} }
func list(of Form) Form              { return Form{Shape: List, Of: []Form{of}} }
func some(of Form) Form              { return Form{Shape: List, Min: 1, Of: []Form{of}} }
func oneOf(of ...Form) Form          { return Form{Shape: OneOf, Of: of} }
func mapOf(pattern string, of Form) Form {
	return Form{Shape: Map, Pattern: pattern, Of: []Form{of}}
}
