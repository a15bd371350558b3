package gen_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/spec"
	"github.com/wirelaw/wirelaw/spec/gen"
)

func document(t *testing.T, p *spec.Protocol) string {
	t.Helper()
	text, err := gen.Document(p)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// section returns the part of a document below an anchor, up to the next anchor of a section.
func section(t *testing.T, doc, anchor string) string {
	t.Helper()
	_, rest, ok := strings.Cut(doc, "<a id=\""+anchor+"\"></a>\n")
	if !ok {
		t.Fatalf("there is no section %q", anchor)
	}
	if i := strings.Index(rest, "\n<a id="); i >= 0 {
		rest = rest[:i]
	}
	return rest
}

// TestDocumentTellsAll looks for everything that the table has.
func TestDocumentTellsAll(t *testing.T) {
	for _, p := range tables(t) {
		doc := document(t, p)
		has := func(format string, args ...any) {
			t.Helper()
			if s := fmt.Sprintf(format, args...); !strings.Contains(doc, s) {
				t.Errorf("%s: the document does not say %q", p.ID, s)
			}
		}
		for _, r := range p.Rules() {
			has("<a id=\"%s\"></a>**%s** (%s, judged by *%s*", r.ID, r.ID, r.Level, r.Judge)
		}
		for _, e := range p.Errors {
			code := fmt.Sprint(e.Code)
			if e.Uncoded {
				code = "–"
			}
			has("| %s | <a id=\"err-%s\"></a>`%s` |", code, strings.ToLower(strings.ReplaceAll(e.Name, "_", "-")), e.Name)
		}
		for _, f := range p.Features {
			has("| %d | <a id=\"feature-%s\"></a>`%s` |", f.Bit, strings.ToLower(strings.ReplaceAll(f.Name, "_", "-")), f.Name)
		}
		for _, c := range p.Constants {
			has("| `%s` | %s |", c.Name, c)
		}
		for _, s := range p.States {
			has("</a>`%s` |", s.Name)
			for _, tr := range s.Transitions {
				by := fmt.Sprintf("| `%s` | [%s](#msg-%s)", s.Name, tr.Message.Name, strings.ToLower(strings.ReplaceAll(tr.Message.Name, "_", "-")))
				has("%s", by)
				if tr.If == nil && tr.Message.From == spec.FromClient {
					has("%s | `%s` |", by, tr.To.Name)
				}
			}
		}
		for _, ty := range p.Types {
			has("Type `%s`", ty.Name)
		}
		for _, e := range p.Enums {
			for _, v := range e.Values {
				has("| %d | `%s` |", v.Value, v.Name)
			}
		}
		for _, fr := range p.Frames {
			for _, f := range fr.Fields {
				has("| `%s` |", f.Name)
			}
		}
		for _, x := range p.Preface {
			has("these %d bytes: `%x`", len(x.Bytes), x.Bytes)
		}
		for _, ch := range p.Checks {
			has("| %s | ", ch.Name)
		}
		for _, m := range p.Messages {
			messageTellsAll(t, doc, m)
		}
		if n := strings.Count(doc, "client → server: ") + strings.Count(doc, "server → client: "); n != len(p.Conversation) {
			t.Errorf("%s: the conversation has %d steps, the document %d", p.ID, len(p.Conversation), n)
		}
		if m := regexp.MustCompile(`\{[a-z_]{4,}\}`).FindString(regexp.MustCompile("`[^`\n]*`").ReplaceAllString(doc, "")); m != "" {
			t.Errorf("%s: %s was not replaced", p.ID, m)
		}
	}
}

func messageTellsAll(t *testing.T, doc string, m *spec.Message) {
	t.Helper()
	anchor := "msg-" + strings.ToLower(strings.ReplaceAll(m.Name, "_", "-"))
	text := section(t, doc, anchor)
	want := []string{". " + m.Name + "\n", "from the " + string(m.From)}
	if m.From == spec.FromBoth {
		want[1] = "from both sides"
	}
	if m.Frame.Opcode() != nil {
		want = append(want, fmt.Sprintf("Opcode `0x%02x`", m.Code))
	}
	for _, f := range m.Fields {
		want = append(want, "| `"+f.Name+"` |", f.Name)
	}
	for _, f := range m.Head {
		if f.IsValue() && !slices.Contains(m.Frame.Fields, f) {
			want = append(want, "| `"+f.Name+"` |")
		}
	}
	if m.SentBy(spec.FromClient) || m.Push {
		for _, s := range m.In {
			want = append(want, s.Name)
		}
	}
	want = append(want, m.Since, m.Deprecated)
	for i, e := range m.Errors {
		want = append(want, fmt.Sprintf("%d. [%s]", i+1, e.Name))
	}
	if m.Feature != nil {
		want = append(want, "["+m.Feature.Name+"]")
	}
	for _, r := range m.Replies {
		if r.End != nil {
			want = append(want, "["+r.End.Name+"]")
		}
	}
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("the section of %s does not say %q", m.Name, w)
		}
	}
	accepted, rejected := strings.Count(text, "\naccept  "), strings.Count(text, "\nreject  ")
	for _, v := range m.Vectors {
		if v.Reject == nil {
			accepted--
		} else {
			rejected--
		}
	}
	if accepted != 0 || rejected != 0 {
		t.Errorf("the section of %s has %d too many accepted vectors and %d too many rejected ones", m.Name, accepted, rejected)
	}
}

