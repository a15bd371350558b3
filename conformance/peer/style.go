package peer

import (
	"bytes"
	"math/rand/v2"
	"time"

	"github.com/wirelaw/wirelaw/spec"
)

// A Style is a choice that a right server is free to make. The zero value is the usual one.
type Style struct {
	Cut   func(frames [][]byte) [][]byte // how what waits is cut into writes; nil: a frame a write
	Delay time.Duration                  // before every write

	Agent        string
	Window, Page uint64 // 0: 256, 100
	Inbox        uint64 // 0: 10000
	KeyRetention uint64 // 0: 3600
	TokenLife    uint64 // 0: a day
	Bits         uint64 // announced beside the features, and known to nobody
	First, Gap   uint64 // the first of the numbers that are given out, and the step between them; 0: 1
	Sparse       bool   // pages of a listing hold one account, and every other one is empty, the first too
	Cursor       int    // bytes of a cursor; 0: as it comes
	Token        int    // bytes of a token; 0: 16
	ErrorText    func(*spec.Error) string
	GoodbyeText  string
	Late         time.Duration // deliveries wait so long, unless the recipient asks for the fence
	Strings      Strings       // what is beyond ASCII; nil: UNICODE_NAMES is not announced
	Silent       bool          // closes without GOODBYE where it may
	AcksUndone   bool          // a kill undoes all acknowledgements
}

func (st Style) filled() Style {
	set := func(n *uint64, usual uint64) {
		if *n == 0 {
			*n = usual
		}
	}
	set(&st.Window, 256)
	set(&st.Page, 100)
	set(&st.Inbox, 10000)
	set(&st.KeyRetention, 3600)
	set(&st.TokenLife, 86400)
	set(&st.First, 1)
	set(&st.Gap, 1)
	if st.Token == 0 {
		st.Token = 16
	}
	if st.Agent == "" {
		st.Agent = "model/1.0"
	}
	if st.Cut == nil {
		st.Cut = func(frames [][]byte) [][]byte { return frames }
	}
	if st.ErrorText == nil {
		st.ErrorText = func(e *spec.Error) string { return "this is " + e.Name }
	}
	return st
}

// OneByte writes a byte at a time, and what is behind the first 200 bytes of a frame in pieces of 499.
func OneByte(frames [][]byte) (parts [][]byte) {
	for _, f := range frames {
		for i, n := 0, 1; i < len(f); i += n {
			if n = 1; i >= 200 {
				n = min(499, len(f)-i)
			}
			parts = append(parts, f[i:i+n])
		}
	}
	return parts
}

// Joined writes all that waits at once.
func Joined(frames [][]byte) [][]byte { return [][]byte{bytes.Join(frames, nil)} }

// Scattered cuts anywhere. The same seed gives the same cuts of the same bytes.
func Scattered(seed uint64) func([][]byte) [][]byte {
	return func(frames [][]byte) (parts [][]byte) {
		all := bytes.Join(frames, nil)
		r := rand.New(rand.NewPCG(seed, uint64(len(all))))
		for len(all) > 0 {
			n := min(len(all), 1+r.IntN(1+r.IntN(300)))
			parts, all = append(parts, all[:n]), all[n:]
		}
		return parts
	}
}
