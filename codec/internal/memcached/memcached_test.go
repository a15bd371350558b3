package memcached_test

import (
	"testing"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/codec/internal/codectest"
	"github.com/wirelaw/wirelaw/codec/internal/memcached"
	"github.com/wirelaw/wirelaw/spec"
)

func TestVectors(t *testing.T)     { suite(t).Vectors(t) }
func TestTruncation(t *testing.T)  { suite(t).Truncation(t) }
func TestCaptures(t *testing.T)    { suite(t).Captures(t, 40) }
func TestValues(t *testing.T)      { suite(t).Values(t) }
func TestDamaged(t *testing.T)     { suite(t).Damaged(t) }
func TestAllocations(t *testing.T) { suite(t).Allocations(t) }
func FuzzAgreement(f *testing.F)   { suite(f).Agreement(f) }

func suite(t testing.TB) *codectest.Frames {
	t.Helper()
	return &codectest.Frames{
		Spec: codectest.Load(t, "testdata/specs/memcached.yaml"),
		Decode: func(state int, from spec.Direction, frame []byte, p codec.Profiles) (uint64, any, error) {
			if from == spec.FromClient {
				id, m, err := memcached.DecodeClientFrame(frame, p)
				return uint64(id), m, err
			}
			id, m, err := memcached.DecodeServerFrame(frame)
			return uint64(id), m, err
		},
		New: func(name string) any { return memcached.NewMessage(name) },
		Append: func(dst []byte, id uint64, m any) ([]byte, error) {
			return memcached.AppendFrame(dst, uint32(id), m.(memcached.Message))
		},
	}
}
