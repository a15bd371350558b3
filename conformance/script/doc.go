// Package script reads and runs transcripts: short files that say who sends what on which connection and what must
// come back. The commands are the same for every protocol; which messages, fields, errors and states there are comes
// from the protocol's table. The engine is github.com/rogpeppe/go-internal/testscript. This comment is the manual.
//
//	# SEND-3: a message to a user who is offline waits for the next login
//	fresh name alice bob
//	account $bob
//	connect a b
//	login a $alice
//	send a SEND to=$bob text='hello'
//	expect a ACCEPTED duplicate=false
//	login b $bob waiting=1
//	expect b DELIVER from=$alice text='hello'
//	fence a b
//
// # Files
//
// A transcript is a txtar file without archive members (members are allowed if their names are local paths; they are
// not used). Its path is its id: chat/send/ok-offline-recipient.txtar is the case chat/send/ok-offline-recipient.
//
// The first comment line names the rules that are judged, and says in one sentence what is right:
//
//	# SEND-5, SEND-8: a repeat is answered like the first, also after it was acknowledged
//
// More comment lines may follow. Whether a case needs --slow, a restart or a feature follows from its rules: one with a
// rule that is judged "slow" runs only with --slow; one that uses restart needs --exec; one with a rule that belongs to
// a feature is skipped where the feature is not announced. The command require adds to that.
//
// # Lines and words
//
// One command a line. Words are separated by blanks. An unquoted # begins a comment, wherever it stands.
//
//	'…'        no blanks, no $, no # are special inside; '' (two of them) is one quote
//	$v ${v}    the value of a variable; $v-x is $v and "-x", but $v_x is the variable v_x: write ${v}_x
//	'a'$v'b'   words are glued together
//
// A name after $ that was not declared (by fresh, let, capture, or a pool) is an error before anything runs. The command word itself
// is written plainly: no quotes, no $. Commands of the engine (exec, rm, cp …) and ! do not exist here.
//
// Values in field=value:
//
//	numbers    12  0x0c                     bool    true  false
//	enums      WILDCARD (or a number)       errors  NO_SUCH_USER (or a number)
//	flags      RESUME|REGEX                 bytes   0x1f2e
//	arrays     [a,b]  [$p-a,$p-b]  []
//	strings    as they are: text=hi  text='two words'  text=''
//	           or a Go string literal, if the value begins with a double quote: text='"line\n\u00e9"' text='"\xff"'
//
// # Variables
//
//	fresh KIND VAR…          new values that nobody has used before, not even an earlier run against the same server. KIND is a type of the
//	                         table (username, key) or the name of a field (name). A fresh name is that of the variable in lower case (at most 16
//	                         characters), "-" and 8 letters or digits that cannot be guessed: $p has 10 bytes. No fresh name is the beginning of
//	                         another: $p* matches only what the case made.
//	let VAR VALUE [*N]       a variable with this value, N times in a row:  let big 'x' *16384
//	unset VAR                it has no value any more, [set:VAR] is false
//	capture CONN VAR=FIELD…  from the message that was expected last on the connection:  capture a s=sequence e=epoch
//
// Variable names are letters, digits and _; ${alice.token} is the part token of alice (see pools).
//
// # Connections
//
//	connect CONN…            opens connections. A name may be used again after the connection has ended. @narrow: with buffers as small as
//	                         the system allows, so that the server's writes stick soon if nothing is read
//	close CONN…              closes it at once, without a word. (Unread bytes in it make that a reset, as TCP has it.)
//	half-close CONN          ends our side of the stream; the other side may go on
//	reset CONN               closes it with a TCP reset
//	stall CONN [off]         stops reading, as a client that hangs; off reads on
//	restart [graceful]       kills the server without warning (graceful: asks it to end) and starts it again on the same data. All connections
//	                         are gone. The case has the server for itself.
//
// Connections that are still open at the end are closed; nothing is judged then: end with a fence where silence matters.
//
// # Sending
//
//	send CONN MESSAGE [FIELD=VALUE…]
//
// sends a legal message, in whatever state the connection is. A field that is not named has: a new fresh value, if
// its type is fresh (a SEND has a new key); the value of the field that it repeats (again is password); else its
// example in the table, else the smallest legal value. The id is chosen by the engine; id=7 sets it. A value outside
// the limits is an error here. Illegal things go through the other door:
//
//	sendraw CONN MESSAGE [FIELD=VALUE…] [opcode=N] [length=N] [id=N] [@lie=FIELD:N] [@extra=HEX] [@cut=N]
//	sendraw CONN HEX…        e.g. sendraw a 0b 000000 0000000c     also 78*16385: a byte repeated
//
// The first form lays values out whatever they are. opcode, length and id (the header fields of the table) may be lies; @lie sets the length or count
// in front of a field; @extra appends bytes (00ff, 78*300) to the body and @cut takes N bytes from its end, both before the true length is computed.
// The second form sends bytes; a frame may be cut over several sendraw, with other commands in between.
//
// Options of send and sendraw: @split=N writes N bytes at a time; @hold keeps the bytes back and sends them in one
// write with the next send on the connection. @first=N sends the first N bytes and keeps the rest back until
//
//	flush CONN [@split=N]
//
// so that others can be heard between the two. @flood of sendraw sends as much as the other side takes, however little that is: then
// nothing more can be sent on the connection, and nothing that comes is judged.
//
// Nothing waits: several requests may be in flight, on one connection or on many.
//
// A connection may have ended, or be about to, when a request is sent: that is no fault of the sender. The request gets no answer, and
// expecting one fails with "the end of the connection", whether the end had been seen by then or not. What was never sent cannot be
// expected either way: that is an error of the transcript.
//
// # Expecting
//
// The engine follows the frames in both directions. Replies and pushes (frames with id 0) queue apart: a reply belongs to the oldest
// request that has no reply yet, must bear its id (without one in the header, the values that the table has it repeat), and must come in its turn. What the table says of
// every frame is judged by itself, wherever it happens: it decodes, its direction is right, its values are within limits, a push is legal in the state of the
// connection at that place (a DELIVER before LOGGED_IN or after LOGGED_OUT is a fault), nothing follows the end.
//
//	expect CONN MESSAGE [MATCH…]          the next reply, or the next push if MESSAGE can only be a push or no request is open
//	expect-error CONN ERROR [MATCH…]      the next reply is the message ERROR with this code
//	expect-oneof CONN… = NAME[:COUNT]…    each connection's next reply is one of these messages or errors; with counts, exactly so
//	                                      many of the connections got it:  expect-oneof a b c = CREATED:1 NAME_TAKEN:2
//	expect-close CONN [?MESSAGE…]         the server ends the connection properly (end of file, no reset) and nothing
//	                                      is left that was not expected; ?GOODBYE: this push may come before; @or-reset: a reset
//	                                      will do too; @fence: the fence is sent, so that who goes on is found out at once
//	fence CONN… [?NAME…] [= MESSAGE:COUNT…]
//	                                      sends the table's fence (PING) and waits for its reply. Up to there no reply has come that was not
//	                                      expected, and no push. ?GETQ_REPLY: this reply, or this error, may come before; for requests that are
//	                                      not always answered. With = exactly these pushes are queued, and stay to be expected: fence b = DELIVER:2
//	drain CONN MESSAGE [VAR=FIELD…]       takes all queued pushes of this kind, perhaps none; captures from the last one
//	collect CONN MESSAGE [FIELD=VALUE…] [-> MATCH…]
//	                                      a listing in pages: sends the request, and again with the cursor of each reply as long as there
//	                                      is one (the request's field that is same_as a field of its own reply). The arrays of all
//	                                      pages are joined; the matches judge the whole; capture sees it too.
//	                                      With @until it goes on only until the matches hold, and capture sees the cursor of the next page.
//	                                      A page may be empty: use collect, not expect ACCOUNTS, wherever completeness is judged.
//
// Matches:
//
//	f=V   f!=V     equal, not equal (strings and bytes byte by byte)
//	f<V f<=V f>V f>=V                     numbers
//	f~V            a string matches the regular expression (Go's, unanchored)
//	f?V   f!?V     contains, does not contain: an element of an array, a flag, a part of a string
//	f.len=2        the number of elements, or of bytes; also with the other comparisons
//	names[0]=V     an element
//
// A field that is not named is not judged (beyond what the table says of it). id and the other header fields can be matched too.
//
// Options of all of these: @within=5s waits longer than the engine would (for slow cases: "the server closes after 5 s" is
// @within=8s); @after=4s: not earlier, counted from the last byte that was sent or, before that, from connect.
// There is no sleep: silence is shown by fence, or by half-close and expect-close.
//
// # Conditions and demands
//
//	require FEATURE | !FEATURE | restart | slow
//
// skips the case where the demand is not met. A line may begin with conditions, [!…] negates:
//
//	[REGEX] send …          the feature is announced
//	[a:guest] send …        the connection is in this state of the table
//	[set:VAR] send …        the variable has a value
//	[lacks:BYE] …           it is known by now that the server does not know this request
//	[sent:SEND] …           in the cleaning of a pool: the case that had the thing may have sent this request
//	[shortcut] send …       shortcuts that spare password hashes may be taken (for macros)
//
// # Macros
//
// The file macros.txt beside the transcripts of a protocol holds its shorthands, in the same language:
//
//	macro hello conn ...
//		send $conn HELLO
//		expect $conn WELCOME ...
//	end
//
//	macro create who password='correct horse'
//		…
//	end
//
// A call is replaced by the lines of the body. $conn is replaced by the argument as it was written.
// Conditions before a call are judged once, before its first line. A parameter with =
// is named in the call (create $bob password=sesame) and has a default; ... stands for all other words. If the argument is a
// variable $bob, then ${who.x} is ${bob.x} and &who is the bare name bob, for capture and let. Macros may call macros defined above them.
// Variables and connections of a macro that are not its parameters belong to that call: they clash with nothing.
//
//	pool account name
//		…               makes one; the variables declared here are its parts
//	clean
//		…               makes it as good as new after a case; if that fails, it is thrown away
//	end
//
//	account $bob
//
// A pool holds things that are dear to make, and lends them to one case at a time. If $bob is fresh and has not been used yet, then
// "account $bob" gives it the value of a thing of the pool (its first part), and ${bob.token} … are the other parts. If
// $bob has been used before (the case has created it by itself), "account $bob" does nothing. What clean wants to know later (a new token) is put back by capture.
//
//	hash CREATE LOGIN
//
// names the messages that cost the server a password hash; they are counted.
//
// # The shorthands of the chat protocol
//
//	hello CONN [MATCH…]          HELLO, WELCOME
//	guest CONN                   connect and hello
//	account $NAME                an account exists, nobody is logged in, its inbox is empty; its password is 'correct horse'. Costs no hash, mostly
//	create $NAME [password=…]    makes an account of this very name (a hash), on a connection of its own. For names that matter: $p-a, spellings, deletions
//	login CONN $NAME [window=N] [password=…] [MATCH…]
//	                             account $NAME; hello if need be; logged in by RESUME if it can be, else by LOGIN. The matches are for LOGGED_IN.
//	                             Where the case is about LOGIN or RESUME themselves, write send and expect.
//	leave CONN                   BYE, GOODBYE, end of file: the session is over for certain, its token still works
//	logout CONN $NAME            LOGOUT, LOGGED_OUT; forgets the token
//	relogin CONN $NAME [window=N] [password=…] [MATCH…]
//	                             leave, connect, login
//
// A token that has ended (by an explicit LOGIN, LOGOUT or DELETE) must not be used by login: after LOGGED_IN write
// "capture a alice.token=token", and use logout rather than LOGOUT if the same account logs in again by login. Pooled accounts
// may be treated in any way, also deleted: the pool finds out.
//
// A login by password that must not be a RESUME: guest a, then send a LOGIN name=$alice password='correct horse', expect a LOGGED_IN.
//
// # Judging a client
//
// Transcripts that judge a client are in the same language with the sides changed: we are the server, and a program that drives the client
// tells us what it sees. Macros, variables, values, matches and close, half-close, reset and stall are as above; capture takes from
// what was received last. There are no pools.
//
//	accept CONN              the client opens a connection, the first one when it is started
//	receive CONN MESSAGE [MATCH…]
//	                         the next request. PINGs (the request of the table's fence) and requests whose success is silent (ACK) queue
//	                         apart: receive CONN ACK is the next ACK
//	reply CONN MESSAGE [FIELD=VALUE…]      answers the oldest request without a reply
//	reply-error CONN ERROR [FIELD=VALUE…]  refuses it
//	push CONN MESSAGE [FIELD=VALUE…]       unasked, with id 0
//	sendraw …                as above, for what a right server does not say: MESSAGE is one of the server, and has the id of the oldest request
//	                         without a reply unless id is given. The requests that come on the connection afterwards may have been sent before.
//	expect-close CONN        the client ends the connection, in whatever way
//	do ACTION [FIELD=VALUE…] the client is told to do something (wirecheck explain --driver)
//	expect-result ok [FIELD=VALUE…] | failed [ERROR…] | any
//	                         the result of the oldest command whose result was not expected yet
//	expect-event EVENT [FIELD=VALUE…]      the client tells of something: message, logged_out, ended
//	sync                     tells the client to be done, and waits until it is; then no message and no request is left that was not expected
//
// Options: @quiet of accept: PINGs are not answered by the engine. @loose of receive: fields that a user has chosen may be outside their
// limits. @until of receive: requests of the same queue before the one that matches are skipped. @or-result of accept and receive: it is
// enough if the oldest command has a result. @split, @hold and @extra of reply and push as above; @extra only where bytes are ignored.
//
// Conditions: [a:guest] the connection is open and in this state; [open:a] a request of it has no reply; [got:a:window>=12] what was received last
// matches; [set:VAR].
//
// In every case the engine holds each request against the table, looks for secrets where they do not belong, and sees that only what was
// delivered in a session is acknowledged in it. "breach KIND RULE" in the file of macros names the rules for that: frame, limits, secret, ack.
package script
