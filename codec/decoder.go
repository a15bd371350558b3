package codec

import (
	"encoding/binary"
	"unicode/utf8"
	"unsafe"
)

// A Format is what all messages of a protocol have in common.
type Format struct {
	Header int    // bytes before the body
	Little bool   // the lowest byte of a number comes first
	Layout Demand // what a body that is not laid out as it should be earns
}

// Memory says who owns the strings and bytes of a decoded message.
type Memory bool

// The two kinds of memory.
const (
	Copied Memory = false // the message owns them
	Viewed Memory = true  // they alias the body and are valid only as long as it is
)

// A Decoder reads the fields of one body in their order. The first error sticks: what is read after it is zero, and
// nothing needs to be checked before the end. It is for generated code.
type Decoder struct {
	body     []byte
	off      int
	base     int // where the body begins in the frame
	format   *Format
	memory   Memory
	message  string
	profiles Profiles
	err      *Error
	bad      *Error // the first value that breaks a limit that only its bytes can tell, as of a bool: judged with the limits
	badBit   int    // the first bit of that value in its first byte
}

// NewDecoder returns a decoder of one body. A nil p lets characters beyond ASCII through.
func NewDecoder(f *Format, message string, body []byte, memory Memory, p Profiles) Decoder {
	return Decoder{body: body, base: f.Header, format: f, memory: memory, message: message, profiles: p}
}

// OK reports whether nothing has gone wrong so far.
func (d *Decoder) OK() bool { return d.err == nil }

// Err returns the first error, a *Error, or nil.
func (d *Decoder) Err() error {
	if d.err == nil {
		return nil
	}
	return d.err
}

// Offset returns how many bytes of the body have been read.
func (d *Decoder) Offset() int { return d.off }

func (d *Decoder) fail(field string, off int, because string) {
	d.err = &Error{
		Message: d.message, Field: field, Offset: d.base + off, Because: because,
		Code: d.format.Layout.Code, Name: d.format.Layout.Name,
	}
	d.off = len(d.body)
}

// take returns the next n bytes, or nil with an error that says that the body ends within the field that began at off.
func (d *Decoder) take(field string, off, n int) []byte {
	if d.err != nil {
		return nil
	}
	if n > len(d.body)-d.off {
		d.fail(field, off, BecauseTruncated)
		return nil
	}
	b := d.body[d.off : d.off+n : d.off+n]
	d.off += n
	return b
}

// U8 reads a number of one byte.
func (d *Decoder) U8(field string) uint8 {
	b := d.take(field, d.off, 1)
	if b == nil {
		return 0
	}
	return b[0]
}

// U16 reads a number of two bytes.
func (d *Decoder) U16(field string) uint16 {
	b := d.take(field, d.off, 2)
	switch {
	case b == nil:
		return 0
	case d.format.Little:
		return binary.LittleEndian.Uint16(b)
	}
	return binary.BigEndian.Uint16(b)
}

// U24 reads a number of three bytes.
func (d *Decoder) U24(field string) uint32 {
	b := d.take(field, d.off, 3)
	switch {
	case b == nil:
		return 0
	case d.format.Little:
		return uint32(UintLE(b))
	}
	return uint32(Uint(b))
}

// U32 reads a number of four bytes.
func (d *Decoder) U32(field string) uint32 {
	b := d.take(field, d.off, 4)
	switch {
	case b == nil:
		return 0
	case d.format.Little:
		return binary.LittleEndian.Uint32(b)
	}
	return binary.BigEndian.Uint32(b)
}

// U64 reads a number of eight bytes.
func (d *Decoder) U64(field string) uint64 {
	b := d.take(field, d.off, 8)
	switch {
	case b == nil:
		return 0
	case d.format.Little:
		return binary.LittleEndian.Uint64(b)
	}
	return binary.BigEndian.Uint64(b)
}

// Bool reads a bool: 1 is true. A byte other than 0 and 1 is no error of layout: it breaks l, which is judged in its
// turn, and until then it counts as false.
func (d *Decoder) Bool(field string, l *Limits) bool {
	off := d.off
	v := d.U8(field)
	if v > 1 {
		d.note(field, d.base+off, 0, BecauseBool, l)
	}
	return v == 1
}

// note keeps the first value that breaks a limit that only its bytes can tell.
func (d *Decoder) note(field string, offset, bit int, because string, l *Limits) {
	if d.bad == nil && d.err == nil {
		d.bad = &Error{
			Message: d.message, Field: field, Offset: offset, Because: because,
			Code: l.Demand.Code, Name: l.Demand.Name,
		}
		d.badBit = bit
	}
}

