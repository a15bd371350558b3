package gen_test

import (
	"encoding/binary"

	"github.com/wirelaw/wirelaw/spec"
)

// A segment is what one side sends on a connection, at once.
type segment struct {
	stream int // the connection
	from   spec.Direction
	data   []byte
}

// pcap writes segments as a capture: Ethernet, IPv4, TCP, one packet a segment, a millisecond apart. The server listens on port.
func pcap(port uint16, segments []segment) []byte {
	le := binary.LittleEndian
	out := le.AppendUint32(nil, 0xa1b2c3d4)
	out = le.AppendUint16(out, 2)
	out = le.AppendUint16(out, 4)
	out = append(out, make([]byte, 8)...)
	out = le.AppendUint32(out, 1<<18) // the longest packet
	out = le.AppendUint32(out, 1)     // Ethernet
	sent := map[[2]any]uint32{}       // bytes that a side of a stream has sent
	for i, s := range segments {
		other := spec.FromServer
		if s.from == spec.FromServer {
			other = spec.FromClient
		}
		seq, ack := 1+sent[[2]any{s.stream, s.from}], 1+sent[[2]any{s.stream, other}]
		sent[[2]any{s.stream, s.from}] += uint32(len(s.data))
		packet := tcp(uint16(50000+s.stream%15000), byte(s.stream/15000), port, s.from == spec.FromClient, seq, ack, s.data)
		out = le.AppendUint32(out, 1700000000)
		out = le.AppendUint32(out, uint32(i)*1000)
		out = le.AppendUint32(out, uint32(len(packet)))
		out = le.AppendUint32(out, uint32(len(packet)))
		out = append(out, packet...)
	}
	return out
}

// overhead is the size of what stands before the data in a packet.
const overhead = 14 + 20 + 20

func tcp(client uint16, host byte, server uint16, up bool, seq, ack uint32, data []byte) []byte {
	be := binary.BigEndian
	from, to := []byte{10, 0, host, 1}, []byte{10, 0, host, 2}
	src, dst := client, server
	if !up {
		from, to, src, dst = to, from, dst, src
	}
	out := append(make([]byte, 12), 8, 0)
	out = append(out, 0x45, 0)
	out = be.AppendUint16(out, uint16(40+len(data)))
	out = append(out, 0, 0, 0x40, 0, 64, 6, 0, 0)
	out = append(append(out, from...), to...)
	out = be.AppendUint16(out, src)
	out = be.AppendUint16(out, dst)
	out = be.AppendUint32(out, seq)
	out = be.AppendUint32(out, ack)
	out = append(out, 0x50, 0x18, 0xff, 0xff, 0, 0, 0, 0)
	return append(out, data...)
}
