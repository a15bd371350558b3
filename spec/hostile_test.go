package spec

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestHostileTables feeds much of what makes YAML parsers suffer: a sixteenth of what may be, so that the test is quick.
func TestHostileTables(t *testing.T) {
	most := func(s string, n int) string { return strings.Repeat(s, n/len(s)) }
	const size = MaxSource / 16
	fill := func(s string) string { return most(s, size) }
	for name, src := range map[string]string{
		"too large":        strings.Repeat("a", MaxSource+1),
		"open lists":       fill("["),
		"open mappings":    fill("{"),
		"open pairs":       fill("{a: "),
		"flow pairs":       "[" + most("a: b, ", size-2) + "]",
		"flow scalars":     "[" + most("a,", size-2) + "]",
		"keys in a line":   fill("a: "),
		"dashes in a line": fill("- "),
		"dashes":           fill("- a\n"),
		"empty dashes":     fill("-\n"),
		"keys":             fill("a: b\n"),
		"empty keys":       fill("a:\n"),
		"questions":        fill("? "),
		"anchors":          fill("&a "),
		"aliases":          fill("*a "),
		"tags":             fill("!a "),
		"colons":           fill(": "),
		"quotes":           fill(`"a" `),
		"single quotes":    fill("'"),
		"open quote":       `"` + most("a", size-1),
		"escapes":          `"` + most(`\x`, size-1),
		"comments":         fill("#\n"),
		"words":            fill("a "),
		"word lines":       fill("a\n"),
		"folded words":     "a: " + most("b\n  ", size-3),
		"literal":          "a: |\n" + most("  b\n", size-5),
		"folded":           "a: >\n" + most("  b\n\n", size-5),
		"line feeds":       fill("\n"),
		"spaces":           fill(" "),
		"tabs":             fill("\t"),
		"documents":        fill("---\n"),
		"messages":         "messages:\n" + most("- {name: A}\n", size-10),
		"unknown errors":   "messages:\n- {name: A, errors: [" + most("X,", size-40) + "]}\n",
		"one long name":    "messages:\n- {name: " + most("A", size-20) + "}\n",
		"one long line":    "# " + most("é", size-10) + "\na: b\n",
		"deep indentation": deep(),
		"zero bytes":       fill("\x00"),
		"many keys":        numbered("k%d: v\n", 8_000),
		"many messages":    "messages:\n" + numbered("- {name: M%d}\n", 5_000),
		"many lists":       numbered("- [a, b]\n", 3_000),
		"many nested":      numbered("-\n  a: %d\n  b: [c]\n", 2_000),
		"many items":       numbered("- i%d\n", 8_000),
		"comments between": "a:\n" + numbered("  k%d: v\n#\n", 4_000),
		"many flow keys":   "{" + numbered("k%d: v, ", 5_000) + "}",
		"many flow items":  "[" + numbered("i%d, ", 15_000) + "]",
		"keys at the cap":  numbered("k%d: v\n", maxKeys),
		"lists at the cap": "- " + strings.Repeat("[", maxDepth-1) + strings.Repeat("]", maxDepth-1) + "\n" + numbered("- {a: [b, %d]}\n", 2_000),
		"many references":  "errors:\n" + numbered("- {name: E%d}\n", 2_000) + "messages:\n- {name: A, errors: [" + numbered("E%d,", 6_000) + "]}\n",
		"many types":       "types:\n" + numbered("- {name: t%d, type: array, count: u8, of: t1}\n", 1_000),
		"chain of types":   "types:\n" + chain(1_500),
		"huge vectors":     "messages:\n- name: A\n  vectors:\n" + numbered("  - {accept: {}, hex: \"00*1000000\", at: %d}\n", 1_000),
		"deep structs":     "types:\n- {name: a, " + strings.Repeat("type: struct, fields: [{name: a, ", 12) + "type: u8" + strings.Repeat("}]", 12) + "}\n",
		"chain of structs": "types:\n" + doubling("- {name: t%d, type: struct, fields: [{name: a, type: t%d}, {name: b, type: t%d}]}\n", 1_000),
		"chain backwards":  "types:\n- {name: t0, type: u8}\n" + numbered("- {name: t%[2]d, type: struct, fields: [{name: a, type: t%[1]d}, {name: b, type: t%[1]d}]}\n", 1_000),
		"wide structs":     wide(),
		"many layouts":     "frames:\n" + numbered("  f%d: [{name: a, type: u8, is: opcode}]\n", 1_500) + "messages:\n" + numbered("- {name: M%d, from: client, frame: f0, code: 1}\n", 2_000),
		"many bits":        "frame: [{name: a, type: u8, is: opcode}, {name: b, type: b63, per: opcode}]\nmessages:\n" + numbered("- {name: M%d, from: client, code: 1, header: {b: [_, "+strings.Repeat("x,", 30)+"]}}\n", 500),
		"huge preface":     "preface: [" + numbered("{from: client, bytes: \"0x%032d\"},", 1_000) + "]\n",
		"many replies":     "messages:\n- {name: A, code: 1, from: client, reply: [" + most("A,", size/2) + "]}\n",
		"many conditions":  "messages:\n- {name: A, code: 1, from: client, fields: [{name: x, type: u8}, " + numbered("{name: y%d, type: u8, if: {x: [1, 2, 3]}},", 1_000) + "]}\n",
	} {
		t.Run(strings.ReplaceAll(name, " ", "-"), func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			_, err := Load("hostile.yaml", []byte(src))
			runtime.ReadMemStats(&after)
			if err == nil {
				t.Error("accepted")
			} else if n := len(err.Error()); n > 40_000 {
				t.Errorf("the error has %d bytes", n)
			}
			if mib := (after.TotalAlloc - before.TotalAlloc) >> 20; mib > 1024 {
				t.Errorf("allocated %d MiB in all", mib)
			}
			t.Logf("%v, %d MiB", time.Since(start), (after.TotalAlloc-before.TotalAlloc)>>20)
		})
	}
}

