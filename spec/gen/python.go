package gen

import (
	"embed"
	"fmt"
	"strconv"
	"strings"

	"github.com/wirelaw/wirelaw/spec"
)

// runtime holds what generated code of other languages has in common for all tables.
//
//go:embed runtime
var runtime embed.FS

// runtimeFile returns a file of the runtime.
func runtimeFile(name string) string {
	b, err := runtime.ReadFile("runtime/" + name)
	if err != nil {
		panic(err) // it is embedded
	}
	return string(b)
}

// pythonGenerator makes the codec in Python.
var pythonGenerator = Generator{
	Kind: "python",
	Doc:  "a codec in Python 3, one file, standard library only",
	Out:  func(p *spec.Protocol) string { return "spec/" + p.ID },
	Owns: "*.py",
	Generate: func(p *spec.Protocol) ([]File, error) {
		return []File{{Path: p.ID + ".py", Data: []byte(Python(p))}}, nil
	},
}

// Python returns the codec in Python: the classes of the table, each with its layout, and the code that reads and writes all of them.
func Python(p *spec.Protocol) string {
	g := &python{p: p, classes: map[any]string{}, taken: map[string]bool{}, types: map[string]string{}}
	for _, name := range pythonReserved {
		g.taken[name] = true
	}
	g.head()
	g.section(runtimeFile("codec_types.py"))
	g.enums()
	g.layouts()
	g.namedTypes()
	for _, m := range p.Messages {
		g.message(m)
	}
	g.tables()
	g.section(runtimeFile("codec_decode.py"))
	g.section(runtimeFile("codec_judge.py"))
	g.section(runtimeFile("codec_encode.py"))
	g.section(runtimeFile("codec_main.py"))
	return strings.TrimRight(g.b.String(), "\n") + "\n"
}

// pythonReserved are names that a class of a table must not have.
var pythonReserved = []string{
	"Any", "ClassVar", "Dict", "FrozenSet", "Iterable", "Iterator", "List", "Optional", "Tuple", "None", "True", "False",
	"WireError", "Incomplete", "Type", "Field", "Layout", "Spec", "Place", "Message", "Splitter",
}

var pythonKeywords = map[string]bool{
	"and": true, "as": true, "assert": true, "async": true, "await": true, "break": true, "class": true, "continue": true, "def": true,
	"del": true, "elif": true, "else": true, "except": true, "finally": true, "for": true, "from": true, "global": true, "if": true,
	"import": true, "in": true, "is": true, "lambda": true, "nonlocal": true, "not": true, "or": true, "pass": true, "raise": true,
	"return": true, "try": true, "while": true, "with": true, "yield": true, "dataclasses": true,
}

// A python is a codec that is being written.
type python struct {
	p       *spec.Protocol
	b       strings.Builder
	classes map[any]string    // of messages, enums, structs
	taken   map[string]bool   // names of classes
	types   map[string]string // the names of named types, by what they are
}

func (g *python) f(format string, args ...any) { fmt.Fprintf(&g.b, format, args...) }

// section writes a part of the module after two empty lines.
func (g *python) section(text string) { g.f("\n\n%s\n", strings.TrimSpace(text)) }

// class returns the name of the class of a message, enum or struct: SEND is Send.
func (g *python) class(entity any, name string) string {
	if c, ok := g.classes[entity]; ok {
		return c
	}
	var b strings.Builder
	for _, word := range strings.Split(strings.ToLower(name), "_") {
		if word != "" {
			b.WriteString(strings.ToUpper(word[:1]) + word[1:])
		}
	}
	c := b.String()
	for g.taken[c] {
		c += "_"
	}
	g.taken[c] = true
	g.classes[entity] = c
	return c
}

// attr is the name of a field as an attribute.
func attr(name string) string {
	if pythonKeywords[name] {
		return name + "_"
	}
	return name
}

func (g *python) head() {
	endian := "big"
	if !g.p.BigEndian {
		endian = "little"
	}
	g.f("# %s\n", generatedBy(g.p))
	g.f("%s", g.doc("", fmt.Sprintf("%s, version %d: a codec.", g.p.Title, g.p.Version), fmt.Sprintf(`decode(frame, "server") makes a message of a frame, encode(message) a frame of a message, and a Splitter frames of a stream;
judge(frame, state) does what a server does with a frame of a client. What is wrong is a WireError: field, offset, because, limit,
and the name and code of the error that the table demands. Sizes of frames are judged before anything is allocated for them.

    python3 %s.py --vectors %s.vectors.json`, g.p.ID, g.p.ID)))
	g.f(`
from __future__ import annotations

import dataclasses
import enum
import json
import sys
from typing import Any, ClassVar, Dict, FrozenSet, Iterable, Iterator, List, Optional, Tuple

ENDIAN: Any = %q
`, endian)
	g.f("\nERRORS: Dict[str, int] = {  # the codes of the errors\n")
	for _, e := range g.p.Errors {
		if !e.Uncoded {
			g.f("    %s: %d,\n", pyString(e.Name), e.Code)
		}
	}
	g.f("}\n\nCHECKS: Dict[str, str] = {  # the order in which a frame is judged, and what a breach earns\n")
	var ignored []string
	early, layout := -1, -1
	for i, ch := range g.p.Checks {
		name := ""
		if ch.Error != nil {
			name = ch.Error.Name
		}
		if ch.Ignore {
			ignored = append(ignored, pyString(string(ch.Name)))
		}
		switch ch.Name {
		case spec.CheckEarly:
			early = i
		case spec.CheckLayout:
			layout = i
		}
		g.f("    %s: %s,\n", pyString(string(ch.Name)), pyString(name))
	}
	g.f("}\n\nIGNORED: FrozenSet[str] = frozenset([%s])  # checks whose breach has the frame dropped\n", strings.Join(ignored, ", "))
	g.f("EARLY_FIRST = %s  # early fields are judged before the layout of what follows\n", pyBool(early < layout))
}

