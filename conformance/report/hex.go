package report

import (
	"fmt"
	"strings"
)

// What a page shows of a frame.
const (
	pageBytes  = 256
	pageRow    = 16
	pageFields = 40
	pageEvents = 60
)

// A hexRow is a row of a dump.
type hexRow struct {
	Offset string
	Parts  []hexPart
	Pad    string // up to the text
	Text   []hexPart
}

// A hexPart is bytes of one field. Class tells neighbours apart.
type hexPart struct {
	Class string
	Text  string
}

// talk makes the last events ready to be shown, or those up to the one at fault and a few that follow. It returns how many come
// before them. The bytes of the frame at fault are shown at once, or of the last frame; field is the one of it at fault, or "".
func talk(events []Event, fault int, field string) (out []pageEvent, before int) {
	open, end := fault, len(events)
	if fault >= 0 {
		end = min(end, fault+10)
	} else {
		for i, e := range events {
			if e.Frame != nil {
				open = i
			}
		}
	}
	before = max(0, end-pageEvents)
	for i := before; i < end; i++ {
		e := events[i]
		pe := pageEvent{Event: e, Fault: i == fault, Open: i == open}
		if pe.Fault {
			pe.Bad = field
		}
		pe.Rows, pe.Left = dump(e)
		if len(pe.Fields) > pageFields {
			rest := len(pe.Fields) - pageFields
			last := pe.Fields[pageFields]
			pe.Fields = append(pe.Fields[:pageFields:pageFields], Field{Offset: last.Offset, Path: "…", Text: count(rest, "more field", "more fields")})
		}
		out = append(out, pe)
	}
	return out, before
}

// dump is the beginning of a frame in rows, and how many bytes are left out.
func dump(e Event) (rows []hexRow, left int) {
	b := e.Frame[:min(len(e.Frame), pageBytes)]
	left = max(e.Bytes, len(e.Frame)) - len(b)
	field := make([]int, len(b)) // of each byte
	for i, f := range e.Fields {
		for at := f.Offset; at < f.Offset+f.Len && at < len(b); at++ {
			field[at] = i
		}
	}
	for from := 0; from < len(b); from += pageRow {
		to := min(from+pageRow, len(b))
		row := hexRow{Offset: fmt.Sprintf("%04x", from), Pad: strings.Repeat("   ", from+pageRow-to)}
		for at := from; at < to; {
			end := at
			var hex, text strings.Builder
			for end < to && field[end] == field[at] {
				hidden := len(e.Fields) > 0 && e.Fields[field[end]].Hidden
				switch c := b[end]; {
				case hidden:
					hex.WriteString("·· ")
					text.WriteString("·")
				default:
					fmt.Fprintf(&hex, "%02x ", c)
					if c < 0x20 || c > 0x7e {
						c = '.'
					}
					text.WriteByte(c)
				}
				end++
			}
			class := fmt.Sprintf("f%d", field[at]%4)
			row.Parts = append(row.Parts, hexPart{class, hex.String()})
			row.Text = append(row.Text, hexPart{class, text.String()})
			at = end
		}
		rows = append(rows, row)
	}
	return rows, left
}
