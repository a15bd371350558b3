// Package run judges a target by cases: it loads and selects them, plans, runs many side by side, and tells what became of each.
package run

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/derive"
	"github.com/wirelaw/wirelaw/conformance/script"
	"github.com/wirelaw/wirelaw/spec"
)

// prefix is what the ids of cases begin with.
func (s *Suite) prefix() string {
	if s.side() == spec.FromClient {
		return s.Protocol.ID + "-client"
	}
	return s.Protocol.ID
}

// MacrosFile is the name of the file with a protocol's shorthands.
const MacrosFile = "macros.txt"

// A Case is a case that can be run.
type Case struct {
	*conformance.Case
	Script *script.Script

	derived *derive.Case // nil: a transcript of its own
}

// A Suite is all cases for a protocol, sorted by id.
type Suite struct {
	Protocol *spec.Protocol
	Reader   *script.Reader
	Cases    []*Case
	Judged   spec.Direction // the side that the cases judge; "": the server
}

// side is the side that the cases judge.
func (s *Suite) side() spec.Direction { return cmp.Or(s.Judged, spec.FromServer) }

// Load reads the transcripts of fsys, and the macros there. Ids begin with the id of the protocol; dir is put before the names of
// files where people see them. All errors in transcripts are reported together.
func Load(p *spec.Protocol, fsys fs.FS, dir string) (*Suite, error) {
	macros, err := fs.ReadFile(fsys, MacrosFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	reader, err := script.NewReader(p, path.Join(dir, MacrosFile), string(macros))
	if err != nil {
		return nil, err
	}
	return read(&Suite{Protocol: p, Reader: reader}, fsys, dir)
}

// LoadClient is Load for transcripts that judge clients, which can be told to do actions. Ids begin with the id of the protocol and
// "-client".
func LoadClient(p *spec.Protocol, actions []script.Action, fsys fs.FS, dir string) (*Suite, error) {
	macros, err := fs.ReadFile(fsys, MacrosFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	reader, err := script.NewClientReader(p, actions, path.Join(dir, MacrosFile), string(macros))
	if err != nil {
		return nil, err
	}
	return read(&Suite{Protocol: p, Reader: reader, Judged: spec.FromClient}, fsys, dir)
}

// read adds the transcripts of fsys to a suite.
func read(s *Suite, fsys fs.FS, dir string) (*Suite, error) {
	var bad []error
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".txtar" {
			return err
		}
		src, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		id := s.prefix() + "/" + strings.TrimSuffix(name, ".txtar")
		if err := s.Add(id, path.Join(dir, name), src); err != nil {
			bad = append(bad, err)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("no transcripts: %w", err)
	}
	if len(bad) > 0 {
		return s, errors.Join(bad...)
	}
	return s, nil
}

// Add reads one transcript and adds it as a case.
func (s *Suite) Add(id, file string, src []byte) error {
	sc, err := s.Reader.Read(file, src)
	if err != nil {
		return err
	}
	c, err := sc.Case(s.Protocol, id, src)
	if err != nil {
		return err
	}
	s.Cases = append(s.Cases, &Case{c, sc, nil})
	slices.SortFunc(s.Cases, func(a, b *Case) int { return strings.Compare(a.ID, b.ID) })
	return nil
}
