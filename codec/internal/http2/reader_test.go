package http2_test

import (
	"io"
	"testing"

	"github.com/wirelaw/wirelaw/codec/internal/http2"
	"github.com/wirelaw/wirelaw/spec"
)

func TestStreams(t *testing.T) {
	suite(t).Streams(t, func(from spec.Direction, src io.Reader) func(state int) (any, error) {
		r := http2.NewReader(src)
		return func(state int) (any, error) {
			h, body, err := r.Next(http2.MaxBody)
			if err != nil {
				return nil, err
			}
			if from == spec.FromClient {
				return http2.DecodeClient(h, body, nil)
			}
			return http2.DecodeServer(h, body)
		}
	})
}
