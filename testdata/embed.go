// Package testdata embeds the transcripts that come with wirecheck, and tables of other people's protocols for tests.
package testdata

import (
	"embed"
	"io/fs"
)

// transcripts holds transcripts/PROTOCOL/…/*.txtar and transcripts/PROTOCOL/macros.txt.
//
//go:embed transcripts
var transcripts embed.FS

// Transcripts returns the transcripts for a protocol and the macros beside them, nil if there are none.
func Transcripts(protocol string) fs.FS {
	sub, err := fs.Sub(transcripts, "transcripts/"+protocol)
	if err != nil {
		return nil
	}
	if _, err := fs.Stat(sub, "."); err != nil {
		return nil
	}
	return sub
}

// specs holds specs/PROTOCOL.yaml and the captures specs/PROTOCOL/*.txt.
//
//go:embed specs
var specs embed.FS

// Specs returns the tables of other people's protocols, PROTOCOL.yaml, and the captures of each, PROTOCOL/*.txt. Programs do not
// need it.
func Specs() fs.FS {
	sub, err := fs.Sub(specs, "specs")
	if err != nil {
		panic(err) // the name is one of the embedded tree
	}
	return sub
}
