package report

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/wirelaw/wirelaw/conformance"
)

// A Named is a run and what it is called beside others.
type Named struct {
	Name string
	*Run
}

// A Matrix is several runs side by side.
type Matrix struct {
	Runs   []Named
	Wishes []MatrixWish
	Rows   []MatrixRow
	Tables bool // the runs were judged by different tables
}

// A MatrixWish is the score of a wish in each run, nil where it has none.
type MatrixWish struct {
	Name   string
	Wish   string
	Scores []*Score
}

// A MatrixRow is a case and its verdict in each run, "" where it was not run.
type MatrixRow struct {
	ID       string
	Title    string
	Verdicts []conformance.Verdict
	Bad      bool // some did not pass
	Differ   bool // those that were judged are not of one mind
}

// NewMatrix sets runs side by side. Cases are sorted by their ids. The runs may come from strangers: their texts are made fit
// to be shown again.
func NewMatrix(runs []Named) *Matrix {
	m := &Matrix{}
	for _, r := range runs {
		own := *r.Run
		own.Head.Title, own.Target, own.Agent, own.Problem = clean(own.Head.Title), clean(own.Target), clean(own.Agent), clean(own.Problem)
		own.Features = slices.Clone(own.Features)
		for i, f := range own.Features {
			own.Features[i] = clean(f)
		}
		m.Runs = append(m.Runs, Named{clean(r.Name), &own})
	}
	rows := map[string]*MatrixRow{}
	wishes := map[string]int{}
	for i, r := range runs {
		m.Tables = m.Tables || r.Table != runs[0].Table
		for _, c := range r.Cases {
			row := rows[c.ID]
			if row == nil {
				row = &MatrixRow{ID: clean(c.ID), Title: clean(c.Title), Verdicts: make([]conformance.Verdict, len(runs))}
				rows[c.ID] = row
			}
			row.Verdicts[i] = conformance.Verdict(clean(string(c.Verdict)))
		}
		for _, s := range r.Scores {
			at, ok := wishes[s.Name]
			if !ok {
				at = len(m.Wishes)
				wishes[s.Name] = at
				m.Wishes = append(m.Wishes, MatrixWish{Name: clean(s.Name), Wish: clean(s.Wish), Scores: make([]*Score, len(runs))})
			}
			m.Wishes[at].Scores[i] = &s
		}
	}
	for _, row := range rows {
		var first conformance.Verdict
		for _, v := range row.Verdicts {
			row.Bad = row.Bad || bad(v) || v == conformance.XFail
			if v == "" || v == conformance.Skip {
				continue
			}
			if first == "" {
				first = v
			}
			row.Differ = row.Differ || v != first
		}
		m.Rows = append(m.Rows, *row)
	}
	slices.SortFunc(m.Rows, func(a, b MatrixRow) int { return cmp.Compare(a.ID, b.ID) })
	return m
}

// Text writes the matrix for a terminal: counts, scores by wish, and the cases that some did not pass.
func (m *Matrix) Text(w io.Writer) error {
	b := bufio.NewWriter(printable{w, nil})
	for i, r := range m.Runs {
		fmt.Fprintf(b, "%s  %s: %s %s", column(i), r.Name, r.Target, r.Verdict())
		if r.Agent != "" {
			fmt.Fprintf(b, ", %s", r.Agent)
		}
		if r.Problem != "" {
			fmt.Fprintf(b, ": %s", r.Problem)
		}
		fmt.Fprintln(b)
	}
	if m.Tables {
		fmt.Fprintln(b, "They were judged by different tables.")
	}
	grid := [][]string{m.header("")}
	for _, v := range Verdicts {
		row := []string{string(v)}
		sum := 0
		for _, r := range m.Runs {
			sum += r.Counts[v]
			row = append(row, fmt.Sprint(r.Counts[v]))
		}
		if sum > 0 {
			grid = append(grid, row)
		}
	}
	all := []string{"all"}
	for _, r := range m.Runs {
		all = append(all, fmt.Sprint(len(r.Cases)))
	}
	writeGrid(b, append(grid, all))
	grid = [][]string{m.header("rules that hold")}
	for _, s := range m.Wishes {
		row := []string{s.Name}
		for _, score := range s.Scores {
			row = append(row, score.String())
		}
		grid = append(grid, row)
	}
	writeGrid(b, grid)
	grid = [][]string{m.header("cases that some did not pass")}
	for _, r := range m.Rows {
		if !r.Bad {
			continue
		}
		row := []string{r.ID}
		for _, v := range r.Verdicts {
			row = append(row, cmp.Or(string(v), "-"))
		}
		grid = append(grid, row)
	}
	if len(grid) > 1 {
		writeGrid(b, grid)
	}
	return b.Flush()
}

// String is "6 of 8", or "-" for a wish that was not judged.
func (s *Score) String() string {
	if s == nil || s.All == 0 {
		return "-"
	}
	return fmt.Sprintf("%d of %d", s.Held, s.All)
}

// column names a run: A, B … Z, AA, AB …
func column(i int) string {
	name := string(rune('A' + i%26))
	if i >= 26 {
		return column(i/26-1) + name
	}
	return name
}

func (m *Matrix) header(first string) []string {
	row := []string{first}
	for i := range m.Runs {
		row = append(row, column(i))
	}
	return row
}

// writeGrid writes a table: the first column to the left, the others to the right.
func writeGrid(w io.Writer, grid [][]string) {
	width := make([]int, len(grid[0]))
	for _, row := range grid {
		for i, cell := range row {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	fmt.Fprintln(w)
	for _, row := range grid {
		for i, cell := range row {
			pad := strings.Repeat(" ", width[i]-utf8.RuneCountInString(cell))
			if i == 0 {
				fmt.Fprint(w, cell, pad)
			} else {
				fmt.Fprint(w, "  ", pad, cell)
			}
		}
		fmt.Fprintln(w)
	}
}

// HTML writes the matrix as one page that needs nothing else.
func (m *Matrix) HTML(w io.Writer) error {
	b := bufio.NewWriter(w)
	if err := pages.ExecuteTemplate(b, "matrix.html", m); err != nil {
		return err
	}
	return b.Flush()
}

// Title names the protocols, for the page.
func (m *Matrix) Title() string {
	var names []string
	for _, r := range m.Runs {
		if !slices.Contains(names, r.Title) {
			names = append(names, r.Title)
		}
	}
	return strings.Join(names, ", ")
}

// Present lists the verdicts that some run has.
func (m *Matrix) Present() (out []conformance.Verdict) {
	for _, v := range Verdicts {
		if slices.ContainsFunc(m.Runs, func(r Named) bool { return r.Counts[v] > 0 }) {
			out = append(out, v)
		}
	}
	return out
}
