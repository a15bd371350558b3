// Package testdata embeds the transcripts that come with wirecheck.
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
