package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Kinds are the reports that are written to files, by name.
var kinds = []struct {
	name  string
	write func(io.Writer, *Run) error
}{
	{"html", HTML}, {"junit", JUnit}, {"tap", TAP}, {"json", JSON}, {"md", Markdown},
}

// Kinds returns the names of the kinds of reports.
func Kinds() (names []string) {
	for _, k := range kinds {
		names = append(names, k.name)
	}
	return names
}

// IsKind reports whether Write knows the kind.
func IsKind(kind string) bool { return slices.Contains(Kinds(), kind) }

// Write writes the run as a report of that kind, one of Kinds.
func Write(w io.Writer, kind string, r *Run) error {
	for _, k := range kinds {
		if k.name == kind {
			return k.write(w, r)
		}
	}
	return fmt.Errorf("there is no kind of report %q, only %s", kind, strings.Join(Kinds(), ", "))
}
