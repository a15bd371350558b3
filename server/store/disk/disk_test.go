package disk

import (
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
