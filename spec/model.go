package spec

// This file is the formal model of a protocol table. Load fills it; everything else only reads it.

// A Pos is a place in a table: 1-based line and column, column counted in runes.
// The zero Pos means that the place is not known.
type Pos struct{ Line, Column int }

// A Protocol is one whole table.
type Protocol struct {
	ID        string // short lower-case name; also the name of generated packages
	Title     string
	Version   int
	BigEndian bool
	Transport string // how frames travel, as a phrase for the document
	Port      int    // the usual port, 0 if none
	Doc       string

	Constants    []*Constant
	Frame        []*Field // the header and the body, in the order of the wire
	Checks       []*Check // the order in which a server judges a frame
	Fence        Fence
	States       []*State
	Features     []*Feature
	Errors       []*Error
	Enums        []*Enum
	Types        []*Type
	Messages     []*Message
	Topics       []*Topic
	Conversation []*Step

	File   string // the name given to Load
	Source []byte // the table as read
	Hash   string // lower-case hex SHA-256 of Source
	Pos    Pos

	where    map[any]*where // by pointer to an entity of the model
	sections map[string]Pos // the keys of the table itself
}

// A Constant is a number that belongs to no field: a timeout, a retention.
// Texts of the table refer to it as {name}.
type Constant struct {
	Name  string
	Value uint64
	Unit  string // "s", "ms" or ""
	Doc   string
	Pos   Pos
}

// Role says what a field of the header is for.
type Role string

// The roles of header fields.
const (
	RoleNone        Role = ""
	RoleOpcode      Role = "opcode"
	RoleCorrelation Role = "correlation"
)

// Kind is the basic form of a value on the wire.
type Kind string

// The kinds. A field of a named type or enum has the kind of that type.
const (
	KindUint   Kind = "uint"   // u8, u16, u24, u32, u64: Width bytes
	KindBool   Kind = "bool"   // one byte, 0 or 1
	KindString Kind = "string" // UTF-8, after a length of LenWidth bytes
	KindBytes  Kind = "bytes"  // after a length of LenWidth bytes, or Size bytes without one
	KindArray  Kind = "array"  // a count of LenWidth bytes, then that many Elem
	KindRest   Kind = "rest"   // all bytes up to the end of the body
)

// A Type is how a value is laid out and what limits it. A named type stands in Protocol.Types; a field with a
// built-in type has a Type of its own with an empty Name.
type Type struct {
	Name     string
	Kind     Kind
	Width    int   // KindUint: bytes of the number
	LenWidth int   // string, bytes, array: bytes of the length or count before it; 0 if Size fixes it
	Size     int   // bytes of a fixed size
	Elem     *Type // KindArray: the type of an element
	Enum     *Enum // KindUint: the values it may have
	Flags    bool  // KindUint: a set of bits, named by Protocol.Features; unknown bits are ignored
	ErrorSet bool  // KindUint: the codes of Protocol.Errors; unknown codes are allowed
	Ignore   bool  // KindRest: the bytes are skipped without a look

	Min, Max *uint64  // numbers: the value; string and bytes: size in bytes; array: elements. nil: no limit but the width's
	Chars    *Range   // strings: limits in characters (Unicode code points)
	ASCII    *CharSet // strings: the ASCII characters that are allowed; nil: all
	Profile  *Profile // strings: judges characters beyond ASCII
	Error    *Error   // what a breach of a limit earns; nil: the error of the check "limits"
	Fresh    bool     // values must be new in every run of a test
	Secret   bool     // never shown, logged or printed
	Unit     string   // "s", "ms" or ""
	Eg       *Value   // an example value
	Examples []*Example
	Doc      string
	Pos      Pos
}

// A Range is an inclusive range.
type Range struct{ Min, Max uint64 }

// A Profile is a string profile (PRECIS) that judges and maps what ASCII cannot say.
type Profile struct {
	Name    string   // "UsernameCaseMapped" or "OpaqueString"
	Feature *Feature // without it characters beyond ASCII are outside the limits; nil: always on
}

// An Example is one line of an example list. Exactly one of its members is set.
type Example struct {
	Accept, Reject *string
	Equal          []string // two or more spellings of one identity
	Pos            Pos
}

// A Field is one field of a frame or of a message.
type Field struct {
	Name  string
	Type  *Type  // the named type, or one of the field's own. Limits given at the field are merged into a copy of the named type
	Named string // the name of the type or enum as written at the field, "" for a built-in

	// Header fields only.
	Role   Role
	Counts []string          // this field is the length in bytes of these header fields
	MaxIn  map[string]uint64 // the body: tighter maximum for frames that a client sends in a state; Type.Max holds elsewhere

	// Message fields only.
	Early  bool       // judged as soon as it is read
	If     *Condition // present only if it holds
	SameAs *SameAs

	Doc string
	Pos Pos
}

