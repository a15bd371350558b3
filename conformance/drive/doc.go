// Package drive judges clients: it plays the server to them.
//
// A client is started once for each case and told what to do through the driver contract, which [Contract] has in full for people and
// [Schema] for programs. What happens is written in transcripts, in the language of the package script. A client that cannot be driven by
// JSON lines is driven by the lines of a [Phrases] file.
package drive
