package codec

// This file reads what frames of other shapes are made of: headers that are more than an opcode and a length, values
// that end at a byte or with what is counted, numbers of less than a byte.

// NewFrameDecoder returns a decoder of the body of a frame whose header takes base bytes.
func NewFrameDecoder(f *Format, message string, base int, body []byte, memory Memory, p Profiles) Decoder {
	return Decoder{body: body, base: base, format: f, memory: memory, message: message, profiles: p}
}

// FrameChecker returns a checker of the whole frame, from its header on.
func (d *Decoder) FrameChecker() Checker {
	return Checker{message: d.message, base: d.base, profiles: d.profiles, valid: true}
}

// JudgeFrame takes over what a checker of the whole frame found.
func (d *Decoder) JudgeFrame(c *Checker) { d.judge(c, 0) }

// HeadConst judges, with the limits, a constant of the header that begins at offset in the frame, with the given bit of
// that byte.
func (d *Decoder) HeadConst(field string, offset, bit int, ok bool, l *Limits) {
	if !ok {
		d.note(field, offset, bit, BecauseConst, l)
	}
}

// Const judges, with the limits, a constant that began at off in the body, with the given bit of that byte.
func (d *Decoder) Const(field string, off, bit int, ok bool, l *Limits) {
	if !ok {
		d.note(field, d.base+off, bit, BecauseConst, l)
	}
}

// Length is a breach of the layout by the length field that begins at offset in the frame: it counts n bytes where there
// are want.
func (d *Decoder) Length(field string, offset int, n, want uint64) {
	if n != want && d.err == nil {
		d.fail(field, offset-d.base, BecauseLength)
	}
}

// A BitField is one field of a run of bit fields, which fill whole bytes together.
type BitField struct {
	Name  string
	First int // its first bit in the run; 0 is the highest bit of the first byte
	Bits  int
}

// Run reads a run of bit fields as one number, the highest bit first. It is at most 8 bytes long.
func (d *Decoder) Run(size int, fields []BitField) uint64 {
	if d.err != nil {
		return 0
	}
	if left := len(d.body) - d.off; size > left {
		for _, f := range fields {
			if f.First+f.Bits > 8*left {
				d.fail(f.Name, d.off+f.First/8, BecauseTruncated)
				return 0
			}
		}
	}
	return Uint(d.take("", d.off, size))
}

// Varint reads a number of at most size bytes of seven bits each, the lowest first, in its shortest form.
func (d *Decoder) Varint(field string, size int) uint64 {
	if d.err != nil {
		return 0
	}
	v, n, ok := Varint(d.body[d.off:], size)
	switch {
	case !ok:
		d.fail(field, d.off, BecauseVarint)
	case n == 0:
		d.fail(field, d.off, BecauseTruncated)
	default:
		d.off += n
	}
	return v
}

// part returns the next n bytes, as take does.
func (d *Decoder) part(field string, n uint64) []byte {
	if d.err == nil && n > uint64(len(d.body)-d.off) {
		d.fail(field, d.off, BecauseTruncated)
	}
	if d.err != nil {
		return nil
	}
	return d.take(field, d.off, int(n))
}

// until returns the bytes before the next one that is end, which is passed over.
func (d *Decoder) until(field string, end byte) []byte {
	if d.err != nil {
		return nil
	}
	for i, c := range d.body[d.off:] {
		if c == end {
			b := d.take(field, d.off, i)
			d.off++
			return b
		}
	}
	d.fail(field, d.off, BecauseTruncated)
	return nil
}

// StringOf reads a string of n bytes.
func (d *Decoder) StringOf(field string, n uint64) string {
	off := d.off
	return d.text(field, off, d.part(field, n))
}

// StringUntil reads a string that ends before the byte end.
func (d *Decoder) StringUntil(field string, end byte) string {
	off := d.off
	return d.text(field, off, d.until(field, end))
}