// length reads a number of width bytes that says how long the rest of a field is. It is compared with the bytes at
// hand: n elements of at least size bytes each.
func (d *Decoder) length(field string, width, size int) (n int) {
	off := d.off
	b := d.take(field, off, width)
	if b == nil {
		return 0
	}
	v := d.number(b)
	if v > uint64((len(d.body)-d.off)/size) {
		d.fail(field, off, BecauseTruncated)
		return 0
	}
	return int(v)
}

// number is the number in b.
func (d *Decoder) number(b []byte) uint64 {
	switch {
	case len(b) == 1:
		return uint64(b[0])
	case d.format.Little:
		return UintLE(b)
	case len(b) == 2:
		return uint64(binary.BigEndian.Uint16(b))
	case len(b) == 4:
		return uint64(binary.BigEndian.Uint32(b))
	}
	return Uint(b)
}

// String reads a string after a length of width bytes.
func (d *Decoder) String(field string, width int) string {
	off := d.off
	return d.text(field, off, d.take(field, off, d.length(field, width, 1)))
}

// text is b as a string that is UTF-8.
func (d *Decoder) text(field string, off int, b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if !utf8.Valid(b) {
		d.fail(field, off, BecauseUTF8)
		return ""
	}
	if d.memory == Viewed {
		return unsafe.String(unsafe.SliceData(b), len(b))
	}
	return string(b)
}

// Bytes reads bytes after a length of width bytes. No bytes are nil.
func (d *Decoder) Bytes(field string, width int) []byte {
	off := d.off
	return d.own(d.take(field, off, d.length(field, width, 1)))
}

// Fixed fills dst, whose size the table fixes.
func (d *Decoder) Fixed(field string, dst []byte) {
	copy(dst, d.take(field, d.off, len(dst)))
}

// Rest reads all bytes up to the end of the body. No bytes are nil.
func (d *Decoder) Rest() []byte {
	return d.own(d.take("", d.off, len(d.body)-d.off))
}

// Skip skips all bytes up to the end of the body.
func (d *Decoder) Skip() { d.off = len(d.body) }

func (d *Decoder) own(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	if d.memory == Viewed {
		return b
	}
	return append(make([]byte, 0, len(b)), b...)
}

// Count reads the number of elements of an array, width bytes wide. It fails if elements of at least size bytes each
// cannot be in the bytes at hand.
func (d *Decoder) Count(field string, width, size int) int {
	return d.length(field, width, size)
}

// Index names the element of an array that began at off in errors that arose in it: what is said of field is now said
// of field[i].
func (d *Decoder) Index(field string, off, i int) {
	d.err.index(field, i)
	if d.bad != nil && d.bad.Offset >= d.base+off {
		d.bad.index(field, i)
	}
}

// End makes bytes that are left over an error. It reports whether the layout is right.
func (d *Decoder) End() bool {
	if d.err == nil && d.off < len(d.body) {
		d.fail("", d.off, BecauseTrailing)
	}
	return d.err == nil
}

// Checker returns a checker of the fields that begin at off in the body.
func (d *Decoder) Checker(off int) Checker {
	return Checker{message: d.message, off: d.base + off, profiles: d.profiles, valid: true}
}

// Judge takes over what a checker found in the fields from off on: of that and of a bool out of its limits, what comes
// first in the body.
func (d *Decoder) Judge(c *Checker, off int) {
	d.judge(c, d.base+off)
}

// A Breach is one that is judged later.
type Breach struct {
	err *Error
	bit int
}

// SetAside forgets, until TakeBack, what the bytes before have broken: an early field is judged before that.
func (d *Decoder) SetAside() Breach {
	b := Breach{d.bad, d.badBit}
	d.bad = nil
	return b
}

// TakeBack goes on with what SetAside has returned.
func (d *Decoder) TakeBack(b Breach) {
	if b.err != nil {
		d.bad, d.badBit = b.err, b.bit
	}
}

// judge takes over what comes first in the frame from offset on.
func (d *Decoder) judge(c *Checker, offset int) {
	d.err = c.err
	if d.bad != nil && d.bad.Offset >= offset && (c.err == nil || d.bad.Offset < c.err.Offset ||
		d.bad.Offset == c.err.Offset && d.badBit < c.bit) {
		d.err = d.bad
	}
	if d.err != nil {
		d.off = len(d.body)
	}
}
