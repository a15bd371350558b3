package peer

// A ClientFault is one way in which a client is wrong.
type ClientFault struct {
	Name string
	Rule string // that it breaks
	Doc  string
}

// ClientFaults are all faults that a model client can have, each to be caught.
var ClientFaults = []*ClientFault{
	{"no-hello", "CLIENT-1", "begins with LOGIN"},
	{"id-zero", "CLIENT-1", "LIST has the id 0"},
	{"trailing", "CLIENT-1", "CREATE has a byte too many"},
	{"acknowledges-as-guest", "CLIENT-1", "an ACK follows LOGGED_OUT"},
	{"window-zero", "CLIENT-2", "LOGIN names a window of 0"},
	{"keepalive-zero", "CLIENT-2", "HELLO proposes a keepalive of 0"},
	{"one-read-one-frame", "CLIENT-3", "half a frame is a broken connection"},
	{"first-of-a-read", "CLIENT-3", "of what comes in one read only the first frame is looked at"},
	{"any-id", "CLIENT-4", "a reply answers the oldest request, whatever its id"},
	{"any-reply", "CLIENT-4", "whatever is not ERROR means success"},
	{"stray-replies-ignored", "CLIENT-4", "a reply to nothing is ignored"},
	{"trailing-ignored", "CLIENT-5", "bytes after the last field are ignored"},
	{"limits-ignored", "CLIENT-5", "fields outside their limits are taken"},
	{"unknown-opcode-skipped", "CLIENT-5", "an opcode that is not known is ignored"},
	{"half-shown", "CLIENT-5", "what has come of a message is shown when the stream ends within it"},
	{"crash", "CLIENT-5", "what cannot be understood ends the program"},
	{"waits-for-body", "CLIENT-6", "a body of any length is waited for"},
	{"shown-to-guests", "CLIENT-7", "DELIVER is shown while nobody is logged in"},
	{"goes-on-after-goodbye", "CLIENT-7", "DELIVER is shown after GOODBYE"},
	{"strict-features", "CLIENT-8", "features that are not known are a fault of the server"},
	{"strict-error", "CLIENT-8", "bytes after the fields of ERROR are a fault of the server"},
	{"strict-code", "CLIENT-9", "an error that is not known is a fault of the server"},
	{"refusals-are-done", "CLIENT-10", "what was refused is told as done"},
	{"refusals-close", "CLIENT-10", "the connection is closed after every refusal"},
	{"done-at-once", "CLIENT-11", "CREATE is told as done when it is sent"},
	{"lost-is-ok", "CLIENT-11", "what is lost with its connection is told as done"},
	{"stays-after-end", "CLIENT-12", "the connection stays open when the server has ended the stream"},
	{"repeats-shown", "CLIENT-13", "a message that is delivered again is shown again"},
	{"epoch-ignored", "CLIENT-14", "a sequence of another epoch is taken for a repeat"},
	{"no-ack", "CLIENT-15", "nothing is acknowledged"},
	{"repeats-not-acknowledged", "CLIENT-15", "what is delivered again is not acknowledged again"},
	{"acknowledges-ahead", "CLIENT-15", "the sequence after the last one is acknowledged"},
	{"narrow", "CLIENT-16", "after eight deliveries the connection is closed"},
	{"new-key", "CLIENT-17", "a SEND is repeated under another key"},
	{"one-key", "CLIENT-18", "all messages have one key"},
	{"key-of-text", "CLIENT-18", "the key follows from recipient and text"},
	{"accepted-again", "CLIENT-19", "what was accepted is sent again after a lost connection"},
	{"refused-again", "CLIENT-19", "a SEND to nobody is tried twice"},
	{"password-as-agent", "CLIENT-20", "HELLO has the password in it"},
	{"password-as-text", "CLIENT-20", "the password is sent in a message"},
	{"password-again", "CLIENT-21", "a lost session is taken up with the password where RESUME is announced"},
	{"resumes-unannounced", "CLIENT-22", "RESUME is sent where it is not announced"},
	{"first-token", "CLIENT-22", "RESUME has the token of an earlier login"},
	{"token-after-logout", "CLIENT-22", "a login after LOGOUT uses the token"},
	{"versions-again", "CLIENT-23", "BAD_VERSION is a refusal like others, and a reason to try again"},
	{"fights", "CLIENT-24", "a session that was taken over is taken back"},
	{"again-ignored", "CLIENT-25", "the repetition of the password is the password"},
	{"first-page-only", "CLIENT-26", "a listing ends with its first page"},
	{"ends-at-empty-page", "CLIENT-26", "a listing ends with an empty page"},
	{"pattern-forgotten", "CLIENT-26", "the second page is asked for without the pattern"},
	{"silent", "CLIENT-27", "PING is never sent"},
}
