package gen

import (
	"fmt"
	"strings"

	"github.com/wirelaw/wirelaw/spec"
)

// initialisms are words that Go writes in capitals.
var initialisms = map[string]string{
	"id": "ID", "ip": "IP", "url": "URL", "uri": "URI", "tcp": "TCP", "udp": "UDP", "tls": "TLS", "http": "HTTP",
	"utf8": "UTF8", "uuid": "UUID", "ttl": "TTL", "ascii": "ASCII", "cas": "CAS", "gss": "GSS", "md5": "MD5", "oid": "OID",
	"qos": "QoS", "sasl": "SASL", "ssl": "SSL",
}

// goName turns a name of the table into an exported Go name: NO_SUCH_USER and no_such_user into NoSuchUser.
func goName(name string) string {
	var b strings.Builder
	for _, w := range strings.Split(strings.ToLower(name), "_") {
		if up, ok := initialisms[w]; ok {
			b.WriteString(up)
		} else if w != "" {
			b.WriteString(strings.ToUpper(w[:1]) + w[1:])
		}
	}
	return b.String()
}

// methods are what every message can do; no field may have such a name.
var methods = map[string]bool{
	"Opcode": true, "AppendBinary": true, "UnmarshalBinary": true, "UnmarshalView": true, "Validate": true, "Needs": true,
	"Error": true, "Is": true,
}

// fieldName is the Go name of a field of a message.
func fieldName(f *spec.Field) string {
	n := goName(f.Name)
	if methods[n] {
		n += "Value"
	}
	return n
}

func messageName(m *spec.Message) string { return goName(m.Name) }
func opName(m *spec.Message) string      { return "Op" + goName(m.Name) }
func codeName(e *spec.Error) string      { return "Code" + goName(e.Name) }
func stateName(s *spec.State) string     { return "State" + goName(s.Name) }
func featureName(f *spec.Feature) string { return "Feature" + goName(f.Name) }
func enumName(e *spec.Enum, v *spec.EnumValue) string {
	return goName(e.Name) + goName(v.Name)
}

// section says where the document tells about something.
func (g *goCodec) section(title string) string {
	return strings.ToUpper(g.p.ID) + ".md, " + title
}

// doc prints a comment: paragraphs, wrapped. Empty ones are left out.
func (f *goFile) doc(paragraphs ...string) {
	first := true
	for _, text := range paragraphs {
		for _, par := range strings.Split(strings.TrimSpace(text), "\n\n") {
			words := strings.Fields(par)
			if len(words) == 0 {
				continue
			}
			if !first {
				f.p("//")
			}
			first = false
			line := "//"
			for _, w := range words {
				if len(line)+1+len(w) > 118 && line != "//" {
					f.p("%s", line)
					line = "//"
				}
				line += " " + w
			}
			f.p("%s", line)
		}
	}
}

// goType is the Go type of a value.
func (g *goCodec) goType(t *spec.Type) string {
	if name := g.secrets[t]; name != "" {
		return name
	}
	if t.Name != "" {
		return goName(t.Name)
	}
	return g.underlying(t)
}

// underlying is the Go type of a value of a type without a name.
func (g *goCodec) underlying(t *spec.Type) string {
	switch t.Kind {
	case spec.KindUint:
		switch {
		case t.Enum != nil:
			return goName(t.Enum.Name)
		case t.Flags:
			return "Features"
		case t.ErrorSet:
			return "ErrorCode"
		}
		return uintType((max(t.Varint*7, t.Bits, 8*t.Width) + 7) / 8)
	case spec.KindInt:
		return fmt.Sprintf("int%d", 8*t.Width)
	case spec.KindStruct:
		return g.structs[t]
	case spec.KindBool:
		return "bool"
	case spec.KindString:
		return "string"
	case spec.KindArray:
		return "[]" + g.goType(t.Elem)
	case spec.KindBytes:
		if t.Size > 0 {
			return fmt.Sprintf("[%d]byte", t.Size)
		}
	}
	return "[]byte"
}

// convert is the expression x, which is of the Go type is, as one of the type want.
func (g *goCodec) convert(x, is, want string) string {
	if is == want {
		return x
	}
	return want + "(" + x + ")"
}

// uintType is the smallest Go type that holds a number of so many bytes.
func uintType(width int) string {
	switch {
	case width <= 1:
		return "uint8"
	case width == 2:
		return "uint16"
	case width <= 4:
		return "uint32"
	}
	return "uint64"
}

// smallest is the least number of bytes that a value of t takes on the wire; bits that fill no byte are not counted.
func smallest(t *spec.Type) int { return leastBits(t) / 8 }

func leastBits(t *spec.Type) int {
	switch t.Kind {
	case spec.KindUint, spec.KindInt:
		return bitsIn(t)
	case spec.KindBool:
		return max(1, 8-7*t.Bits)
	case spec.KindRest:
		return 0
	case spec.KindStruct:
		n := 0
		for _, fl := range t.Fields {
			if fl.If == nil {
				n += leastBits(fl.Type)
			}
		}
		return n
	}
	return 8 * (t.LenWidth + t.Size + terminator(t))
}

// fixed reports whether all values of t take the same number of bytes, and are no struct.
func fixed(t *spec.Type) bool {
	_, ok := fixedSize(t)
	return ok && t.Kind != spec.KindStruct
}

// widest is the largest number in so many bytes; a length of no bytes limits nothing.
func widest(width int) uint64 {
	if width <= 0 || width >= 8 {
		return 1<<64 - 1
	}
	return 1<<(8*width) - 1
}

// hex writes a code as the table does.
func hex(v uint64) string { return fmt.Sprintf("0x%02x", v) }

// a list of names as a phrase.
func join[T any](items []T, name func(T) string) string {
	var s []string
	for _, it := range items {
		s = append(s, name(it))
	}
	return strings.Join(s, ", ")
}
