package mqtt_test

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/codec/internal/mqtt"
)

// A client connects and publishes; the server reads frame by frame, and follows the state of the connection.
func Example() {
	var stream []byte
	for _, m := range []mqtt.ClientMessage{
		&mqtt.Connect{CleanSession: true, KeepAlive: 60, ClientID: "kitchen"},
		&mqtt.Publish{Topic: "rooms/kitchen", QoS: 1, ID: 7, Payload: []byte("21.5")},
		&mqtt.Disconnect{},
	} {
		var err error
		if stream, err = mqtt.AppendFrame(stream, m); err != nil {
			fmt.Println(err)
		}
	}

	r := mqtt.NewReader(bytes.NewReader(stream))
	state := mqtt.StateConnecting
	for {
		h, body, err := r.Next(1024)
		if err != nil {
			fmt.Println(err)
			break
		}
		m, err := mqtt.DecodeClient(h, body, nil)
		if err != nil {
			fmt.Println(err)
			break
		}
		fmt.Println(state, m.Opcode(), state.LegalClient(m))
		switch m := m.(type) {
		case *mqtt.Connect:
			state = state.After(m).After(&mqtt.Connack{}) // accepted
		case *mqtt.Publish:
			fmt.Printf("%s: %s\n", m.Topic, m.Payload)
		}
	}

	_, err := mqtt.AppendFrame(nil, &mqtt.Publish{Topic: "rooms/#", Payload: []byte("21.5")})
	if e, ok := errors.AsType[*codec.Error](err); ok {
		fmt.Println(e.Field, e.Because, e.Offset)
	}
	// Output:
	// connecting CONNECT true
	// online PUBLISH true
	// rooms/kitchen: 21.5
	// online DISCONNECT true
	// EOF
	// topic ascii 2
}
