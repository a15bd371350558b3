package gen

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// json writes a vector on one line.
func (d *deriver) json(v vector) string {
	var o object
	o.text("id", v.id)
	o.text("message", v.message.Name)
	o.text("from", string(v.from))
	if v.state != nil {
		o.text("state", v.state.Name)
	}
	o.text("frame", hexRuns(v.frame))
	switch out := v.outcome; {
	case out.accept != nil:
		o.add("accept", d.jsonMessage(out.accept))
		if v.loose {
			o.add("loose", "true")
		}
	case out.reject != nil:
		o.add("reject", jsonReject(out))
	default:
		o.add("incomplete", "true")
	}
	return o.String()
}

// jsonReject writes why a frame is wrong, and what it earns.
func jsonReject(out outcome) string {
	var e object
	if out.drop {
		e.add("drop", "true")
	} else {
		e.text("error", out.reject.Name)
		e.add("code", jsonNumber(out.reject.Code))
	}
	e.add("offset", strconv.Itoa(out.reject.Offset))
	e.text("field", out.reject.Field)
	e.text("because", out.reject.Because)
	if out.reject.Limit != 0 {
		e.add("limit", jsonNumber(out.reject.Limit))
	}
	return e.String()
}

// jsonMessage writes the values of a message, the correlation first.
func (d *deriver) jsonMessage(m *dynamic.Message) string {
	var o object
	if f := d.p.Correlation(); f != nil {
		o.add(f.Name, jsonNumber(m.ID))
	}
	for _, f := range m.Fields {
		if t := typeOf(m.Spec, f.Name); t != nil {
			o.add(f.Name, jsonValue(t, f.Value))
		}
	}
	return o.String()
}

// typeOf returns the type of a value of a message, of its header too.
func typeOf(m *spec.Message, name string) *spec.Type {
	for _, list := range [][]*spec.Field{m.Head, m.Fields} {
		for _, f := range list {
			if f.Name == name {
				return f.Type
			}
		}
	}
	return nil
}

// jsonValue writes a value. Bytes are text in hexadecimal; numbers that a float64 does not hold are texts in decimal; what
// repeats itself often is {"repeat": …, "times": n}.
func jsonValue(t *spec.Type, v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case uint64:
		return jsonNumber(v)
	case int64:
		if v >= -maxExact && v <= maxExact {
			return strconv.FormatInt(v, 10)
		}
		return quoteJSON(strconv.FormatInt(v, 10))
	case bool:
		return strconv.FormatBool(v)
	case string:
		if n := len(v); n > 64 && strings.Count(v, v[:1]) == n {
			return jsonRepeat(quoteJSON(v[:1]), n)
		}
		return quoteJSON(v)
	case []byte:
		return quoteJSON(hexRuns(v))
	case []any:
		return jsonList(t.Elem, v)
	case []dynamic.Field:
		var o object
		for _, f := range v {
			for _, sf := range t.Fields {
				if sf.Name == f.Name {
					o.add(f.Name, jsonValue(sf.Type, f.Value))
				}
			}
		}
		return o.String()
	}
	panic(fmt.Sprintf("no value: %T", v))
}

func jsonList(elem *spec.Type, list []any) string {
	same := len(list) > 8
	for _, e := range list {
		same = same && reflect.DeepEqual(e, list[0])
	}
	if same {
		return jsonRepeat("["+jsonValue(elem, list[0])+"]", len(list))
	}
	var parts []string
	for _, e := range list {
		parts = append(parts, jsonValue(elem, e))
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

func jsonRepeat(what string, times int) string {
	return fmt.Sprintf(`{"repeat": %s, "times": %d}`, what, times)
}

// maxExact is the largest number that every reader of JSON keeps exactly.
const maxExact = 1<<53 - 1

func jsonNumber(n uint64) string {
	if n > maxExact {
		return quoteJSON(strconv.FormatUint(n, 10))
	}
	return strconv.FormatUint(n, 10)
}

func quoteJSON(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic(err) // a string can always be written
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// An object is a JSON object whose keys stay in order.
type object struct{ parts []string }

func (o *object) add(key, value string)  { o.parts = append(o.parts, quoteJSON(key)+": "+value) }
func (o *object) text(key, value string) { o.add(key, quoteJSON(value)) }
func (o *object) String() string         { return "{" + strings.Join(o.parts, ", ") + "}" }

// hexRuns writes bytes in hexadecimal, in groups: "78*65" stands for 65 times the byte 78, "0578*9" for nine times 0578.
func hexRuns(b []byte) string {
	const longest, worth = 24, 48 // bytes of a group that repeats; bytes that a run must save
	var groups []string
	plain := 0
	flush := func(end int) {
		if plain < end {
			groups = append(groups, fmt.Sprintf("%x", b[plain:end]))
		}
	}
	for i := 0; i < len(b); {
		best, times := 0, 0
		for p := 1; p <= longest && i+2*p <= len(b); p++ {
			n := 1
			for i+(n+1)*p <= len(b) && bytes.Equal(b[i:i+p], b[i+n*p:i+(n+1)*p]) {
				n++
			}
			if n > 1 && n*p > best*times {
				best, times = p, n
			}
		}
		if best*times < worth {
			i++
			continue
		}
		flush(i)
		groups = append(groups, fmt.Sprintf("%x*%d", b[i:i+best], times))
		i += best * times
		plain = i
	}
	flush(len(b))
	return strings.Join(groups, " ")
}
