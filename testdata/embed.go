// Package testdata embeds the transcripts that come with wirecheck.
package testdata

import "embed"

// Transcripts holds transcripts/PROTOCOL/…/*.txtar and transcripts/PROTOCOL/macros.txt.
//
//go:embed transcripts
var Transcripts embed.FS
