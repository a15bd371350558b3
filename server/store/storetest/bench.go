package storetest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/server/store"
)

// BenchmarkAppend measures appends of 100 bytes by 1, 16 and 256 callers at a
// time, each of whom waits for its receipt before its next append and sends to an
// inbox of its own.
func BenchmarkAppend(b *testing.B, open Opener) {
	for _, callers := range []int{1, 16, 256} {
		b.Run(fmt.Sprint(callers), func(b *testing.B) {
			s, err := open(store.Options{InboxLimit: 1 << 40})
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			text := strings.Repeat("x", 100)
			work := make(chan uint64, callers)
			done := make(chan error, callers)
			for c := range callers {
				a, err := s.Create(background, fmt.Sprint(c), "name", "hash")
				if err != nil {
					b.Fatal(err)
				}
				go func() {
					var err error
					for n := range work {
						m := store.Message{Key: keyOf(n), From: sender(a), To: a.Identity, Text: text}
						if _, e := s.Append(background, m).Result(); e != nil {
							err = e
						}
					}
					done <- err
				}()
			}
			b.ResetTimer()
			for n := range b.N {
				work <- uint64(n)
			}
			close(work)
			for range callers {
				if err := <-done; err != nil {
					b.Error(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
		})
	}
}
