package spec

// Level is how strong a rule is, as in RFC 2119.
type Level string

// The levels.
const (
	Must   Level = "MUST"
	Should Level = "SHOULD"
	May    Level = "MAY"
)

// Judge says how a rule is judged.
type Judge string

// The ways of judging.
const (
	JudgeWire    Judge = "wire"    // by frames alone
	JudgeRestart Judge = "restart" // by killing and starting the server
	JudgeSlow    Judge = "slow"    // by waiting
	JudgeReview  Judge = "review"  // cannot be seen from outside
)

// A Rule is one numbered demand.
type Rule struct {
	ID      string
	Level   Level
	Judge   Judge
	Feature *Feature // holds only where announced; nil: always
	Derive  Derive   // which cases that follow from the table judge it; "": none
	Of      *Type    // of those, the ones about values of this type; nil: all
	Watch   Watch    // what it demands of traffic that is watched; "": nothing that a table can say
	Text    string
	Pos     Pos
}

// Derive names a family of cases that follow from the table alone. Each check but the last is one.
type Derive string

// The families that are no checks.
const (
	DeriveDirection Derive = "direction"  // messages of the other side
	DeriveIgnored   Derive = "ignored"    // bytes that are not looked at
	DeriveSegments  Derive = "segments"   // frames that are cut or joined
	DeriveIDs       Derive = "ids"        // correlations: extreme, repeated
	DeriveOrder     Derive = "order"      // several requests in flight
	DeriveHalfClose Derive = "half-close" // one side of the stream ends
	DeriveEqual     Derive = "equal"      // spellings of one value
	DeriveOthers    Derive = "others"     // what other connections notice
)

// Derives lists all families.
var Derives = []Derive{
	Derive(CheckLength), Derive(CheckCorrelation), Derive(CheckOpcode), Derive(CheckState), Derive(CheckEarly), Derive(CheckLayout),
	Derive(CheckLimits), Derive(CheckFeature), DeriveDirection, DeriveIgnored, DeriveSegments, DeriveIDs, DeriveOrder, DeriveHalfClose,
	DeriveEqual, DeriveOthers,
}

// Watch names what whoever watches traffic holds to a rule, and no order of checks says.
type Watch string

// The demands on traffic.
const (
	WatchClosing  Watch = "closing"  // a connection that the server closes ends without a reset
	WatchEnd      Watch = "end"      // nothing follows the last message of a server
	WatchRequests Watch = "requests" // a client sends what passes the checks
	WatchAcks     Watch = "acks"     // a client acknowledges what it was sent
	WatchSequence Watch = "sequence" // what is acknowledged has rising numbers
	WatchWindow   Watch = "window"   // no more is sent unacknowledged than the client has allowed
)

// Binds is the side of which it is demanded.
func (w Watch) Binds() Direction {
	if w == WatchRequests || w == WatchAcks {
		return FromClient
	}
	return FromServer
}

// Watches lists all of them.
var Watches = []Watch{WatchClosing, WatchEnd, WatchRequests, WatchAcks, WatchSequence, WatchWindow}

// A Topic groups rules that belong to no single message.
type Topic struct {
	ID    string
	Title string
	Doc   string
	Binds Direction // the side that its rules are for
	Rules []*Rule
	Pos   Pos
}

// A RuleRef is a rule and where it belongs.
type RuleRef struct {
	*Rule
	Owner string    // name of the message, or id of the topic
	Title string    // a phrase: title of the topic, or name of the message
	Binds Direction // the side that has to keep it
}

// Rules returns all rules: those of the topics, then those of the messages, in the order of the table.
func (p *Protocol) Rules() []*RuleRef {
	n := 0
	for _, t := range p.Topics {
		n += len(t.Rules)
	}
	for _, m := range p.Messages {
		n += len(m.Rules)
	}
	all := make([]RuleRef, 0, n)
	for _, t := range p.Topics {
		for _, r := range t.Rules {
			all = append(all, RuleRef{Rule: r, Owner: t.ID, Title: t.Title, Binds: t.Binds})
		}
	}
	for _, m := range p.Messages {
		for _, r := range m.Rules {
			all = append(all, RuleRef{Rule: r, Owner: m.Name, Title: m.Name, Binds: FromServer})
		}
	}
	out := make([]*RuleRef, n)
	for i := range all {
		out[i] = &all[i]
	}
	return out
}

// RulesFor returns the rules that bind one side, in the order of [Protocol.Rules].
func (p *Protocol) RulesFor(side Direction) (out []*RuleRef) {
	for _, r := range p.Rules() {
		if r.Binds == side {
			out = append(out, r)
		}
	}
	return out
}

// RuleDerived returns the first rule of a side that this family of cases judges, whatever the values; nil if there is none.
func (p *Protocol) RuleDerived(side Direction, d Derive) *RuleRef {
	return find(p.RulesFor(side), func(r *RuleRef) bool { return d != "" && r.Derive == d && r.Of == nil })
}

// RuleWatched returns the rule that demands this of traffic, or nil.
func (p *Protocol) RuleWatched(w Watch) *RuleRef {
	return find(p.Rules(), func(r *RuleRef) bool { return r.Watch == w })
}

// Rule returns the rule with that id, or nil.
func (p *Protocol) Rule(id string) *RuleRef {
	return find(p.Rules(), func(r *RuleRef) bool { return r.ID == id })
}