// TestDocumentLinks follows every link within the document.
func TestDocumentLinks(t *testing.T) {
	for _, p := range tables(t) {
		doc := document(t, p)
		anchors := map[string]bool{}
		for _, m := range regexp.MustCompile(`<a id="([^"]*)"></a>`).FindAllStringSubmatch(doc, -1) {
			if anchors[m[1]] {
				t.Errorf("%s: anchor %q is there twice", p.ID, m[1])
			}
			anchors[m[1]] = true
		}
		links := regexp.MustCompile(`\]\(#([^)]*)\)`).FindAllStringSubmatch(doc, -1)
		if len(links) < 15 {
			t.Errorf("%s: only %d links", p.ID, len(links))
		}
		for _, m := range links {
			if !anchors[m[1]] {
				t.Errorf("%s: a link leads to %q, which is not there", p.ID, m[1])
			}
		}
	}
}

// TestDocumentTables counts the cells of every table.
func TestDocumentTables(t *testing.T) {
	for _, p := range tables(t) {
		cells, code := 0, false
		for i, line := range strings.Split(document(t, p), "\n") {
			if strings.HasPrefix(strings.TrimSpace(line), "```") {
				code = !code
			}
			if code || !strings.HasPrefix(line, "|") {
				cells = 0
				continue
			}
			n := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|")
			if cells != 0 && n != cells {
				t.Errorf("%s: line %d has %d cells, its table %d: %s", p.ID, i+1, n-1, cells-1, line)
			}
			cells = n
		}
	}
}

// TestDocumentBytes checks that the bytes shown are those of the vectors.
func TestDocumentBytes(t *testing.T) {
	p := chat(t)
	text := section(t, document(t, p), "msg-send")
	var groups []string
	for _, line := range strings.Split(text, "\n") {
		if rest, ok := strings.CutPrefix(line, "        "); ok {
			groups = append(groups, strings.ReplaceAll(rest, " ", ""))
		}
	}
	all := strings.Join(groups, "")
	for _, v := range p.Message("SEND").Vectors {
		if hex := fmt.Sprintf("%x", v.Frame); len(v.Frame) < 100 && !strings.Contains(all, hex) {
			t.Errorf("%s is not shown", hex)
		}
	}
	if !strings.Contains(text, "78*16385") {
		t.Error("a long run is not shown as such")
	}
}
