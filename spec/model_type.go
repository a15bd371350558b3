package spec

// This file is the part of the model that says how a value is laid out and what limits it.

// Kind is the basic form of a value on the wire.
type Kind string

// The kinds. A field of a named type or enum has the kind of that type.
const (
	KindUint   Kind = "uint"   // u8, u16, u24, u32, u64: Width bytes; b2 to b63: Bits bits; varint: at most Varint bytes
	KindInt    Kind = "int"    // i8, i16, i32, i64: Width bytes, two's complement
	KindBool   Kind = "bool"   // one byte, 0 or 1; b1: one bit
	KindString Kind = "string" // UTF-8; its end is given by LenWidth, Until or Field.CountedBy
	KindBytes  Kind = "bytes"  // its end is given by LenWidth, Size, Until or Field.CountedBy
	KindArray  Kind = "array"  // Elem after Elem; the end is given by LenWidth (a count), Until or ToEnd
	KindStruct Kind = "struct" // Fields, one after the other
	KindRest   Kind = "rest"   // all bytes that the fields after it leave; the last field: all up to the end of the body
)

// A Type is how a value is laid out and what limits it. A named type stands in Protocol.Types; a field with a
// built-in type has a Type of its own with an empty Name.
type Type struct {
	Name     string
	Kind     Kind
	Width    int      // numbers: bytes of the number; 0 if Bits or Varint says more
	Bits     int      // a bit field of so many bits, from the highest bit of a byte on; bit fields that follow each other share bytes
	Varint   int      // an unsigned LEB128 number (MQTT's variable byte integer) of at most so many bytes, in its shortest form
	LenWidth int      // string, bytes, array: bytes of the length or count before it; 0: there is none
	Nullable bool     // bytes: a length with all bits set, which is -1, means that there is no value
	Size     int      // bytes of a fixed size
	Until    *byte    // string, bytes: this byte ends it; array: this byte stands where the next element would begin
	ToEnd    bool     // KindArray: elements up to the end of the body
	Elem     *Type    // KindArray: the type of an element
	Fields   []*Field // KindStruct
	Enum     *Enum    // KindUint: the values it may have
	Flags    bool     // KindUint: a set of bits, named by Protocol.Features; unknown bits are ignored
	ErrorSet bool     // KindUint: the codes of Protocol.Errors; unknown codes are allowed
	Ignore   bool     // numbers, bits, bytes of a size, rest: skipped without a look, and zero (rest: nothing) when it is sent. It is no value of the message
	Const    *Value   // numbers, strings, bytes: the only value. It is no value of the message

	Min, Max *uint64  // KindInt: the bits of an int64. Other numbers: the value; string and bytes: size in bytes; array: elements. nil: no limit but the width's
	Chars    *Range   // strings: limits in characters (Unicode code points)
	ASCII    *CharSet // strings: the ASCII characters that are allowed; nil: all
	Profile  *Profile // strings: judges characters beyond ASCII
	Error    *Error   // what a breach of a limit earns; nil: the error of the check "limits"
	Fresh    bool     // values must be new in every run of a test
	Secret   bool     // never shown, logged or printed
	Unit     string   // "s", "ms" or ""
	Eg       *Value   // an example value
	Examples []*Example
	Doc      string
	Pos      Pos
}

// A Range is an inclusive range.
type Range struct{ Min, Max uint64 }

// A Profile is a string profile (PRECIS) that judges and maps what ASCII cannot say.
type Profile struct {
	Name    string   // "UsernameCaseMapped" or "OpaqueString"
	Feature *Feature // without it characters beyond ASCII are outside the limits; nil: always on
}

// An Example is one line of an example list. Exactly one of its members is set.
type Example struct {
	Accept, Reject *string
	Equal          []string // two or more spellings of one identity
	Pos            Pos
}
