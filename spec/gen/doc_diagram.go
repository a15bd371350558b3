package gen

import (
	"strings"
	"unicode/utf8"
)

// A diagram draws fields as RFCs do, 32 bits a row.
type diagram struct {
	rows []diagramRow
}

// A diagramRow is one row of cells; each is two characters a bit wide.
type diagramRow struct {
	cells []diagramCell
	open  bool // the last cell has no right edge: it is of variable size
	more  bool // goes on in the next row: no line between them
	ruler bool
}

type diagramCell struct {
	label string
	bits  int
}

// bits returns how much of a row is taken.
func (r *diagramRow) bits() int {
	n := 0
	for _, c := range r.cells {
		n += c.bits
	}
	return n
}

func newDiagram(ruler bool) *diagram {
	g := &diagram{}
	if ruler {
		g.rows = append(g.rows, diagramRow{ruler: true})
	}
	return g
}

// room returns a row with so many bits free at its end.
func (g *diagram) room(bits int) *diagramRow {
	if n := len(g.rows); n > 0 {
		if r := &g.rows[n-1]; !r.open && !r.ruler && r.bits()+bits <= 32 {
			return r
		}
	}
	g.rows = append(g.rows, diagramRow{})
	return &g.rows[len(g.rows)-1]
}

// fixed adds a field of a fixed size. One that is larger than a row takes several.
func (g *diagram) fixed(label string, bits int) {
	if bits <= 32 {
		r := g.room(bits)
		r.cells = append(r.cells, diagramCell{label, bits})
		return
	}
	n := (bits + 31) / 32
	for i := range n {
		text, width := "", 32
		if i == (n-1)/2 {
			text = label
		}
		if i == n-1 && bits%32 != 0 {
			width = bits % 32
		}
		g.rows = append(g.rows, diagramRow{cells: []diagramCell{{text, width}}, more: i < n-1})
	}
}

// variable adds a field of variable size, with its length or count before it, if it has one.
func (g *diagram) variable(lengthLabel string, lengthBits int, label string) {
	r := diagramRow{open: true}
	if lengthBits > 0 {
		r.cells = append(r.cells, diagramCell{lengthLabel, lengthBits})
	}
	if rest := 32 - lengthBits; rest > 0 {
		r.cells = append(r.cells, diagramCell{label, rest})
		g.rows = append(g.rows, r)
		return
	}
	r.open, r.more = false, false
	g.rows = append(g.rows, r, diagramRow{open: true, cells: []diagramCell{{label, 32}}})
}

const ruler = "" +
	" 0                   1                   2                   3\n" +
	" 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1\n"

// String returns the drawing.
func (g *diagram) String() string {
	var b strings.Builder
	above := 0
	line := func(bits int) { b.WriteString(strings.Repeat("+-", bits) + "+\n") }
	for i, r := range g.rows {
		if r.ruler {
			b.WriteString(ruler)
			continue
		}
		bits := r.bits()
		if i > 0 && g.rows[i-1].more {
			b.WriteString("+" + strings.Repeat(" ", 2*32-1) + "+\n")
		} else {
			line(max(bits, above))
		}
		for k, c := range r.cells {
			b.WriteByte('|')
			width := 2*c.bits - 1
			if r.open && k == len(r.cells)-1 {
				b.WriteString(" " + pad(c.label, width-4, false) + "...\n")
			} else {
				b.WriteString(pad(c.label, width, true))
			}
		}
		if !r.open {
			b.WriteString("|\n")
		}
		above = bits
	}
	if len(g.rows) > 0 {
		line(above)
	}
	return b.String()
}

// pad brings a label to a width. One that is too long is cut.
func pad(s string, width int, centre bool) string {
	n := utf8.RuneCountInString(s)
	switch {
	case width <= 0:
		return ""
	case n > width && width < 3:
		return string([]rune(s)[:width])
	case n > width:
		return string([]rune(s)[:width-1]) + "~"
	}
	left := 0
	if centre {
		left = (width - n) / 2
	}
	return strings.Repeat(" ", left) + s + strings.Repeat(" ", width-n-left)
}
