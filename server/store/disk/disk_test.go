package disk

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/wirelaw/wirelaw/server/store"
	"github.com/wirelaw/wirelaw/server/store/storetest"
)

func TestStore(t *testing.T) {
	for _, c := range []struct {
		name string
		keep int
	}{
		{"plain", 0},
		{"no unused inbox in memory", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			storetest.Run(t, func(t *testing.T) storetest.Opener {
				fs := vfs.NewMem()
				return func(o store.Options) (store.Store, error) {
					return Open("/data", Options{Options: o, fs: fs, keep: c.keep})
				}
			})
		})
	}
}

func TestStoreOnDisk(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Opener {
		dir := t.TempDir()
		return func(o store.Options) (store.Store, error) {
			return Open(dir, Options{Options: o})
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	storetest.BenchmarkAppend(b, func(o store.Options) (store.Store, error) {
		return Open(b.TempDir(), Options{Options: o})
	})
}

// BenchmarkLog is what the disk allows: one caller who writes as much as one
// append does, and syncs.
func BenchmarkLog(b *testing.B) {
	f, err := os.Create(filepath.Join(b.TempDir(), "log"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	record := make([]byte, 300)
	for range b.N {
		if _, err := f.Write(record); err != nil {
			b.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "sync/s")
}
