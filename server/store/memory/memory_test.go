package memory

import (
	"testing"

	"github.com/wirelaw/wirelaw/server/store"
	"github.com/wirelaw/wirelaw/server/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Opener {
		return func(o store.Options) (store.Store, error) { return Open(o), nil }
	})
}
