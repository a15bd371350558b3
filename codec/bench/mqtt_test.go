package bench

import (
	"bytes"
	"io"
	"testing"

	"github.com/eclipse/paho.mqtt.golang/packets"

	"github.com/wirelaw/wirelaw/codec/internal/mqtt"
)

// Both sides read from a stream, and own what they have read.
func mqttDuels(t testing.TB) (out []duel) {
	const peer = "paho packets"
	payload := bytes.Repeat([]byte("x"), 128)
	publish := packets.NewControlPacket(packets.Publish).(*packets.PublishPacket)
	publish.Qos, publish.TopicName, publish.MessageID, publish.Payload = 1, "rooms/kitchen/temperature", 7, payload
	connect := packets.NewControlPacket(packets.Connect).(*packets.ConnectPacket)
	connect.ProtocolName, connect.ProtocolVersion, connect.CleanSession, connect.Keepalive = "MQTT", 4, true, 60
	connect.ClientIdentifier, connect.UsernameFlag, connect.Username = "client", true, "alice"
	connect.PasswordFlag, connect.Password = true, []byte("sesame")
	for _, c := range []struct {
		name   string
		own    mqtt.Message
		theirs packets.ControlPacket
	}{
		{"PUBLISH", &mqtt.Publish{QoS: 1, Topic: "rooms/kitchen/temperature", ID: 7, Payload: payload}, publish},
		{"CONNECT", &mqtt.Connect{
			CleanSession: true, KeepAlive: 60, ClientID: "client",
			Login: mqtt.LoginUserNameAndPassword, UserName: "alice", Password: []byte("sesame"),
		}, connect},
	} {
		var buf []byte
		s := &sink{}
		ours := func() (err error) {
			buf, err = mqtt.AppendFrame(buf[:0], c.own)
			return err
		}
		theirs := func() error { return s.frame(func(w io.Writer) error { return c.theirs.Write(w) }) }
		if err := ours(); err != nil {
			t.Fatal(err)
		}
		if err := theirs(); err != nil {
			t.Fatal(err)
		}
		same(t, c.name, buf, s.Bytes())
		out = append(out, duel{"mqtt encode " + c.name, peer, ours, theirs})

		stream := bytes.Repeat(buf, 16)
		r, xr := mqtt.NewReader(&endless{frame: stream}), &endless{frame: stream}
		out = append(out, duel{"mqtt read " + c.name, peer, func() error {
			h, body, err := r.Next(mqtt.MaxBody)
			if err != nil {
				return err
			}
			_, err = mqtt.DecodeClient(h, body, nil)
			return err
		}, func() error {
			_, err := packets.ReadPacket(xr)
			return err
		}})
	}
	return out
}
