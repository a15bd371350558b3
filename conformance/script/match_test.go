package script

import (
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/codec/dynamic"
)

func TestMatch(t *testing.T) {
	c := dynamic.New(chat(t))
	accounts := &dynamic.Message{Spec: chat(t).Message("ACCOUNTS"), Fields: []dynamic.Field{
		{Name: "names", Value: []any{"Alice", "bob"}}, {Name: "next", Value: []byte{1, 2}},
	}}
	deliver := &dynamic.Message{Spec: chat(t).Message("DELIVER"), Fields: []dynamic.Field{
		{Name: "sequence", Value: uint64(9)}, {Name: "text", Value: "say \"hi\""},
	}}
	header := map[string]uint64{"id": 7}
	for _, m := range []struct {
		msg   *dynamic.Message
		text  string
		holds bool
		at    int
	}{
		{accounts, "names=[Alice, bob]", true, 0},
		{accounts, "names=[Alice,bob]", true, 0},
		{accounts, "names=[bob, Alice]", false, -1},
		{accounts, "names!=[bob]", true, 0},
		{accounts, "names?bob", true, 0},
		{accounts, "names?carol", false, -1},
		{accounts, "names!?carol", true, 0},
		{accounts, "names.len=2", true, 0},
		{accounts, "names.len>2", false, -1},
		{accounts, "names[1]=bob", true, 0},
		{accounts, "names[1]=bop", false, 2},
		{accounts, "names[2]=bob", false, -1},
		{accounts, "names[0].len=5", true, 0},
		{accounts, "names[0]~^A", true, 0},
		{accounts, "next=0x0102", true, 0},
		{accounts, "next=0x0103", false, 1},
		{accounts, "next=0x", false, 0},
		{accounts, "next.len<=1", false, -1},
		{accounts, "id=7", true, 0},
		{accounts, "id!=7", false, -1},
		{deliver, "sequence>=9", true, 0},
		{deliver, "sequence<9", false, -1},
		{deliver, "sequence=0x9", true, 0},
		{deliver, `text=say "hi"`, true, 0},
		{deliver, `text="say \"hi\""`, true, 0},
		{deliver, "text?hi", true, 0},
		{deliver, "text~^hi", false, -1},
		{deliver, "text=", false, 0},
		{deliver, "time=0", false, -1},
	} {
		mt, ok := parseMatch(m.text)
		if !ok {
			t.Errorf("%s is no match", m.text)
			continue
		}
		bad, err := mt.holds(c, m.msg, header)
		if err != nil || (bad == nil) != m.holds || bad != nil && bad.at != m.at {
			t.Errorf("%s: %+v, %v", m.text, bad, err)
		}
	}
	for text, want := range map[string]string{
		"names>3": "for numbers", "sequence~3": "no field", "next[0]=1": "no array", "names[0]>a": "for numbers", "names[0]~(": "missing", "id.len=1": "no length",
	} {
		mt, _ := parseMatch(text)
		if _, err := mt.holds(c, accounts, header); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	for _, text := range []string{"", "names", "=3", "a b=3", "names[x]=1"} {
		if mt, ok := parseMatch(text); ok {
			t.Errorf("%q is taken as %+v", text, mt)
		}
	}
}

func TestFresh(t *testing.T) {
	p := chat(t)
	name, key := p.Type("username"), p.Type("key")
	a, b := &Fresh{Run: "r", Key: "k"}, &Fresh{Run: "r", Key: "k"}
	seen := map[string]bool{}
	c := dynamic.New(p)
	for range 1000 {
		v := a.value(name, "Some_Long.Name_That_Goes_On_And_On")
		if v != b.value(name, "Some_Long.Name_That_Goes_On_And_On") {
			t.Fatal("the same run makes other names")
		}
		s := v.(string)
		if because, _ := c.Judge(name, v, nil); because != "" || seen[s] || len(s) != len("some_long-12345678") {
			t.Fatalf("%q: %s, seen %v", s, because, seen[s])
		}
		seen[s] = true
		if k := a.value(key, "k").([]byte); len(k) != 16 || seen[string(k)] {
			t.Fatalf("key %x", k)
		} else {
			seen[string(k)] = true
		}
		b.value(key, "k")
	}
	if (&Fresh{Run: "r", Key: "k2"}).value(name, "n") == (&Fresh{Run: "r", Key: "k"}).value(name, "n") {
		t.Error("two cases make the same name")
	}
	for _, typ := range p.Types {
		if v := a.value(typ, "x"); typ.Name != "token" {
			if because, _ := c.Judge(typ, v, nil); because != "" {
				t.Errorf("a fresh %s breaks %s: %v", typ.Name, because, v)
			}
		}
	}
}