// BytesOf reads n bytes. No bytes are nil.
func (d *Decoder) BytesOf(field string, n uint64) []byte { return d.own(d.part(field, n)) }

// BytesUntil reads the bytes before the byte end. No bytes are nil.
func (d *Decoder) BytesUntil(field string, end byte) []byte { return d.own(d.until(field, end)) }

// Nullable reads bytes after a length of width bytes; -1 stands for no value, which is nil. No bytes are not nil.
func (d *Decoder) Nullable(field string, width int) []byte {
	if d.err != nil {
		return nil
	}
	rest := d.body[d.off:]
	if len(rest) < width {
		d.fail(field, d.off, BecauseTruncated)
		return nil
	}
	n := d.number(rest[:width])
	rest = rest[width:]
	switch {
	case n == 1<<(8*width)-1:
		d.off += width
		return nil
	case n > uint64(len(rest)):
		d.fail(field, d.off, BecauseTruncated)
		return nil
	}
	d.off += width + int(n)
	b := rest[:n:n]
	if d.memory == Viewed {
		return b
	}
	return append(make([]byte, 0, len(b)), b...)
}

// RestBut reads all bytes but the last tail ones. No bytes are nil.
func (d *Decoder) RestBut(field string, tail uint64) []byte {
	left := uint64(len(d.body) - d.off)
	if d.err == nil && tail > left {
		d.fail(field, d.off, BecauseTruncated)
	}
	if d.err != nil {
		return nil
	}
	return d.own(d.take(field, d.off, int(left-tail)))
}

// Pass passes over n bytes.
func (d *Decoder) Pass(field string, n uint64) { d.part(field, n) }

// More reports whether an element of an array begins here, and not the byte end, which is passed over.
func (d *Decoder) More(field string, off int, end byte) bool {
	switch {
	case d.err != nil:
		return false
	case d.off == len(d.body):
		d.fail(field, off, BecauseTruncated)
		return false
	case d.body[d.off] == end:
		d.off++
		return false
	}
	return true
}

// Remaining returns how many bytes are left.
func (d *Decoder) Remaining() int { return len(d.body) - d.off }

// Left reports whether nothing has gone wrong and bytes are left.
func (d *Decoder) Left() bool { return d.err == nil && d.off < len(d.body) }

// Enter takes the next n bytes, the part that a length counts, for all there is, until Leave gets what Enter has returned.
// If there are not so many, field is truncated.
func (d *Decoder) Enter(field string, n uint64) (outer []byte) {
	if d.err == nil && n > uint64(len(d.body)-d.off) {
		d.fail(field, d.off, BecauseTruncated)
	}
	if d.err != nil {
		return nil
	}
	outer = d.body
	d.body = d.body[:d.off+int(n)]
	return outer
}

// Leave goes back to all bytes. What is left of the part, or would not fit into it, makes the length wrong, which begins at
// offset in the frame.
func (d *Decoder) Leave(outer []byte, length string, offset int) {
	switch {
	case outer == nil: // something went wrong before
		return
	case d.err != nil && d.err.Because == BecauseTruncated:
		d.err = nil
		d.fail(length, offset-d.base, BecauseLength)
	case d.err == nil && d.off < len(d.body):
		d.fail(length, offset-d.base, BecauseLength)
	}
	d.body = outer
}

// FrameOffset returns how many bytes of the frame have been read.
func (d *Decoder) FrameOffset() int { return d.base + d.off }

// IndexError is Index where nothing but an error can have arisen in the element.
func (d *Decoder) IndexError(field string, i int) { d.err.index(field, i) }

// Within names the struct that began at off in errors that arose in it: what is said of x is now said of field.x.
func (d *Decoder) Within(field string, off int) {
	d.err.within(field)
	if d.bad != nil && d.bad.Offset >= d.base+off {
		d.bad.within(field)
	}
}

// within puts the name of the struct before the field's path.
func (e *Error) within(field string) {
	if e != nil {
		e.Field = field + "." + e.Field
	}
}
