// Package codec is the runtime under generated protocol codecs: a bounded frame reader, a decoder whose error sticks,
// a checker of limits, and the typed error that both report.
//
// Generated packages hold what a table says; this package holds what all tables share. It knows no message, no opcode
// and no table, and it imports the standard library only. What only frames of other shapes than opcode, length and body need
// stands in the files whose names end in frame.
//
// Three laws hold throughout. A number from the wire is compared with the bytes at hand before anything is allocated
// from it. Encoding appends to the caller's buffer, and a length that does not fit is an error, never cut. Every
// refusal names the field, its offset in the frame and the limit that was broken.
package codec