// A Condition compares an earlier field of the same message with constants.
type Condition struct {
	Field  *Field
	Values []uint64 // it holds if the field has one of them
	Names  []string // the values as written
	Pos    Pos
}

// SameAs says where a valid value of a field comes from: a field of the same or of another message.
type SameAs struct {
	Message *Message
	Field   *Field
	Pos     Pos
}

// CheckName names one stage of judging a frame.
type CheckName string

// The stages that a table puts in order.
const (
	CheckLength      CheckName = "length"
	CheckCorrelation CheckName = "correlation"
	CheckOpcode      CheckName = "opcode"
	CheckState       CheckName = "state"
	CheckEarly       CheckName = "early"
	CheckLayout      CheckName = "layout"
	CheckLimits      CheckName = "limits"
	CheckFeature     CheckName = "feature"
	CheckMessage     CheckName = "message"
)

// A Check is one stage and the error that its breach earns (nil for CheckMessage).
type Check struct {
	Name  CheckName
	Error *Error
	Doc   string
	Pos   Pos
}

// A Fence is a request that is legal in every state, and its reply.
type Fence struct {
	Send, Expect *Message
	Pos          Pos
}

// A State is one state of a connection.
type State struct {
	Name        string
	Start, End  bool
	Enter       []*Message    // requests that lead here from Start, each with valid values
	Transitions []*Transition // taken when the request succeeds
	Doc         string
	Pos         Pos
}

// A Transition is taken when Message succeeds.
type Transition struct {
	Message *Message
	To      *State
	Pos     Pos
}

// A Feature is an optional ability that a server announces.
type Feature struct {
	Name string
	Bit  int
	Doc  string
	Pos  Pos
}

// Reaction says what a server does with a wrong request.
type Reaction string

// The reactions.
const (
	ReactReply      Reaction = "reply"
	ReactReplyClose Reaction = "reply-close"
	ReactClose      Reaction = "close"
)

// An Error is a refusal.
type Error struct {
	Name     string
	Code     uint64
	React    Reaction
	Anywhere bool // may answer any request
	Fault    bool // always the server's fault: a finding wherever it is seen
	Doc      string
	Pos      Pos
}

// An Enum is a closed set of named numbers.
type Enum struct {
	Name   string
	Width  int // bytes
	Values []*EnumValue
	Doc    string
	Pos    Pos
}

// An EnumValue is one of them.
type EnumValue struct {
	Name    string
	Value   uint64
	Feature *Feature // nil: always there
	Doc     string
	Pos     Pos
}

// Direction is the side that sends a message.
type Direction string

// The directions.
const (
	FromClient Direction = "client"
	FromServer Direction = "server"
)

// A Message is one opcode and its body.
type Message struct {
	Name    string
	Code    uint64
	From    Direction
	In      []*State // client: states in which it is legal. server pushes: states in which it may come; empty: all
	Push    bool     // server: may come unasked, with correlation 0
	IsError bool     // the message that carries an error
	Feature *Feature // nil: always there
	Wish    string   // client, or push: what a user wants of it, as a phrase
	Reply   *Message // nil: success is silent
	Errors  []*Error // of its own, in the order in which they are judged
	Fields  []*Field
	Rules   []*Rule
	Vectors []*Vector
	Doc     string
	Pos     Pos
}

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

// A Topic groups rules that belong to no single message.
type Topic struct {
	ID    string
	Title string
	Doc   string
	Rules []*Rule
	Pos   Pos
}

// A Vector is a frame and what becomes of it. Either Accept or Reject is set.
type Vector struct {
	Accept  []NamedValue // correlation (by the name of its header field) and fields
	Reject  *Error
	Frame   []byte // the whole frame
	At      int    // Reject: offset in Frame, in bytes, where the field begins that is at fault
	Because string // Reject: "field.limit", "field.truncated", "field.utf8", "body.trailing" …
	Loose   bool   // Accept: Frame has bytes that encoding the values would not give back
	Pos     Pos
}

// A Step is one message of the example conversation. Fields that With does not name have their example value.
type Step struct {
	From Direction
	Send *Message
	ID   uint64
	With []NamedValue
	Pos  Pos
}

// A NamedValue is the value of a field.
type NamedValue struct {
	Name  string
	Value *Value
	Pos   Pos
}

// A Value is a literal of the table, parsed according to the type of its field.
// Exactly one member is meant; which one follows from the type: Uint for numbers, enums, flags and errors.
type Value struct {
	Uint  uint64
	Bool  bool
	Str   string // strings
	Bytes []byte
	List  []*Value
	Pos   Pos
}
