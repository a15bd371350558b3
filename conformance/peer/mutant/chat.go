package mutant

import (
	"strings"

	"github.com/wirelaw/wirelaw/conformance/peer"
	"github.com/wirelaw/wirelaw/spec"
)

// Chat returns the faults of a chat server that people thought up.
func Chat() []*peer.Fault {
	var list []*peer.Fault
	for _, b := range bugs {
		list = append(list, &peer.Fault{Name: string(b.bug), Doc: b.doc, Rules: strings.Fields(b.rules), Bug: b.bug, Without: strings.Fields(without[b.bug]), Style: styles[b.bug]})
	}
	for _, f := range peer.Faults {
		copy := *f
		copy.Name = "basic/" + f.Name
		list = append(list, &copy)
	}
	return append(list, conversational...)
}

// without names the features that a bug needs absent.
var without = map[peer.Bug]string{peer.UnannouncedWorks: "RESUME REGEX"}

// styles are what lets some bugs show.
var styles = map[peer.Bug]peer.Style{
	peer.PageIgnored:       {Page: 1},
	peer.WindowOverMaximum: {Window: 16},
	peer.FullIsIgnored:     {Inbox: 256},
	peer.FullDropsOldest:   {Inbox: 256},
	peer.FullIsUnknown:     {Inbox: 256},
}

