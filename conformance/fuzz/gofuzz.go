package fuzz

// The only file that knows gofuzz. Its traps: a nil interface panics, a byte costs sixteen bytes of input, a spent source
// turns pseudo-random, and building a Fuzzer is dear. So there is one Fuzzer for each generator, everything it fills is a
// pointer to a type of ours, and choices take their bytes from the source directly.

import (
	"math/rand"

	gofuzz "github.com/google/gofuzz"

	"github.com/wirelaw/wirelaw/spec"
)

// A slot asks for a value of a field.
type slot struct {
	field *spec.Field
	typ   *spec.Type
	mood  mood
	value any
}

// blob is a short run of arbitrary bytes, words a string of arbitrary characters.
type (
	blob  []byte
	words string
)

// filler fills slots, blobs and words from a source.
type filler struct {
	src *source
	fz  *gofuzz.Fuzzer
}

// newFiller builds the functions from the table: makers has one for every type that a client may send.
func newFiller(makers map[*spec.Type]func(*slot)) *filler {
	f := &filler{src: &source{}}
	f.fz = gofuzz.New().NilChance(0).MaxDepth(16).RandSource(rand.Source64(f.src)).Funcs(
		func(s *slot, _ gofuzz.Continue) { makers[s.typ](s) },
		func(b *blob, _ gofuzz.Continue) {
			*b = make([]byte, f.src.pick(24))
			for i := range *b {
				(*b)[i] = f.src.byte()
			}
		},
		func(w *words, c gofuzz.Continue) {
			if f.src.spent() {
				return
			}
			*w = words(c.RandString())
		},
	)
	return f
}

// feed gives the bytes for the next session.
func (f *filler) feed(data []byte) { f.src.data, f.src.pos = data, 0 }

func (f *filler) slot(s *slot) { f.fz.Fuzz(s) }

func (f *filler) blob() []byte {
	var b blob
	f.fz.Fuzz(&b)
	return b
}

func (f *filler) words() string {
	var w words
	f.fz.Fuzz(&w)
	return string(w)
}
