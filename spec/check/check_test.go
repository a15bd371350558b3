package check_test

import (
	"testing"

	"github.com/wirelaw/wirelaw/spec"
	"github.com/wirelaw/wirelaw/spec/check"
	"github.com/wirelaw/wirelaw/spec/internal/badtable"
)

func TestChatMakesSense(t *testing.T) {
	p, err := spec.Chat()
	if err != nil {
		t.Fatal(err)
	}
	if err := check.Check(p); err != nil {
		t.Error(err)
	}
}

func TestBadTables(t *testing.T) {
	badtable.Run(t, "testdata/bad", "../testdata/base.yaml", judge)
}

func TestBadWideTables(t *testing.T) {
	badtable.Run(t, "testdata/wide", "../testdata/wide.yaml", judge)
}

func judge(t *testing.T, src []byte) error {
	p, err := spec.Load("bad.yaml", src)
	if err != nil {
		t.Errorf("the loader refuses it, which is not what this test is about: %v", err)
		return err
	}
	return check.Check(p)
}
