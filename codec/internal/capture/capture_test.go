package capture

import (
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/wirelaw/wirelaw/testdata"
)

func TestParse(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       []Segment
		err        string
	}{
		{name: "both ways", text: "# who\n\n> 0102 03\n< ff\n", want: []Segment{{true, []byte{1, 2, 3}}, {false, []byte{255}}}},
		{name: "a line goes on", text: "> 01\n  02\n\n  03\n", want: []Segment{{true, []byte{1, 2, 3}}}},
		{name: "joined", text: "< 01\n< 02\n> 03\n", want: []Segment{{false, []byte{1, 2}}, {true, []byte{3}}}},
		{name: "runs", text: "> 01 78*3 02\n  79*1\n", want: []Segment{{true, []byte{1, 0x78, 0x78, 0x78, 2, 0x79}}}},
		{name: "run of nothing", text: "> 78*0\n", err: `line 1: bad run "78*0"`},
		{name: "run of two", text: "> 7879*2\n", err: `line 1: bad run "7879*2"`},
		{name: "run without end", text: "> 78*9999999999\n", err: `line 1: bad run "78*9999999999"`},
		{name: "nothing", text: "# nothing\n", err: "nothing: no segments"},
		{name: "no direction", text: "01\n", err: `no direction: line 1: begins with '0'`},
		{name: "nothing to go on with", text: "#\n 01\n", err: "line 2: no segment to go on with"},
		{name: "half a byte", text: "> 012\n", err: "line 1: encoding/hex"},
		{name: "no bytes", text: "> 01\n<\n", err: "line 2: no bytes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := Parse(tt.name, tt.text)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Fatalf("got %v, want %q", err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if c.Name != tt.name || !reflect.DeepEqual(c.Segments, tt.want) {
				t.Errorf("got %v, want %v", c.Segments, tt.want)
			}
		})
	}
}

func TestAll(t *testing.T) {
	fsys := fstest.MapFS{"p/b.txt": {Data: []byte("> 02")}, "p/a.txt": {Data: []byte("> 01")}, "p/note.md": {Data: []byte("?")}, "q/bad.txt": {Data: []byte("?")}}
	all, err := All(fsys, "p")
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 2 || all[0].Name != "a" || all[1].Name != "b" {
		t.Errorf("got %v", all)
	}
	for _, protocol := range []string{"none", "q"} {
		if _, err := All(fsys, protocol); err == nil {
			t.Errorf("%s: no error", protocol)
		}
	}
}

// TestRecorded reads every capture that comes with the module.
func TestRecorded(t *testing.T) {
	for _, protocol := range []string{"mqtt", "postgres", "http2", "memcached"} {
		if _, err := All(testdata.Specs(), protocol); err != nil {
			t.Error(err)
		}
	}
}
