package conformance

import "github.com/wirelaw/wirelaw/spec"

// A Case is one transcript and the rules that it judges.
type Case struct {
	ID     string     // the path of its transcript without the ending: "chat/send/ok-offline-recipient"
	Title  string     // what is right, as a sentence
	Rules  []string   // ids of the rules that it judges, the most important first
	Level  spec.Level // the strongest level of its rules
	File   string     // where the transcript was read, for messages
	Source []byte     // the transcript

	Features []string // it is skipped unless all of these are announced
	Absent   []string // it is skipped if one of these is announced
	Restart  bool     // it restarts the server
	Slow     bool     // it waits
	Family   string   // of a case that follows from the table: what it tries, and on which message; else ""
	Uses     []string // names of the messages that it needs to work, sorted; not those that it only sends to be refused
}
