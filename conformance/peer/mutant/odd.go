package mutant

import (
	"math"
	"strings"
	"time"

	"github.com/wirelaw/wirelaw/conformance/peer"
	"github.com/wirelaw/wirelaw/spec"
)

// Odd returns chat servers that are right, but not as one is used to. None names a rule.
func Odd() []*peer.Fault {
	longest := func(e *spec.Error) string { return strings.Repeat("é", 512) }
	return []*peer.Fault{
		{Name: "odd/one-byte-a-write", Doc: "writes a byte at a time", Style: peer.Style{Cut: peer.OneByte}},
		{Name: "odd/scattered", Doc: "cuts what it writes anywhere", Style: peer.Style{Cut: peer.Scattered(7)}},
		{Name: "odd/joined", Doc: "waits 3 ms and writes all frames at once", Style: peer.Style{Cut: peer.Joined, Delay: 3 * time.Millisecond}},
		{Name: "odd/slow", Doc: "waits 10 ms before every write", Style: peer.Style{Delay: 10 * time.Millisecond}},
		{Name: "odd/late", Doc: "delivers 20 ms late, but for a fence", Style: peer.Style{Late: 20 * time.Millisecond}},
		{Name: "odd/smallest", Doc: "announces the least of everything, and nothing that it need not", Without: []string{"RESUME", "REGEX", "UNICODE_NAMES", "DURABLE"}, Style: peer.Style{
			Agent: "x", Window: 16, Page: 1, Inbox: 256, KeyRetention: 3600, Token: 1, ErrorText: func(*spec.Error) string { return "x" }, Silent: true,
		}},
		{Name: "odd/largest", Doc: "announces the most of everything, and features that nobody knows", Style: peer.Style{
			Agent: strings.Repeat("é", 32), Window: math.MaxUint16, Page: 1000, Inbox: math.MaxUint32, KeyRetention: math.MaxUint32,
			TokenLife: math.MaxUint32, Bits: 0xfffffff0, Token: 64, Cursor: 254, ErrorText: longest, GoodbyeText: strings.Repeat("é", 512),
		}},
		{Name: "odd/high-numbers", Doc: "begins its numbers near the top, and lets gaps between them", Style: peer.Style{First: 1<<63 + 1<<62, Gap: 1 << 40}},
		{Name: "odd/sparse-pages", Doc: "shows one account a page, and every other page is empty, the first too", Style: peer.Style{Sparse: true}},
		{Name: "odd/no-resume", Doc: "does not know RESUME", Without: []string{"RESUME"}},
		{Name: "odd/no-regex", Doc: "does not know REGEX", Without: []string{"REGEX"}},
		{Name: "odd/no-unicode", Doc: "does not know UNICODE_NAMES", Without: []string{"UNICODE_NAMES"}},
		{Name: "odd/acks-undone", Doc: "forgets in a crash what was acknowledged", Style: peer.Style{AcksUndone: true}},
		{Name: "odd/silent", Doc: "closes without GOODBYE where it may", Style: peer.Style{Silent: true}},
	}
}