// conversational are faults that a request and its answer show, and no bug of the model.
var conversational = []*peer.Fault{
	{Name: "connection/deaf-after-50", Doc: "from the fiftieth request of a connection on nothing is answered", Rules: []string{"FRAME-5"}, After: func(c *peer.Conn, _ peer.Request, goOn bool) bool {
		if c.Number() >= 50 {
			c.Deafen()
		}
		return goOn
	}},
	{Name: "connection/ends-after-80", Doc: "a connection ends after eighty requests", Rules: []string{"FRAME-5"}, After: func(c *peer.Conn, _ peer.Request, goOn bool) bool {
		return goOn && c.Number() < 80
	}},
	{Name: "crash/request-500", Doc: "the five hundredth request ends the server", Rules: []string{"CHECK-8"}, After: func(c *peer.Conn, _ peer.Request, goOn bool) bool {
		c.CrashAt(500)
		return goOn
	}},
	{Name: "login/refused-closes", Doc: "a refused LOGIN ends the connection", Rules: []string{"LOGIN-10"}, After: func(_ *peer.Conn, r peer.Request, goOn bool) bool {
		return goOn && !(is(r, "LOGIN") && earns(r, "BAD_CREDENTIALS"))
	}},
	{Name: "login/second-session-closes", Doc: "ALREADY_LOGGED_IN ends the connection", Rules: []string{"LOGIN-10"}, After: func(_ *peer.Conn, r peer.Request, goOn bool) bool {
		return goOn && !earns(r, "ALREADY_LOGGED_IN")
	}},
	{Name: "create/limits-after-taken", Doc: "a name that is taken is told before the password is looked at", Rules: []string{"CHECK-6", "CHECK-5"}, Check: func(c *peer.Conn, r peer.Request, e *spec.Error) *spec.Error {
		if is(r, "CREATE") && e != nil && e.Name == "BAD_PASSWORD" && c.Knows(r) {
			return c.Error("NAME_TAKEN")
		}
		return e
	}},
	{Name: "send/limits-after-recipient", Doc: "an unknown recipient is told before the text is looked at", Rules: []string{"CHECK-6", "CHECK-5"}, Check: func(c *peer.Conn, r peer.Request, e *spec.Error) *spec.Error {
		if is(r, "SEND") && e != nil && e.Name == "BAD_FIELD" {
			return c.Error("NO_SUCH_USER")
		}
		return e
	}},
	{Name: "error/empty-text", Doc: "the text of errors is empty", Rules: []string{"ERROR-1"}, Style: peer.Style{ErrorText: func(*spec.Error) string { return "" }}},
	{Name: "error/empty-text-of-one", Doc: "the text of BAD_ACK is empty", Rules: []string{"ERROR-1"}, Style: peer.Style{ErrorText: func(e *spec.Error) string {
		if e.Name == "BAD_ACK" {
			return ""
		}
		return "no"
	}}},
	{Name: "version/no-range", Doc: "BAD_VERSION tells no range", Rules: []string{"HELLO-2"}, Answer: func(c *peer.Conn, r peer.Request, f []byte) [][]byte {
		if earns(r, "BAD_VERSION") {
			return [][]byte{c.Shorter(f, 4)}
		}
		return [][]byte{f}
	}},
	{Name: "id/low-bits-only", Doc: "a reply bears the lower half of the id of its request", Rules: []string{"FRAME-4"}, Answer: func(c *peer.Conn, r peer.Request, f []byte) [][]byte {
		return [][]byte{c.WithID(f, r.ID&0xffff)}
	}},
	{Name: "id/signed", Doc: "an id with its highest bit set is refused", Rules: []string{"FRAME-4", "FRAME-7"}, Check: func(c *peer.Conn, r peer.Request, e *spec.Error) *spec.Error {
		if r.ID>>31 == 1 {
			return c.Error("BAD_ID")
		}
		return e
	}},
	{Name: "id/not-twice", Doc: "an id that was used last is refused", Rules: []string{"FRAME-7"}, Check: func(c *peer.Conn, r peer.Request, e *spec.Error) *spec.Error {
		if c.Repeats(r.ID) && e == nil {
			return c.Error("BAD_ID")
		}
		return e
	}},
	{Name: "id/must-rise", Doc: "an id that is not above the last one is refused", Rules: []string{"FRAME-7"}, Check: func(c *peer.Conn, r peer.Request, e *spec.Error) *spec.Error {
		if r.ID < c.LastID() && e == nil {
			return c.Error("BAD_ID")
		}
		return e
	}},
	{Name: "state/refused-has-effect", Doc: "LOGOUT ends the session of another connection, though it is refused", Rules: []string{"CHECK-3", "ERROR-3"}, After: func(c *peer.Conn, r peer.Request, goOn bool) bool {
		if is(r, "LOGOUT") && earns(r, "BAD_STATE") {
			c.CutOthers()
		}
		return goOn
	}},
	{Name: "resume/unknown-closes", Doc: "BAD_TOKEN ends the connection", Rules: []string{"ERROR-3", "RESUME-5"}, After: func(_ *peer.Conn, r peer.Request, goOn bool) bool {
		return goOn && !earns(r, "BAD_TOKEN")
	}},
	{Name: "resume/unknown-is-credentials", Doc: "an unknown token is BAD_CREDENTIALS", Rules: []string{"RESUME-5"}, Check: nil, Answer: func(c *peer.Conn, r peer.Request, f []byte) [][]byte {
		if earns(r, "BAD_TOKEN") && r.Why == nil {
			return [][]byte{c.Refusal(c.Error("BAD_CREDENTIALS"), r.ID)}
		}
		return [][]byte{f}
	}},
	{Name: "goodbye/followed", Doc: "GOODBYE comes twice", Rules: []string{"GOODBYE-2"}, Answer: func(c *peer.Conn, r peer.Request, f []byte) [][]byte {
		if is(r, "BYE") && r.Error == nil {
			return [][]byte{f, c.WithID(f, 0)}
		}
		return [][]byte{f}
	}},
	{Name: "bye/does-not-close", Doc: "after GOODBYE the connection stays open", Rules: []string{"BYE-1"}, After: func(_ *peer.Conn, r peer.Request, goOn bool) bool {
		return goOn || is(r, "BYE")
	}},
	{Name: "ping/not-in-member", Doc: "PING is not answered once logged in", Rules: []string{"PING-1"}, Answer: func(c *peer.Conn, r peer.Request, f []byte) [][]byte {
		if is(r, "PING") && r.State.Name == "member" {
			return nil
		}
		return [][]byte{f}
	}},
}

