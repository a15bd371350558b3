package wide_test

import (
	"testing"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/codec/internal/codectest"
	"github.com/wirelaw/wirelaw/codec/internal/wide"
	"github.com/wirelaw/wirelaw/spec"
)

func TestVectors(t *testing.T)     { suite(t).Vectors(t) }
func TestTruncation(t *testing.T)  { suite(t).Truncation(t) }
func TestValues(t *testing.T)      { suite(t).Values(t) }
func TestDamaged(t *testing.T)     { suite(t).Damaged(t) }
func TestAllocations(t *testing.T) { suite(t).Allocations(t) }
func FuzzAgreement(f *testing.F)   { suite(f).Agreement(f) }

func suite(t testing.TB) *codectest.Frames {
	t.Helper()
	return &codectest.Frames{
		Spec: codectest.Load(t, "spec/testdata/wide.yaml"),
		Decode: func(state int, from spec.Direction, frame []byte, p codec.Profiles) (uint64, any, error) {
			if from == spec.FromClient {
				id, m, err := wide.DecodeClientFrame(wide.State(state), frame, p)
				return uint64(id), m, err
			}
			id, m, err := wide.DecodeServerFrame(wide.State(state), frame)
			return uint64(id), m, err
		},
		New: func(name string) any { return wide.NewMessage(name) },
		Append: func(dst []byte, id uint64, m any) ([]byte, error) {
			return wide.AppendFrame(dst, uint8(id), m.(wide.Message))
		},
	}
}
