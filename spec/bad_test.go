package spec_test

import (
	"testing"

	"github.com/wirelaw/wirelaw/spec"
	"github.com/wirelaw/wirelaw/spec/internal/badtable"
)

func TestBadTables(t *testing.T) {
	badtable.Run(t, "testdata/bad", "testdata/base.yaml", load)
}

func TestBadWideTables(t *testing.T) {
	badtable.Run(t, "testdata/wide", "testdata/wide.yaml", load)
}

func load(_ *testing.T, src []byte) error {
	_, err := spec.Load("bad.yaml", src)
	return err
}
