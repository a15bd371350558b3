class WireError(Exception):
    """A frame that breaks the table, or values that cannot be encoded. It never holds a value of a field.

    name and code are those of the error that the table demands; field is a path such as "names[1]", "" for the frame as a
    whole; offset counts bytes from the start of the frame to where the field begins; because names the limit, and limit is
    its value, 0 if it has none. drop says that the table has such a frame ignored.
    """

    def __init__(self, field: str, offset: int, because: str, limit: int = 0, name: str = "", message: str = ""):
        self.field, self.offset, self.because, self.limit = field, offset, because, limit & _MASK
        self.name, self.code, self.message = name, ERRORS.get(name, 0), message
        self.drop = False
        super().__init__(f"{message}: {field or 'the frame'}: {because} ({name}, offset {offset})")


class Incomplete(Exception):
    """The frame has not come whole: there is nothing to judge yet."""


_MASK = (1 << 64) - 1


@dataclasses.dataclass(frozen=True)
class Type:
    """How a value lies on the wire, and its limits."""

    kind: str  # uint, int, bool, string, bytes, array, struct, rest
    width: int = 0  # bytes of a number
    bits: int = 0  # a bit field of so many bits
    varint: int = 0  # at most so many bytes of seven bits each, the lowest first
    length: int = 0  # bytes of the length or count before it
    size: int = 0  # bytes of a fixed size
    until: Optional[int] = None  # the byte that ends it
    to_end: bool = False  # an array up to the end of the body
    nullable: bool = False  # a length with all bits set: there is no value
    of: Optional["Type"] = None  # the elements of an array
    fields: Tuple["Field", ...] = ()  # the fields of a struct
    make: Any = None  # what a value becomes: an enum, the class of a struct
    values: Optional[FrozenSet[int]] = None  # of an enum that is closed
    ignore: bool = False
    const: Any = None
    min: Optional[int] = None  # of a number, of bytes, of elements
    max: Optional[int] = None
    chars: Optional[Tuple[int, int]] = None  # characters of a string
    ascii: Optional[str] = None  # the ASCII characters that a string may have
    profile: bool = False  # a string profile judges characters beyond ASCII; it is not applied here
    error: str = ""  # what a breach of a limit earns; "": what the check says


@dataclasses.dataclass(frozen=True)
class Field:
    """A field of a header, of a message or of a struct."""

    name: str
    type: Type
    attr: str = ""  # the attribute that holds its value; "": it is no value
    role: str = ""  # opcode, correlation
    counts: Tuple[str, ...] = ()  # it is the length of these fields
    counted_by: str = ""  # the field that is its length
    early: bool = False
    when: Optional[Tuple[str, FrozenSet[int]]] = None  # it is there only if that field has one of these values
    side: str = ""  # header: only in frames of that side


@dataclasses.dataclass(frozen=True)
class Layout:
    """One layout of frames: the header, and the body if body is not "". """

    name: str
    fields: Tuple[Field, ...]
    body: str = ""
    max: Optional[int] = None  # the largest body
    max_in: Dict[str, int] = dataclasses.field(default_factory=dict)  # tighter, for what a client sends in a state


@dataclasses.dataclass(frozen=True)
class Place:
    """A constant: so many bits, from a bit of the header or of the body on, and their value."""

    field: str
    body: bool
    bit: int
    bits: int
    want: int

    def at(self, other: "Place") -> bool:
        return (self.body, self.bit, self.bits) == (other.body, other.bit, other.bits)

    def fits(self, b: bytes) -> bool:
        end = self.bit + self.bits
        whole = int.from_bytes(b[: (end + 7) // 8], "big") >> (-end % 8)
        return end <= 8 * len(b) and whole & ((1 << self.bits) - 1) == self.want


@dataclasses.dataclass(frozen=True)
class Spec:
    """What the table says of a message."""

    name: str
    code: int
    side: str  # client, server, both
    layout: Layout
    head: Tuple[Field, ...]
    fields: Tuple[Field, ...] = ()
    states: Tuple[str, ...] = ()  # where it is legal; a server's: where it may come, () for everywhere
    places: Tuple["Place", ...] = ()  # where messages share an opcode: the constants that tell them apart
    cls: Any = dataclasses.field(default=None, compare=False)


@dataclasses.dataclass
class Message:
    """A message as values. A conditional field that is not there is None."""

    SPEC: ClassVar[Spec]


def _present(f: Field, values: Dict[str, Any]) -> bool:
    if f.when is None:
        return True
    v = values.get(f.when[0], 0)
    if not isinstance(v, int):
        v = 0
    return (v & _MASK) in f.when[1]


def _zero(t: Type) -> Any:
    if t.const is not None:
        return t.const
    if t.nullable:
        return None
    if t.kind == "struct":
        return t.make()
    return {"uint": 0, "int": 0, "bool": False, "string": "", "array": []}.get(t.kind, bytes(t.size))


def _smallest(t: Type) -> int:
    """The least number of bytes that a value of t takes."""
    if t.kind in ("uint", "int", "bool"):
        return 1 if t.varint else t.width
    if t.kind == "struct":
        return (7 + sum(_bits(f) for f in t.fields if f.when is None)) // 8
    if t.kind == "rest" or t.to_end:
        return 0
    return t.length + t.size + (t.until is not None)


def _is_value(f: Field) -> bool:
    return not (f.role or f.counts or f.type.ignore)


def _fixed(t: Type) -> Optional[int]:
    """The bytes that every value of t takes; None if they differ."""
    if t.kind in ("uint", "int", "bool"):
        return None if t.varint else t.width
    if t.kind == "struct":
        fields = [0 if f.type.bits else _fixed(f.type) for f in t.fields]
        whole = all(n is not None for n in fields) and all(f.when is None for f in t.fields)
        return sum(_bits(f) for f in t.fields) // 8 if whole else None
    return t.size if t.size and not t.length else None


def _bits(f: Field) -> int:
    return f.type.bits or 8 * _smallest(f.type)


def _judge(t: Type, v: Any) -> Tuple[str, int]:
    """The first limit that v breaks, and its value; "" if none. Elements are not looked at."""
    if t.ignore or v is None:
        return "", 0
    if t.const is not None:
        return ("", 0) if v == t.const else ("const", 0)
    n = len(v.encode()) if isinstance(v, str) else v if isinstance(v, int) else len(v) if isinstance(v, (bytes, list)) else 0
    if t.kind == "bool":
        return ("", 0) if v in (0, 1) else ("bool", 0)
    if t.min is not None and n < t.min:
        return "min", t.min
    if t.max is not None and n > t.max:
        return "max", t.max
    if t.values is not None and v not in t.values:
        return "enum", 0
    if t.kind != "string":
        return "", 0
    if t.ascii is not None and any(ch < "\x80" and ch not in t.ascii for ch in v):
        return "ascii", 0
    if t.profile and not v.isascii():
        return "", 0
    if t.chars and len(v) < t.chars[0]:
        return "chars.min", t.chars[0]
    if t.chars and len(v) > t.chars[1]:
        return "chars.max", t.chars[1]
    return "", 0


def _unit_error(t: Type, early: bool) -> str:
    return t.error or CHECKS.get("early" if early else "limits", "")


def _runs(fields: Iterable[Field]) -> Iterator[List[Field]]:
    """Bit fields that follow each other, up to a whole number of bytes, come together, every other field alone."""
    run: List[Field] = []
    for f in fields:
        if not f.type.bits:
            yield [f]
            continue
        run.append(f)
        if sum(x.type.bits for x in run) % 8 == 0:
            yield run
            run = []
