package memcached_test

import (
	"io"
	"testing"

	"github.com/wirelaw/wirelaw/codec/internal/memcached"
	"github.com/wirelaw/wirelaw/spec"
)

func TestStreams(t *testing.T) {
	suite(t).Streams(t, func(from spec.Direction, src io.Reader) func(state int) (any, error) {
		r := memcached.NewReader(src)
		return func(state int) (any, error) {
			if from == spec.FromClient {
				h, body, err := r.NextClient(memcached.MaxClientBody)
				if err != nil {
					return nil, err
				}
				return memcached.DecodeClient(h, body, nil)
			}
			h, body, err := r.NextServer(memcached.MaxServerBody)
			if err != nil {
				return nil, err
			}
			return memcached.DecodeServer(h, body)
		}
	})
}
