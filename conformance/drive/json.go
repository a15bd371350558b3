package drive

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/wirelaw/wirelaw/conformance/script"
)

// lines is the dialect of the driver contract.
type lines struct{}

func (lines) command(ref int, action string, args [][2]string) (string, error) {
	m := map[string]any{"cmd": action, "ref": ref}
	for _, a := range args {
		m[a[0]] = a[1]
	}
	b, err := json.Marshal(m)
	return string(b), err
}

func (lines) told(line string) (t script.Told, ok bool, err error) {
	if strings.TrimSpace(line) == "" {
		return t, false, nil
	}
	d := json.NewDecoder(strings.NewReader(line))
	d.UseNumber()
	if err := d.Decode(&t.Fields); err != nil || t.Fields == nil {
		return t, false, errors.New("it is no object in JSON")
	}
	if _, err := d.Token(); err != io.EOF {
		return t, false, errors.New("it is more than one object")
	}
	t.Line = line
	if t.Event, ok = t.Fields["event"].(string); !ok {
		return t, false, errors.New("it has no event")
	}
	if t.Event == "result" {
		return result(t)
	}
	for _, e := range events {
		if e.name != t.Event {
			continue
		}
		for _, w := range e.needed {
			if _, isText := t.Fields[w.name].(string); !isText {
				return t, false, fmt.Errorf("%s needs %s, a string", e.name, w.name)
			}
		}
	}
	return t, true, nil
}

// result reads what every result has.
func result(t script.Told) (script.Told, bool, error) {
	n, isNumber := t.Fields["ref"].(json.Number)
	ref, err := n.Int64()
	if !isNumber || err != nil {
		return t, false, errors.New("a result needs ref, as the command had it")
	}
	t.Ref = int(ref)
	if t.OK, isNumber = t.Fields["ok"].(bool); !isNumber {
		return t, false, errors.New("a result needs ok, true or false")
	}
	if t.Error, isNumber = t.Fields["error"].(string); !isNumber && !t.OK {
		return t, false, errors.New("a result that is not ok needs error, a string")
	}
	return t, true, nil
}
