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
	Preface      []*Preface // what a side sends before its first frame
	Frames       []*Frame   // at least one. The first one holds wherever the table names no other
	Checks       []*Check   // the order in which a receiver judges a frame
	Fence        Fence      // without messages if the protocol has none
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

// A Preface is what a side sends once, before its first frame. It is no frame.
type Preface struct {
	From  Direction
	Bytes []byte
	Pos   Pos
}

// A Frame is one layout of frames: the header and the body, in the order of the wire. A protocol has several if its first
// frames look otherwise, or if an answer is a bare byte.
type Frame struct {
	Name   string // "" if the table has only one
	Fields []*Field
	Doc    string
	Pos    Pos
}

// Role says what a field of the header is for.
type Role string

// The roles of header fields.
const (
	RoleNone        Role = ""
	RoleOpcode      Role = "opcode"
	RoleCorrelation Role = "correlation"
)

// A Field is one field of a frame or of a message.
type Field struct {
	Name  string
	Type  *Type  // the named type, or one of the field's own. Limits given at the field are merged into a copy of the named type
	Named string // the name of the type or enum as written at the field, "" for a built-in

	// Counts names the fields of whose bytes this field is the length: fields of the header, fields of the message, or the body.
	// A field that counts is no value of the message: its value follows from what it counts. A message that has no such field is
	// counted as zero bytes.
	Counts    []string
	CountedBy *Field // of a field without an end of its own: the field that counts it, and nothing else

	// Header fields only.
	Role  Role
	From  Direction         // it is there only in frames of that side; "": of both
	Per   bool              // bits that each message lays out by itself (Message.Head)
	MaxIn map[string]uint64 // the body: tighter maximum for frames that a client sends in a state; Type.Max holds elsewhere

	// Fields of messages and structs only.
	Early  bool       // judged as soon as it is read
	If     *Condition // present only if it holds
	SameAs *SameAs

	Since      string // since when it exists, as a phrase; "": from the beginning
	Deprecated string // why it should not be used any more, as a sentence; "": it may

	Doc string
	Pos Pos
}

// A Condition compares an earlier field of the same message (of its header, too) or of the same struct with constants.
// A field that is absent counts as zero.
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
	Name   CheckName
	Error  *Error
	Ignore bool // what fails it is dropped without an answer; Error is nil
	Doc    string
	Pos    Pos
}

// A Fence is a request that is legal in every state but some, and its reply.
type Fence struct {
	Send, Expect *Message
	In           []*State // where it is to be had; empty: in every state that does not end the connection
	Pos          Pos
}

// A State is one state of a connection.
type State struct {
	Name        string
	Start, End  bool
	Enter       []*Message // messages, mostly requests, that lead here from Start, each with valid values
	Transitions []*Transition
	Unspecified []*Message // nothing is said about these messages of a client here: any answer is right
	Doc         string
	Pos         Pos
}

// A Transition is taken when Message, a request, succeeds; or when it is sent, if it has no reply or is no request.
type Transition struct {
	Message *Message
	If      *Condition // only if it holds for the message; nil: always. The first one that holds is taken
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
	Uncoded  bool     // it has no code on the wire: the connection is closed, or the code is none of the table's
	Via      *Message // the message that carries it, of those with IsError; nil: it is never said
	React    Reaction
	Anywhere bool // may answer any request
	Fault    bool // always the server's fault: a finding wherever it is seen
	Doc      string
	Pos      Pos
}

// An Enum is a closed set of named numbers.
type Enum struct {
	Name   string
	Width  int  // bytes; 0 if Bits says more
	Bits   int  // of a bit field
	Open   bool // values beyond these are legal
	Values []*EnumValue
	Doc    string
	Pos    Pos
}

// An EnumValue is one of them.
type EnumValue struct {
	Name    string
	Value   uint64
	Feature *Feature // nil: always there

	Since, Deprecated string // as for a Field

	Doc string
	Pos Pos
}

// Direction is the side that sends a message.
type Direction string

// The directions.
const (
	FromClient Direction = "client"
	FromServer Direction = "server"
	FromBoth   Direction = "both" // of messages only
)

// A Message is one opcode and its body.
type Message struct {
	Name    string
	Code    uint64
	From    Direction
	Frame   *Frame   // the layout of its frames
	Head    []*Field // the header as this message has it: Frame's fields of its side but the body, narrowed; bits laid out in the place of Per fields
	In      []*State // client, both: states in which it is legal. server: states in which it may come; empty: all
	Push    bool     // server: may come unasked, with correlation 0
	IsError bool     // the message that carries an error
	Feature *Feature // nil: always there
	Wish    string   // client, or push: what a user wants of it, as a phrase
	Reply   *Message // what always answers success; nil: nothing does, or it depends (Replies)
	Replies []*Reply // all that may answer success, in order: the first one whose condition holds
	Errors  []*Error // of its own, in the order in which they are judged
	Fields  []*Field
	Rules   []*Rule
	Vectors []*Vector

	Since, Deprecated string // as for a Field

	Doc string
	Pos Pos
}

// A Reply is what answers a request that succeeds.
type Reply struct {
	If     *Condition // for requests for which it holds; nil: for all
	Before []*Message // any number of these may come first
	End    *Message   // then this one, which ends the answer
	Maybe  bool       // End may stay away
	Pos    Pos
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
// Exactly one member is meant; which one follows from the type: Uint for numbers, enums, flags and errors;
// of KindInt the bits of an int64.
type Value struct {
	Uint  uint64
	Bool  bool
	Str   string // strings
	Bytes []byte
	List  []*Value
	Sub   []NamedValue // KindStruct
	Null  bool         // Type.Nullable
	Pos   Pos
}
