// Package check judges whether a protocol table makes sense: what package spec cannot know from syntax and names alone.
package check

import (
	"github.com/wirelaw/wirelaw/spec"
)

// Check judges a table. The error is a *spec.ErrorList.
func Check(p *spec.Protocol) error {
	return nil
}
