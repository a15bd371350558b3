package mqtt_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/codec/internal/mqtt"
)

// A frame over the limit is refused before its body is read, and what follows it can be read.
func TestNextRefuses(t *testing.T) {
	long, err := mqtt.AppendFrame(nil, &mqtt.Publish{Topic: "a", Payload: []byte(strings.Repeat("x", 200))})
	if err != nil {
		t.Fatal(err)
	}
	ping, err := mqtt.AppendFrame(nil, &mqtt.Pingreq{})
	if err != nil {
		t.Fatal(err)
	}
	r := mqtt.NewReader(strings.NewReader(string(long) + string(ping)))
	_, _, err = r.Next(202)
	if e, ok := errors.AsType[*codec.Error](err); !ok || e.Because != codec.BecauseMax || e.Limit != 202 || e.Unit != codec.UnitBytes || e.Offset != 1 {
		t.Errorf("over the limit: %v", err)
	}
	if h, body, err := r.Next(202); err != nil || h.Type != mqtt.OpPingreq || len(body) != 0 {
		t.Errorf("after it: %+v, %x, %v", h, body, err)
	}
	if _, _, err := r.Next(202); err != io.EOF {
		t.Errorf("at the end: %v", err)
	}
	r = mqtt.NewReader(strings.NewReader("\x30\x80\x80\x80\x80\x01"))
	_, _, err = r.Next(202)
	if e, ok := errors.AsType[*codec.Error](err); !ok || e.Because != codec.BecauseVarint || e.Offset != 1 {
		t.Errorf("an impossible length: %v", err)
	}
}
