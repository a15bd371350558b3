package check_test

import (
	"testing"

	"github.com/wirelaw/wirelaw/spec"
	"github.com/wirelaw/wirelaw/spec/check"
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
