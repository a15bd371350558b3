package odd_test

import (
	_ "embed"
	"testing"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/codec/internal/codectest"
	"github.com/wirelaw/wirelaw/codec/internal/odd"
	"github.com/wirelaw/wirelaw/spec"
)

//go:embed odd.yaml
var source []byte

func TestVectors(t *testing.T)    { suite(t).Vectors(t) }
func TestTruncation(t *testing.T) { suite(t).Truncation(t) }
func TestValues(t *testing.T)     { suite(t).Values(t) }
func TestDamaged(t *testing.T)    { suite(t).Damaged(t) }
func FuzzAgreement(f *testing.F)  { suite(f).Agreement(f) }

func suite(t testing.TB) *codectest.Package {
	t.Helper()
	p, err := spec.Load("codec/internal/odd/odd.yaml", source)
	if err != nil {
		t.Fatal(err)
	}
	return &codectest.Package{
		Spec: p,
		Decode: func(from spec.Direction, frame []byte, p codec.Profiles) (any, error) {
			if from == spec.FromClient {
				return odd.DecodeClient(odd.ParseHeader(frame), frame[odd.HeaderSize:], p)
			}
			return odd.DecodeServer(odd.ParseHeader(frame), frame[odd.HeaderSize:])
		},
		New: func(from spec.Direction, opcode uint64) codectest.Message {
			if from == spec.FromClient {
				return odd.NewClientMessage(odd.Opcode(opcode))
			}
			return odd.NewServerMessage(odd.Opcode(opcode))
		},
		Append: func(dst []byte, id uint64, m any) ([]byte, error) {
			return odd.AppendFrame(dst, uint16(id), m.(odd.Message))
		},
		Request: func(state int, frame []byte, p codec.Profiles) (any, uint64, error) {
			h := &handler{}
			s, hd := odd.State(state), odd.ParseHeader(frame)
			err := odd.CheckHeader(s, hd)
			if err == nil {
				if e := odd.Dispatch(h, s, hd, frame[odd.HeaderSize:], p); e != nil {
					err = e.(*odd.Fault)
				}
			}
			if err != nil {
				return h.got, uint64(err.ErrorValue), err
			}
			return h.got, 0, nil
		},
	}
}

// handler notes what it gets.
type handler struct{ got any }

func (h *handler) Types(_ uint16, m *odd.Types) error { h.got = m; return nil }
