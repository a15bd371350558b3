package toy_test

import (
	_ "embed"
	"testing"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/codec/internal/codectest"
	"github.com/wirelaw/wirelaw/codec/internal/toy"
	"github.com/wirelaw/wirelaw/spec"
)

//go:embed toy.yaml
var source []byte

func TestVectors(t *testing.T)    { suite(t).Vectors(t) }
func TestTruncation(t *testing.T) { suite(t).Truncation(t) }
func TestValues(t *testing.T)     { suite(t).Values(t) }
func TestDamaged(t *testing.T)    { suite(t).Damaged(t) }
func FuzzAgreement(f *testing.F)  { suite(f).Agreement(f) }

func suite(t testing.TB) *codectest.Package {
	t.Helper()
	p, err := spec.Load("codec/internal/toy/toy.yaml", source)
	if err != nil {
		t.Fatal(err)
	}
	return &codectest.Package{
		Spec: p,
		Decode: func(from spec.Direction, frame []byte, p codec.Profiles) (any, error) {
			if from == spec.FromClient {
				return toy.DecodeClient(toy.ParseHeader(frame), frame[toy.HeaderSize:], p)
			}
			return toy.DecodeServer(toy.ParseHeader(frame), frame[toy.HeaderSize:])
		},
		New: func(from spec.Direction, opcode uint64) codectest.Message {
			if from == spec.FromClient {
				return toy.NewClientMessage(toy.Opcode(opcode))
			}
			return toy.NewServerMessage(toy.Opcode(opcode))
		},
		Append: func(dst []byte, id uint64, m any) ([]byte, error) {
			return toy.AppendFrame(dst, m.(toy.Message))
		},
		Request: func(state int, frame []byte, p codec.Profiles) (any, uint64, error) {
			h := &handler{}
			s, hd := toy.State(state), toy.ParseHeader(frame)
			err := toy.CheckHeader(s, hd)
			if err == nil {
				if e := toy.Dispatch(h, s, hd, frame[toy.HeaderSize:], p); e != nil {
					err = e.(*toy.Error)
				}
			}
			if err != nil {
				return h.got, uint64(err.Code), err
			}
			return h.got, 0, nil
		},
	}
}

// handler notes what it gets.
type handler struct{ got any }

func (h *handler) Draw(m *toy.Draw) error { h.got = m; return nil }
func (h *handler) Pack(m *toy.Pack) error { h.got = m; return nil }
func (h *handler) Ask(m *toy.Ask) error   { h.got = m; return nil }
