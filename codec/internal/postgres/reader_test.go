package postgres_test

import (
	"io"
	"testing"

	"github.com/wirelaw/wirelaw/codec/internal/postgres"
	"github.com/wirelaw/wirelaw/spec"
)

func TestStreams(t *testing.T) {
	suite(t).Streams(t, func(from spec.Direction, src io.Reader) func(state int) (any, error) {
		r := postgres.NewReader(src)
		return func(state int) (any, error) {
			switch s := postgres.State(state); {
			case s == postgres.StateStartup && from == spec.FromClient:
				h, body, err := r.NextStartup(postgres.MaxStartupBody)
				if err != nil {
					return nil, err
				}
				return postgres.DecodeStartup(h, body, nil)
			case s == postgres.StateAskedTLS || s == postgres.StateAskedGSS:
				h, err := r.NextAnswer()
				if err != nil {
					return nil, err
				}
				return postgres.DecodeAnswer(h)
			default:
				h, body, err := r.Next(postgres.MaxBody)
				if err != nil {
					return nil, err
				}
				if from == spec.FromClient {
					return postgres.DecodeClient(s, h, body, nil)
				}
				return postgres.DecodeServer(h, body)
			}
		}
	})
}
