package mini_test

import (
	"os"
	"testing"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/codec/internal/codectest"
	"github.com/wirelaw/wirelaw/codec/internal/mini"
	"github.com/wirelaw/wirelaw/spec"
)

func TestVectors(t *testing.T)    { suite(t).Vectors(t) }
func TestTruncation(t *testing.T) { suite(t).Truncation(t) }
func TestValues(t *testing.T)     { suite(t).Values(t) }
func TestDamaged(t *testing.T)    { suite(t).Damaged(t) }
func FuzzAgreement(f *testing.F)  { suite(f).Agreement(f) }

func suite(t testing.TB) *codectest.Package {
	t.Helper()
	source, err := os.ReadFile("../../../spec/testdata/base.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, err := spec.Load("spec/testdata/base.yaml", source)
	if err != nil {
		t.Fatal(err)
	}
	return &codectest.Package{
		Spec: p,
		Decode: func(from spec.Direction, frame []byte, p codec.Profiles) (any, error) {
			if from == spec.FromClient {
				return mini.DecodeClient(mini.ParseHeader(frame), frame[mini.HeaderSize:], p)
			}
			return mini.DecodeServer(mini.ParseHeader(frame), frame[mini.HeaderSize:])
		},
		New: func(from spec.Direction, opcode uint64) codectest.Message {
			if from == spec.FromClient {
				return mini.NewClientMessage(mini.Opcode(opcode))
			}
			return mini.NewServerMessage(mini.Opcode(opcode))
		},
		Append: func(dst []byte, id uint64, m any) ([]byte, error) {
			return mini.AppendFrame(dst, uint8(id), m.(mini.Message))
		},
		Request: func(state int, frame []byte, p codec.Profiles) (any, uint64, error) {
			h := &handler{}
			s, hd := mini.State(state), mini.ParseHeader(frame)
			err := mini.CheckHeader(s, hd)
			if err == nil {
				if e := mini.Dispatch(h, s, hd, frame[mini.HeaderSize:], p); e != nil {
					err = e.(*mini.No)
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

func (h *handler) Enter(_ uint8, m *mini.Enter) error { h.got = m; return nil }
func (h *handler) Say(_ uint8, m *mini.Say) error     { h.got = m; return nil }
func (h *handler) Leave(_ uint8, m *mini.Leave) error { h.got = m; return nil }
func (h *handler) Ping(_ uint8, m *mini.Ping) error   { h.got = m; return nil }
