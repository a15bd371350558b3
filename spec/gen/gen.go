// Package gen turns a protocol table into files: one generator per file of this package.
package gen

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/wirelaw/wirelaw/spec"
)

// A File is one generated file.
type File struct {
	Path string // below the generator's folder, with slashes
	Data []byte
}

// A Generator makes one kind of output from a table. The same table always gives the same bytes.
type Generator struct {
	Kind     string                        // the word on the command line
	Doc      string                        // what it makes, as a phrase
	Out      func(p *spec.Protocol) string // the folder, from the root of the repository, with slashes
	Generate func(p *spec.Protocol) ([]File, error)
	Owns     string // pattern (path.Match) of file names in the folder that are all its own: others of that form are orphans
}

// Generators are all kinds, by name.
var Generators = []Generator{
	goGenerator,
}

// Find returns the generator of a kind.
func Find(kind string) (Generator, bool) {
	i := slices.IndexFunc(Generators, func(g Generator) bool { return g.Kind == kind })
	if i < 0 {
		return Generator{}, false
	}
	return Generators[i], true
}

// A State says how a generated file relates to what is on disk.
type State string

// The states of a generated file.
const (
	Fresh    State = "fresh"    // as generated
	Differs  State = "differs"  // not as generated
	Missing  State = "missing"  // not there
	Orphaned State = "orphaned" // there, but no longer generated
)

// A Result is one file and its state before anything was written.
type Result struct {
	Path  string // from the current folder, with the separators of the system
	State State
}

// Run generates with the given generators below the folder root and compares with what is there. If write is set, it
// then writes what differs or is missing and removes what is orphaned; a file that is fresh is not touched. out, if not
// empty, takes the place of root and of the generators' own folders. The results are sorted by path.
func Run(p *spec.Protocol, gens []Generator, root, out string, write bool) ([]Result, error) {
	var results []Result
	for _, g := range gens {
		files, err := g.Generate(p)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", g.Kind, err)
		}
		dir := out
		if dir == "" {
			dir = filepath.Join(root, filepath.FromSlash(g.Out(p)))
		}
		r, err := runOne(g, files, dir, write)
		if err != nil {
			return nil, err
		}
		results = append(results, r...)
	}
	slices.SortFunc(results, func(a, b Result) int { return cmp.Compare(a.Path, b.Path) })
	return results, nil
}

func runOne(g Generator, files []File, dir string, write bool) ([]Result, error) {
	var results []Result
	mine := map[string]bool{}
	for _, f := range files {
		name := filepath.Join(dir, filepath.FromSlash(f.Path))
		mine[name] = true
		state, err := compare(name, f.Data)
		if err != nil {
			return nil, err
		}
		results = append(results, Result{name, state})
		if write && state != Fresh {
			if err := replace(name, f.Data); err != nil {
				return nil, err
			}
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, e := range entries {
		name := filepath.Join(dir, e.Name())
		if own, _ := path.Match(g.Owns, e.Name()); !own || mine[name] || e.IsDir() {
			continue
		}
		results = append(results, Result{name, Orphaned})
		if write {
			if err := os.Remove(name); err != nil {
				return nil, err
			}
		}
	}
	return results, nil
}

func compare(name string, want []byte) (State, error) {
	got, err := os.ReadFile(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Missing, nil
	case err != nil:
		return "", err
	case bytes.Equal(got, want):
		return Fresh, nil
	}
	return Differs, nil
}

// replace writes a file so that nobody sees half of it.
func replace(name string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(name), ".wiregen-*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(data)
	err = errors.Join(err, tmp.Chmod(0o644), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), name)
	}
	if err != nil {
		os.Remove(tmp.Name())
	}
	return err
}