func is(r peer.Request, name string) bool { return r.Message != nil && r.Message.Name == name }

func earns(r peer.Request, name string) bool { return r.Error != nil && r.Error.Name == name }

// bugs says of each bug of the model what it breaks.
var bugs = []struct {
	bug        peer.Bug
	rules, doc string
}{
	{peer.OneFrameASegment, "FRAME-1", "of frames in one segment only the first is seen"},
	{peer.CutFrameIsEnd, "FRAME-1", "a header in two segments ends the connection"},
	{peer.HalfCloseDrops, "FRAME-9", "the end of the client's stream drops what waits to be written"},
	{peer.HalfCloseIgnored, "FRAME-9", "the end of the client's stream is not answered with the end of the server's"},
	{peer.SkipsNoBody, "CHECK-1", "the body of an unknown opcode is taken for frames"},
	{peer.ReadsAhead, "FRAME-8", "closes without draining, and has read ahead what is small"},
	{peer.ReadsTheBody, "FRAME-2", "the body of a frame that is too large is waited for"},
	{peer.SlowReaderBlocks, "DELIVER-7", "a client that does not read holds up all others"},
	{peer.UnannouncedWorks, "CHECK-7", "features that are not announced work"},
	{peer.RangeWrong, "HELLO-2", "BAD_VERSION tells a range that is not the server's"},
	{peer.VersionWrong, "HELLO-1", "WELCOME names a version that nobody speaks"},
	{peer.RepliesOvertaken, "PONG-1 FRAME-5", "PONG overtakes other replies"},
	{peer.NoMoreAfter300, "CHECK-8", "after three hundred connections there are no more"},
	{peer.KeepaliveOther, "HELLO-5", "the keepalive is always 60 s"},
	{peer.KeepaliveOutOfRange, "WELCOME-1 HELLO-5", "the keepalive is over its limit"},
	{peer.NoHelloTimeout, "HELLO-4", "HELLO is waited for without end"},
	{peer.PingPutsHelloOff, "HELLO-4", "PING puts the time for HELLO off"},
	{peer.NoIdleTimeout, "FRAME-10", "silence is borne without end"},
	{peer.FramesTakeForEver, "FRAME-10", "an unfinished frame is waited for without end"},
	{peer.IdleTooSoon, "FRAME-10", "silence is borne for the keepalive only"},

	{peer.CreateForgets, "CREATE-1", "CREATED, and there is no account"},
	{peer.CreateReplaces, "CREATE-3 CREATED-1", "an account that exists is replaced"},
	{peer.CreateIsLate, "CREATE-1 FRAME-6", "the account exists a little after CREATED"},
	{peer.RaceHasTwoWinners, "CREATE-5", "who creates a name within 20 ms of another gets CREATED too"},
	{peer.RefusedCreateCreates, "CREATE-6", "PASSWORD_MISMATCH, and the account exists"},
	{peer.MismatchAccepted, "CREATE-4", "the repetition of the password is not compared"},
	{peer.TakenBeforeMismatch, "CREATE-4", "a name that is taken is told before passwords that differ"},
	{peer.TakenKeepsNewPassword, "CREATE-6", "NAME_TAKEN, and the account has another password"},
	{peer.CaseAtCreate, "CREATE-3 NAME-2", "names that differ in case are two accounts"},
	{peer.CaseAtLogin, "LOGIN-6 NAME-2", "LOGIN wants the name in lower case"},
	{peer.CaseAtSend, "SEND-12 NAME-2", "SEND wants the name in lower case"},
	{peer.CaseAtDelete, "DELETE-8 NAME-2", "DELETE wants the name as it was spelled"},
	{peer.CaseInPattern, "LIST-3", "case matters in wildcards"},
	{peer.CaseInExpression, "LIST-5", "case matters in expressions"},
	{peer.NameAsTyped, "LIST-10 LOGIN-6", "LOGGED_IN shows the name as it was typed"},
	{peer.UnicodeRefused, "NAME-3 NAME-4 NAME-6", "UNICODE_NAMES is announced, and all beyond ASCII is refused"},
	{peer.AnySymbolIsName, "NAME-4", "any character beyond ASCII may be in a name"},
	{peer.MixedDirections, "NAME-4", "a name may have letters of both directions anywhere"},
	{peer.WideSpecials, "NAME-4 NAME-1", "wide characters become such of ASCII as no name may have"},
	{peer.CaseBeyondASCII, "NAME-3", "names that differ in case are two accounts if a letter is beyond ASCII"},
	{peer.WidthMatters, "NAME-3", "names that differ in width are two accounts"},
	{peer.FormMatters, "NAME-3", "names that differ in normalisation are two accounts"},
	{peer.PasswordInBytes, "NAME-6", "the bytes of a password are counted"},
	{peer.PasswordAsCounted, "NAME-6", "the characters of a password are counted before its profile"},
	{peer.PasswordAsTyped, "NAME-6", "passwords are compared without their profile"},
	{peer.PasswordIsFolded, "NAME-6", "passwords that differ in width are the same"},
	{peer.PasswordCaseIgnored, "NAME-7", "passwords are compared without regard to case"},
	{peer.PasswordHeadOnly, "LOGIN-1 NAME-5", "only the first six characters of a password count"},
	{peer.UnknownIsTold, "LOGIN-1", "LOGIN to an unknown name is NO_SUCH_USER"},
	{peer.SessionBeforePassword, "LOGIN-4", "ALREADY_LOGGED_IN is told to who does not know the password"},
	{peer.LoginTakesOver, "LOGIN-3 LOGIN-5", "LOGIN takes a session over"},
	{peer.TwoSessions, "LOGIN-3", "an account has two sessions"},
	{peer.RefusedLoginEndsSession, "LOGIN-5", "ALREADY_LOGGED_IN, and the session has ended"},
	{peer.RefusedLoginEndsToken, "RESUME-3", "a wrong password ends the token"},
	{peer.EpochChanges, "LOGGED_IN-3", "every login has another epoch"},
	{peer.EpochAgain, "LOGGED_IN-3", "the next incarnation has the same epoch"},
	{peer.WaitingIsZero, "LOGGED_IN-1", "nothing ever waits"},
	{peer.WaitingIsNew, "LOGGED_IN-1", "what was delivered and not acknowledged is not counted as waiting"},
	{peer.SessionOutlivesEnd, "LOGIN-8", "the session does not end with its connection"},
	{peer.SessionOutlivesFault, "LOGIN-8", "the session does not end with a connection that was ended for an error"},
	{peer.SessionOutlivesSilence, "LOGIN-8 FRAME-10", "the session of a silent client does not end with its connection"},

	{peer.TokenEmpty, "LOGGED_IN-2", "the token is empty"},
	{peer.TokensEqual, "RESUME-1 RESUME-2", "all tokens are the same"},
	{peer.TokenHeadOnly, "RESUME-5", "only the first eight bytes of a token count"},
	{peer.TokenWorksOnce, "RESUME-7", "a token works once"},
	{peer.TokenSurvivesLogin, "RESUME-3", "a token goes on working after LOGIN"},
	{peer.TokenSurvivesLogout, "RESUME-3", "a token goes on working after LOGOUT"},
	{peer.TokenSurvivesDelete, "RESUME-3", "a token goes on working after DELETE"},
	{peer.AnyToken, "RESUME-5", "any token logs in to somebody"},
	{peer.ResumeChangesToken, "RESUME-7", "RESUME ends its token and gives another"},
	{peer.ResumeForgets, "RESUME-8", "what was delivered before RESUME is not delivered again"},
	{peer.TakeoverRefused, "RESUME-2", "while the session holds, its token is refused"},
	{peer.TakeoverOfAll, "RESUME-2", "RESUME ends all other sessions"},
	{peer.TakeoverKeepsOld, "RESUME-2 LOGIN-3", "the old connection goes on"},
	{peer.TakeoverSilent, "RESUME-2", "the old connection gets no GOODBYE"},
	{peer.TakeoverReason, "RESUME-2", "the old connection gets GOODBYE with SHUTDOWN"},
	{peer.TakeoverLeavesOpen, "RESUME-2 GOODBYE-2", "the old connection gets GOODBYE and stays open"},
	{peer.LogoutDropsMail, "LOGOUT-2", "LOGOUT drops what was not acknowledged"},
	{peer.LogoutFreesLate, "LOGGED_OUT-1", "the account is free a little after LOGGED_OUT"},
	{peer.DeliversAfterLogout, "LOGOUT-1", "deliveries go on after LOGGED_OUT"},
	{peer.ByeReason, "BYE-1", "BYE is answered with SHUTDOWN"},
	{peer.ByeEndsToken, "BYE-3", "BYE ends the token"},
	{peer.ByeServesOn, "BYE-2", "requests after BYE have an effect"},
	{peer.ByeFreesLate, "GOODBYE-1", "the account is free a little after GOODBYE"},
	{peer.DeleteUnconfirmed, "DELETE-5", "any name confirms DELETE"},
	{peer.DeleteAnyway, "DELETE-5", "BAD_CONFIRMATION, and the account is gone"},
	{peer.DeleteFreesLate, "DELETE-4 DELETED-1", "the name is free a little after DELETED"},
	{peer.DeleteDropsSent, "DELETE-2", "what the account has sent is dropped"},
	{peer.DeletedLogsIn, "DELETE-1", "a deleted account can log in"},
	{peer.DeletedIsReached, "SEND-4 DELETE-1", "a deleted account can be sent to"},
	{peer.DeletedIsListed, "LIST-1 DELETE-1", "a deleted account is listed"},
	{peer.IncarnationAgain, "DELETE-4", "a new account of the name has the same incarnation"},
	{peer.MailIsInherited, "DELETE-3", "a new account of the name gets the old one's mail"},

	{peer.FullIsIgnored, "SEND-15 WELCOME-1", "an inbox holds more than WELCOME tells"},
	{peer.FullDropsOldest, "SEND-15 SEND-3", "a full inbox drops its oldest message for a new one"},
	{peer.FullTooEarly, "SEND-15 WELCOME-1", "an inbox is full before it holds what WELCOME tells"},
	{peer.FullIsUnknown, "SEND-15 WELCOME-1", "a full inbox is answered with NO_SUCH_USER"},
	{peer.SelfRefused, "SEND-11", "an account cannot send to itself"},
	{peer.OfflineIsDropped, "SEND-3", "what is sent to who is not logged in is lost"},
	{peer.LosesSome, "SEND-2 SEND-3", "one message in seven is lost"},
	{peer.Reorders, "DELIVER-1", "of what waits, two change places"},
	{peer.LeaksToSender, "DELIVER-4 SEND-2", "the sender gets a copy"},
	{peer.LeaksToOthers, "SEND-2 DELIVER-4", "all who are logged in get a copy"},
	{peer.RecipientBeforeKey, "SEND-8", "the recipient is looked up before the key"},
	{peer.KeysForgotten, "SEND-5", "keys are not remembered"},
	{peer.KeysOfAll, "SEND-7", "keys belong to all"},
	{peer.KeysOfName, "SEND-7", "keys belong to the name of the sender, not to the incarnation"},
	{peer.KeysOfSession, "SEND-5", "keys belong to the connection"},
	{peer.KeysOfRecipient, "SEND-6", "keys belong to sender and recipient"},
	{peer.KeysDieWithAck, "SEND-8", "keys are forgotten when the message is acknowledged"},
	{peer.RefusedUsesKey, "SEND-9", "a refused SEND uses its key up"},
	{peer.ConflictIgnored, "SEND-6", "the content of a repeat is not compared"},
	{peer.ConflictByText, "SEND-6", "the recipient of a repeat is not compared"},
	{peer.ConflictByRecipient, "SEND-6", "the text of a repeat is not compared"},
	{peer.RepeatIsDelivered, "SEND-5", "a repeat is delivered again"},
	{peer.RepeatHasNewTime, "SEND-5", "a repeat is answered with another time"},
	{peer.DuplicateNever, "SEND-5", "duplicate is never set"},
	{peer.DuplicateAlways, "SEND-5", "duplicate is always set"},

	{peer.OnlyAtLogin, "SEND-2", "messages are delivered at login only"},
	{peer.DeliversTwice, "DELIVER-4", "every message is delivered twice"},
	{peer.NeverAgain, "DELIVER-2", "what was delivered is not delivered again"},
	{peer.RedeliveryRenumbers, "DELIVER-2", "what is delivered again has another sequence"},
	{peer.SequenceAgain, "DELIVER-1", "all that waits has the same sequence"},
	{peer.SequenceFalls, "DELIVER-1", "sequences fall"},
	{peer.WindowOneMore, "DELIVER-3", "one more than the window is delivered"},
	{peer.WindowIgnored, "DELIVER-3", "the window is ignored"},
	{peer.WindowOverMaximum, "WELCOME-1", "a window above the one in WELCOME holds"},
	{peer.PongBeforeDue, "PING-2", "PONG comes before deliveries that are due"},
	{peer.PushHasID, "FRAME-4", "DELIVER bears the id 1"},
	{peer.FromIsIdentity, "DELIVER-6", "the sender is shown in lower case"},
	{peer.FromIsCurrent, "DELIVER-6 DELETE-2", "the sender is shown as who has the name now"},
	{peer.IncarnationOfRecipient, "DELIVER-6", "the incarnation is the recipient's"},
	{peer.TimeOfDelivery, "ACCEPTED-1", "DELIVER tells another time than ACCEPTED"},
	{peer.TextIsTrimmed, "SEND-13", "blanks around the text are cut off"},
	{peer.TextEndsAtNUL, "SEND-13", "the text ends at its first NUL"},
	{peer.TextLosesCR, "SEND-13", "CR LF becomes LF"},
	{peer.AckForgotten, "ACK-2", "what was acknowledged is delivered again"},
	{peer.AckOfOne, "ACK-2", "ACK is about the one sequence only"},
	{peer.AckOfAll, "DELIVER-2", "ACK is about all that was delivered"},
	{peer.AckOneMore, "DELIVER-2", "ACK takes one more than it says"},
	{peer.AckOldRefused, "ACK-3", "ACK of what is acknowledged is refused"},
	{peer.AckOlderSessionRefused, "ACK-3", "ACK of what an earlier session acknowledged is refused"},
	{peer.AckOfAnything, "ACK-4", "ACK above everything is accepted"},
	{peer.AckOfAnythingIgnored, "ACK-4", "ACK above everything is ignored"},
	{peer.RefusedAckAcks, "ACK-4", "BAD_ACK, and all is acknowledged"},
	{peer.AckIsAnswered, "ACK-1", "ACK is answered"},
	{peer.WindowStaysShut, "ACK-5", "ACK does not open the window"},

	{peer.RestartKeepsSessions, "LOGIN-9", "sessions survive a restart"},
	{peer.RestartForgetsAccount, "CREATE-7", "a kill undoes the last CREATE"},
	{peer.RestartRevivesDeleted, "DELETE-7", "a restart brings deleted accounts back"},
	{peer.RestartIncarnates, "DELETE-7 DELETE-4", "after a restart a new account of a name has the incarnation of the old one"},
	{peer.RestartChangesEpochs, "LOGGED_IN-4", "a restart changes the epochs"},
	{peer.RestartForgetsTokens, "RESUME-4", "tokens do not survive a restart"},
	{peer.RestartRevivesTokens, "RESUME-3 RESUME-4", "after a restart ended tokens work, and no others"},
	{peer.RestartForgetsKeys, "SEND-10", "keys do not survive a restart"},
	{peer.RestartForgetsOldKeys, "SEND-10", "the keys of messages that were acknowledged do not survive a restart"},
	{peer.RestartLosesMail, "SEND-1", "messages do not survive a restart"},
	{peer.RestartLosesLast, "SEND-1", "of each inbox the last message does not survive a restart"},
	{peer.RestartLosesShown, "DELIVER-5 SEND-1", "what was delivered and not acknowledged does not survive a restart"},
	{peer.RestartLosesMailOfDeleted, "DELETE-7", "what deleted accounts have sent does not survive a restart"},
	{peer.RestartRenumbers, "DELIVER-5 DELIVER-2", "after a restart messages have other sequences"},
	{peer.RestartCountsAgain, "DELIVER-5", "after a restart sequences begin again"},
	{peer.StopLosesMail, "SEND-1", "messages do not survive an orderly stop"},

	{peer.ListUnsorted, "LIST-2", "accounts are listed in the order of their creation"},
	{peer.SortedBySpelling, "LIST-2", "accounts are sorted by their spelling"},
	{peer.ListShowsIdentity, "LIST-10", "names are listed in lower case"},
	{peer.OwnSessionUnlisted, "LIST-1", "who is logged in is not listed"},
	{peer.LimitIgnored, "LIST-8", "a page holds more than was asked for"},
	{peer.LimitOneMore, "LIST-8", "a page holds one more than was asked for"},
	{peer.PageIgnored, "LIST-8 WELCOME-1", "a page holds more than WELCOME tells"},
	{peer.PageBorderSkips, "LIST-7", "the first account of a next page is skipped"},
	{peer.PageBorderRepeats, "LIST-7", "the last account of a page comes again on the next"},
	{peer.OnlyFirstPage, "ACCOUNTS-1", "there is only one page"},
	{peer.LastPageHasNext, "ACCOUNTS-1", "the last page has a next"},
	{peer.CursorIsOffset, "LIST-7", "a cursor counts accounts"},
	{peer.CursorUnchecked, "LIST-9", "a cursor that nobody gave out is taken"},
	{peer.CursorOfAnyListing, "LIST-9", "a cursor is taken for another listing"},
	{peer.CursorBeforePattern, "LIST-4 LIST-9", "a bad cursor is told before a bad pattern"},
	{peer.PatternOfAllIgnored, "LIST-4", "a pattern given for ALL is ignored"},
	{peer.LoneEscapeAccepted, "LIST-4", "a lone backslash at the end stands for itself"},
	{peer.EscapeIsLiteral, "LIST-3 LIST-4", "a backslash stands for itself"},
	{peer.StarNeedsOne, "LIST-3", "a star needs one character at least"},
	{peer.QuestionIsRun, "LIST-3", "a question mark stands for any run"},
	{peer.QuestionIsOptional, "LIST-3", "a question mark stands for one character or none"},
	{peer.QuestionIsByte, "LIST-3", "a question mark stands for one byte"},
	{peer.WildcardHasClasses, "LIST-3", "wildcards know classes"},
	{peer.WildcardIsUnanchored, "LIST-3", "a wildcard matches the beginning of a name"},
	{peer.ExpressionIsPerl, "LIST-6", "expressions are those of the library"},
	{peer.ExpressionIsAnchored, "LIST-5", "an expression matches the whole name"},
	{peer.ExpressionKnowsNoSpans, "LIST-5", "repetitions with numbers are refused"},
	{peer.ExpressionDotIsLiteral, "LIST-5", "a dot stands for itself"},
	{peer.ExpressionHangs, "LIST-11", "nested repetitions keep the server busy"},
}