// numbered repeats a format with the numbers from 0, and the number after each for formats that want two.
func numbered(format string, n int) string {
	var b strings.Builder
	for i := range n {
		if strings.Contains(format, "%[2]d") {
			fmt.Fprintf(&b, format, i, i+1)
		} else {
			fmt.Fprintf(&b, format, i)
		}
	}
	return b.String()
}

// doubling repeats a format with a number and, twice, the next.
func doubling(format string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i, i+1, i+1)
	}
	return b.String()
}

// wide returns structs of many fields, each of which is a struct of many fields.
func wide() string {
	var b strings.Builder
	b.WriteString("types:\n- {name: t0, type: struct, fields: [{name: a, type: u8}]}\n")
	for i := range 15 {
		fmt.Fprintf(&b, "- {name: t%d, type: struct, fields: [", i+1)
		for j := range 100 {
			fmt.Fprintf(&b, "{name: f%d, type: t%d},", j, i)
		}
		b.WriteString("]}\n")
	}
	return b.String()
}

// chain returns types each of which is made of the next.
func chain(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "- {name: t%d, type: array, count: u8, of: t%d}\n", i, i+1)
	}
	return b.String()
}

// deep returns block mappings, each in the one before.
func deep() string {
	var b strings.Builder
	for i := 0; b.Len() < MaxSource/16; i++ {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}

// TestManyHeaderFields gives a layout more fields than it may have.
func TestManyHeaderFields(t *testing.T) {
	for n, want := range map[int]bool{maxHeader: false, maxHeader + 1: true} {
		_, err := Load("x", []byte("frame:\n"+numbered("- {name: f%d, type: u8}\n", n)))
		if got := strings.Contains(err.Error(), "a layout has at most 64 fields"); got != want {
			t.Errorf("%d fields: %v", n, err)
		}
	}
}
