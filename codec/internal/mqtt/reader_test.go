package mqtt_test

import (
	"io"
	"testing"

	"github.com/wirelaw/wirelaw/codec/internal/mqtt"
	"github.com/wirelaw/wirelaw/spec"
)

func TestStreams(t *testing.T) {
	suite(t).Streams(t, func(from spec.Direction, src io.Reader) func(state int) (any, error) {
		r := mqtt.NewReader(src)
		return func(state int) (any, error) {
			h, body, err := r.Next(mqtt.MaxBody)
			if err != nil {
				return nil, err
			}
			if from == spec.FromClient {
				return mqtt.DecodeClient(h, body, nil)
			}
			return mqtt.DecodeServer(h, body)
		}
	})
}
