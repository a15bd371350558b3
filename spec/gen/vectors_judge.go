package gen

import (
	"bytes"
	"errors"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// An outcome is what becomes of a frame. At most one member is set; none: it is incomplete.
type outcome struct {
	accept *dynamic.Message
	reject *codec.Error
	drop   bool // reject: without an answer, since the table ignores such frames
}

// judge says what becomes of a frame from one side in a state.
func (d *deriver) judge(state *spec.State, from spec.Direction, frame []byte) outcome {
	var msg *dynamic.Message
	var why *codec.Error
	drop := false
	if from == spec.FromClient && state != nil {
		var refused *spec.Error
		msg, refused, why = d.c.CheckRequest(state, frame, nil)
		drop = why != nil && refused == nil
	} else {
		var err error
		if msg, err = d.c.DecodeIn(state, from, frame, nil); err != nil && !errors.As(err, &why) {
			why = &codec.Error{Because: err.Error()}
		}
	}
	switch {
	case why == nil:
		return outcome{accept: msg}
	case why.Because == dynamic.Incomplete:
		return outcome{}
	}
	return outcome{reject: why, drop: drop}
}

// loose reports whether encoding what was accepted gives other bytes than the frame.
func (d *deriver) loose(o outcome, from spec.Direction, frame []byte) bool {
	if o.accept == nil {
		return false
	}
	again, err := d.encode(o.accept, from)
	return err != nil || !bytes.Equal(again, frame)
}

// encode returns the frame of a message as a side sends it.
func (d *deriver) encode(m *dynamic.Message, from spec.Direction) ([]byte, error) {
	return d.c.AppendFrom(nil, from, m)
}
