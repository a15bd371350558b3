package codec

// Length compares the n bytes of body that a header of header bytes promises, negative if it cannot be true, with those
// that there are. It returns nil if they are as many, else an error of the message as a whole.
func Length(message string, header int, n int64, have int, d Demand) *Error {
	e := Error{Message: message, Because: BecauseTruncated, Offset: header + have, Code: d.Code, Name: d.Name}
	switch {
	case n == int64(have):
		return nil
	case n < int64(have):
		e.Because, e.Offset = BecauseTrailing, header+int(max(n, 0))
	}
	return &e
}

// Fits returns b cut to the n bytes that a header promises, if it has more of them.
func Fits(b []byte, n int64) []byte {
	if n >= 0 && n < int64(len(b)) {
		return b[:n]
	}
	return b
}

// Has reports whether b holds want at offset off.
func Has(b []byte, off int, want string) bool {
	return len(b) >= off+len(want) && string(b[off:off+len(want)]) == want
}
