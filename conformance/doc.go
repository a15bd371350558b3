// Package conformance is the vocabulary of judging: what a case is, what became of it and why.
//
// It knows no network and no file. The folders below it do the work: script runs a transcript, target starts and
// watches an implementation, run plans and runs many cases, report tells about them.
package conformance