// doc is a docstring.
func (g *python) doc(indent, title, text string) string {
	clean := func(s string) string {
		s = strings.ReplaceAll(g.p.Expand(s), `\`, `\\`)
		return strings.ReplaceAll(s, `"""`, `\"\"\"`)
	}
	title, text = clean(strings.TrimSpace(title)), clean(strings.TrimSpace(text))
	if text == "" && !strings.HasSuffix(title, `"`) {
		return fmt.Sprintf("%s\"\"\"%s\"\"\"\n", indent, title)
	}
	out := fmt.Sprintf("%s\"\"\"%s\n", indent, title)
	if text != "" {
		out += "\n"
		for _, line := range strings.Split(text, "\n") {
			out += strings.TrimRight(indent+line, " ") + "\n"
		}
	}
	return out + indent + "\"\"\"\n"
}

func (g *python) enums() {
	for _, e := range g.p.Enums {
		g.f("\n\nclass %s(enum.IntEnum):\n%s\n", g.class(e, e.Name), g.doc("    ", sentence(e.Doc), ""))
		for _, v := range e.Values {
			g.f("    %s = %d%s\n", attr(v.Name), v.Value, g.remark(v.Doc, v.Since, v.Deprecated))
		}
	}
	if len(g.p.Features) > 0 {
		g.f("\n\nclass %s(enum.IntFlag):\n%s\n", g.class("features", "features"), g.doc("    ", "What a server may announce.", ""))
		for _, f := range g.p.Features {
			g.f("    %s = 1 << %d%s\n", f.Name, f.Bit, g.remark(f.Doc, "", ""))
		}
	}
	coded := false
	for _, e := range g.p.Errors {
		if e.Uncoded {
			continue
		}
		if !coded {
			g.f("\n\nclass %s(enum.IntEnum):\n%s\n", g.class("errors", "error_code"), g.doc("    ", "The codes of errors on the wire.", ""))
			coded = true
		}
		g.f("    %s = %d%s\n", e.Name, e.Code, g.remark(e.Doc, "", ""))
	}
}

// remark is a comment at the end of a line.
func (g *python) remark(doc, since, deprecated string) string {
	words := strings.Join(strings.Fields(g.p.Expand(doc)), " ")
	if since != "" {
		words += "; since " + since
	}
	if deprecated != "" {
		words += "; deprecated: " + strings.TrimSuffix(deprecated, ".")
	}
	if words = strings.TrimPrefix(words, "; "); words == "" {
		return ""
	}
	return "  # " + words
}

// comment writes a text as lines of comment.
func (g *python) comment(text string) {
	for _, line := range wrap(strings.Fields(g.p.Expand(text)), 120) {
		if line != "" {
			g.f("# %s\n", line)
		}
	}
}

// layouts writes the layouts of frames.
func (g *python) layouts() {
	g.f("\n\nLAYOUTS: Dict[str, Layout] = {}\n")
	for _, f := range g.p.Frames {
		g.f("LAYOUTS[%s] = Layout(\n    %s,\n    (\n", pyString(f.Name), pyString(f.Name))
		body := f.Body()
		g.fieldList("        ", headerOf(f))
		g.f("    ),\n")
		if body != nil {
			g.f("    body=%s,\n", pyString(body.Name))
			if body.Type.Max != nil {
				g.f("    max=%d,\n", *body.Type.Max)
			}
			if len(body.MaxIn) > 0 {
				var in []string
				for _, s := range g.p.States {
					if n, ok := body.MaxIn[s.Name]; ok {
						in = append(in, fmt.Sprintf("%s: %d", pyString(s.Name), n))
					}
				}
				g.f("    max_in={%s},\n", strings.Join(in, ", "))
			}
		}
		g.f(")\n")
	}
}

// tables writes what finds messages and layouts.
func (g *python) tables() {
	g.f("\n\nMESSAGES: Dict[str, Spec] = {\n")
	for _, m := range g.p.Messages {
		g.f("    %s: %s.SPEC,\n", pyString(m.Name), g.classes[m])
	}
	g.f("}\nfor _cls in list(Message.__subclasses__()):\n    object.__setattr__(_cls.SPEC, \"cls\", _cls)\n")
	g.f("\n# The layouts of the frames of client and server, by state.\nSTATES: Dict[str, Tuple[str, str]] = {\n")
	for _, s := range g.p.States {
		g.f("    %s: (%s, %s),\n", pyString(s.Name), pyString(g.p.FrameIn(s, spec.FromClient).Name), pyString(g.p.FrameIn(s, spec.FromServer).Name))
	}
	g.f("}\n")
}

// pyString is a literal of a text. What Go quotes, Python reads alike.
func pyString(s string) string { return strconv.Quote(s) }

func pyBool(b bool) string {
	if b {
		return "True"
	}
	return "False"
}

func pyBytes(b []byte) string {
	var s strings.Builder
	for _, c := range b {
		fmt.Fprintf(&s, `\x%02x`, c)
	}
	return `b"` + s.String() + `"`
}
