@dataclasses.dataclass
class _Item:
    path: str
    type: Type
    value: Any
    offset: int
    early: bool


class _Reader:
    """Walks a frame. What it reads is judged later."""

    def __init__(self, frame: bytes, message: str = ""):
        self.frame, self.pos, self.end, self.message = frame, 0, len(frame), message
        self.items: List[_Item] = []
        self.counts: Dict[str, Tuple[int, int]] = {}  # what a length field says, and where it begins

    def fail(self, path: str, offset: int, because: str) -> WireError:
        return WireError(path, offset, because, 0, CHECKS.get("layout", ""), self.message)

    def number(self, n: int) -> int:
        self.pos += n
        return int.from_bytes(self.frame[self.pos - n : self.pos], ENDIAN)

    def need(self, n: int, path: str, start: int) -> None:
        if n > self.end - self.pos:
            raise self.fail(path, start, "truncated")

    def run(self, fields: List[Field], prefix: str) -> List[Any]:
        """Reads bit fields that share bytes, the highest bit first."""
        start, bit, bits = self.pos, 0, sum(f.type.bits for f in fields)
        left = 8 * (self.end - start)
        for f in fields:
            if bit + f.type.bits > left:
                raise self.fail(prefix + f.name, start + bit // 8, "truncated")
            bit += f.type.bits
        whole = int.from_bytes(self.frame[start : start + bits // 8], "big")
        self.pos += bits // 8
        out, bit = [], 0
        for f in fields:
            v = whole >> (bits - bit - f.type.bits) & ((1 << f.type.bits) - 1)
            self.items.append(_Item(prefix + f.name, f.type, v, start + bit // 8, f.early))
            out.append(v)
            bit += f.type.bits
        return out

    def varint(self, t: Type, path: str) -> int:
        start, v = self.pos, 0
        for i in range(t.varint):
            self.need(1, path, start)
            b = self.frame[self.pos]
            self.pos += 1
            v |= (b & 0x7F) << 7 * i
            if b < 0x80:
                if b == 0 and i > 0:
                    raise self.fail(path, start, "varint")
                return v
        raise self.fail(path, start, "varint")

    def fields(self, fields: Tuple[Field, ...], prefix: str = "", values: Optional[Dict[str, Any]] = None, early: Any = None) -> Dict[str, Any]:
        """Reads the fields of a header, a message or a struct, those that are there. values are earlier ones, by name."""
        values = {} if values is None else values
        for run in _runs(fields):
            if not _present(run[0], values):
                continue
            first = len(self.items)
            start = self.pos
            if run[0].type.bits:
                read = self.run(run, prefix)
            else:
                f = run[0]
                later = fields[fields.index(f) + 1 :] if f.type.kind == "rest" else ()
                read = [self.value(f.type, prefix + f.name, f, later, values)]
            for f, v in zip(run, read):
                values[f.name] = v == 1 if f.type.kind == "bool" else v
                if f.counts:
                    self.counts[f.name] = v, start
                if f.early and early:
                    early(self.items[first:])
        return values

    def size(self, fields: Iterable[Field], values: Dict[str, Any]) -> int:
        """The bytes of fields whose size is known before they are read."""
        bits = 0
        for f in fields:
            if _present(f, values):
                bits += 8 * self.counts.get(f.counted_by, (0, 0))[0] if f.counted_by else _bits(f)
        return bits // 8

    def value(self, t: Type, path: str, f: Optional[Field], later: Tuple[Field, ...] = (), values: Optional[Dict[str, Any]] = None) -> Any:
        start, item = self.pos, _Item(path, t, None, self.pos, bool(f and f.early))
        self.items.append(item)
        item.value = self.plain(t, path, f, start, later, values or {})
        return item.value

    def plain(self, t: Type, path: str, f: Optional[Field], start: int, later: Tuple[Field, ...], values: Dict[str, Any]) -> Any:
        if t.varint:
            return self.varint(t, path)
        if t.kind == "struct":
            return self.struct(t, path, f, start)
        self.need(_smallest(t), path, start)
        if t.kind in ("uint", "int", "bool"):
            v = self.number(t.width)
            return v - (1 << 8 * t.width) if t.kind == "int" and v >> (8 * t.width - 1) else v
        if t.kind == "array":
            return self.array(t, path, start)
        if t.kind == "rest":
            n = self.end - self.pos - self.size(later, values)
        elif t.length:
            n = self.number(t.length)
            if t.nullable and n == (1 << 8 * t.length) - 1:
                return None
        elif t.until is not None:
            n = self.frame.find(bytes([t.until]), self.pos, self.end) - self.pos
        elif f is not None and f.counted_by:
            n = self.counts.get(f.counted_by, (0, 0))[0]
        else:
            n = t.size
        if n < 0 or n > self.end - self.pos:
            raise self.fail(path, start, "truncated")
        b = self.frame[self.pos : self.pos + n]
        self.pos += n + (t.until is not None)
        if t.kind != "string":
            return b
        try:
            return b.decode()
        except UnicodeDecodeError:
            raise self.fail(path, start, "utf8") from None

    def array(self, t: Type, path: str, start: int) -> List[Any]:
        assert t.of is not None
        out: List[Any] = []
        if t.length:
            n = self.number(t.length)
            if n > (self.end - self.pos) // max(1, _smallest(t.of)):
                raise self.fail(path, start, "truncated")
            for _ in range(n):
                out.append(self.value(t.of, f"{path}[{len(out)}]", None))
            return out
        while t.until is None and self.pos < self.end or t.until is not None and self.more(t.until, path, start):
            out.append(self.value(t.of, f"{path}[{len(out)}]", None))
        self.pos += t.until is not None
        return out

    def more(self, until: int, path: str, start: int) -> bool:
        if self.pos >= self.end:
            raise self.fail(path, start, "truncated")
        return self.frame[self.pos] != until

    def struct(self, t: Type, path: str, f: Optional[Field], start: int) -> Any:
        if not (f and f.counted_by):
            return self.fields(t.fields, path + ".")
        n, at = self.counts.get(f.counted_by, (0, 0))
        if n > self.end - self.pos:
            raise self.fail(path, start, "truncated")
        whole, self.end = self.end, self.pos + n
        try:
            out = self.fields(t.fields, path + ".")
        finally:
            self.end = whole
        if self.pos != start + n:
            raise self.fail(f.counted_by, at, "length")
        return out

    def judge(self, items: Iterable[_Item], early: bool) -> None:
        for it in items:
            if it.early and not early:
                continue
            because, limit = _judge(it.type, it.value)
            if because:
                raise WireError(it.path, it.offset, because, limit, _unit_error(it.type, it.early), self.message)


@dataclasses.dataclass
class _Header:
    size: int
    values: Dict[str, Any]
    offsets: Dict[str, int]
    body: Optional[int]  # bytes; None: not said


def _layout(side: str, state: Optional[str]) -> Layout:
    """The layout of the frames that a side sends in a state."""
    return LAYOUTS[STATES[state][0 if side == "client" else 1]] if state else next(iter(LAYOUTS.values()))


def _parse(layout: Layout, side: str, frame: bytes) -> _Header:
    """Reads a header, true or not. Incomplete if it is not all there."""
    r = _Reader(frame)
    try:
        values = r.fields(_of(layout, side))
    except WireError as e:
        if e.because == "truncated":
            raise Incomplete from None
        raise
    h = _Header(r.pos, values, {i.path: i.offset for i in r.items}, None if layout.body else 0)
    for f in _of(layout, side):
        if layout.body in f.counts and layout.body:
            h.body = values[f.name] - _counted(layout, side, f, r)
    return h


def _of(layout: Layout, side: str) -> Tuple[Field, ...]:
    return tuple(f for f in layout.fields if f.side in ("", side))


def _counted(layout: Layout, side: str, length: Field, r: Optional[_Reader] = None) -> int:
    """The bytes of the header that its length counts."""
    return sum(_bits(f) for f in _of(layout, side) if f.name in length.counts) // 8


def _candidates(layout: Layout, side: str, code: Any) -> List[Spec]:
    return [s for s in MESSAGES.values() if s.layout is layout and s.side in (side, "both") and s.code == code]


def _lookup(layout: Layout, side: str, state: Optional[str], h: _Header, frame: bytes) -> Spec:
    """The message that a frame is. Of several with its opcode the constants decide, then the state."""
    name = next((f.name for f in _of(layout, side) if f.role == "opcode"), "")
    found = _candidates(layout, side, h.values.get(name)) if name else _candidates(layout, side, 0)
    at = h.offsets.get(name, 0)
    unknown = WireError(name, at, "opcode", 0, CHECKS.get("opcode", ""))
    if len(found) > 1:
        fits = []
        for s in found:
            if not s.tell:
                fits.append(s)
                continue
            where, key, want = s.tell
            if where == "head":
                got, unknown.offset, unknown.field = h.values[key], h.offsets[key], key
            else:
                got, unknown.offset, unknown.field = frame[h.size + key[0] :][: len(want)], h.size + key[0], key[1]
            if got == want:
                fits.append(s)
        found = [s for s in fits if state in s.states] or fits
    if not found:
        raise unknown
    return found[0]


def decode(frame: bytes, side: str, state: Optional[str] = None) -> Message:
    """Decodes a whole frame that a side, "client" or "server", sends in a state. Without one, the main layout holds.

    Layout is judged before limits, but for early fields. Characters beyond ASCII are not judged.
    """
    layout = _layout(side, state)
    try:
        h = _parse(layout, side, frame)
    except Incomplete:
        raise WireError("", 0, "truncated", 0, CHECKS.get("layout", "")) from None
    return decode_as(_lookup(layout, side, state, h, frame), frame, side)


def decode_as(spec: Spec, frame: bytes, side: str) -> Message:
    """Decodes a whole frame as one of a given message."""
    h = _parse(spec.layout, side, frame)
    r = _Reader(frame, spec.name)
    have = len(frame) - h.size
    if h.body is not None and h.body < have:
        raise r.fail("", h.size + max(0, h.body), "trailing")
    if h.body is not None and h.body > have:
        raise r.fail("", len(frame), "truncated")
    judge_early = EARLY_FIRST and (lambda items: r.judge(items, True))
    values = r.fields(spec.head)
    _absent(spec, r)
    values = r.fields(spec.fields, "", values, judge_early)
    if r.pos < len(frame):
        raise r.fail("", r.pos, "trailing")
    if not EARLY_FIRST:
        r.judge([i for i in r.items if i.early], True)
    r.judge(r.items, False)
    return _build(spec.cls, spec.head + spec.fields, values)


def _absent(spec: Spec, r: _Reader) -> None:
    """A length of what the message does not have is 0."""
    names = {f.name for f in spec.fields} | {f.name for f in spec.layout.fields} | {spec.layout.body}
    for f in spec.head:
        if f.counts and not set(f.counts) & names and r.counts[f.name][0]:
            raise r.fail(f.name, r.counts[f.name][1], "length")


def _build(cls: Any, fields: Iterable[Field], values: Dict[str, Any]) -> Any:
    """Makes a message or a struct of values that passed their limits."""
    return cls(**{f.attr: _settle(f.type, values[f.name]) for f in fields if f.attr and f.name in values})


def _settle(t: Type, v: Any) -> Any:
    if v is None:
        return None
    if t.kind == "array":
        return [_settle(t.of, e) for e in v] if t.of else []
    if t.kind == "struct":
        return _build(t.make, t.fields, v)
    if t.kind == "bool":
        return v == 1
    if t.make is not None:
        try:
            return t.make(v)
        except ValueError:
            return v
    return v


def judge(frame: bytes, state: str) -> Message:
    """Judges a frame of a client in a state as a server does, check by check. Incomplete if it is not all there and the header is right.

    All features count as announced; the errors of the message itself are the server's business.
    """
    layout = _layout("client", state)
    h = _parse(layout, "client", frame)
    spec: Optional[Spec] = None
    unknown: Optional[WireError] = None
    try:
        spec = _lookup(layout, "client", state, h, frame)
    except WireError as e:
        unknown = e
    for check, error in CHECKS.items():
        if check in ("early", "layout"):
            break
        e = _check_header(check, layout, state, h, spec, unknown)
        if e:
            e.name, e.code, e.drop = error, ERRORS.get(error, 0), check in IGNORED
            e.message = spec.name if spec else ""
            raise e
    if not spec:
        assert unknown is not None
        raise unknown
    n = len(frame) - h.size if h.body is None else h.body
    if n > len(frame) - h.size:
        raise Incomplete
    return decode_as(spec, frame[: h.size + n], "client")


def _check_header(check: str, layout: Layout, state: str, h: _Header, spec: Optional[Spec], unknown: Optional[WireError]) -> Optional[WireError]:
    """One of the checks that need the header alone."""
    role = {f.role: f for f in layout.fields if f.role}
    if check == "length" and h.body is not None and layout.body:
        f = next(f for f in _of(layout, "client") if layout.body in f.counts)
        if h.body < 0:
            return WireError(f.name, h.offsets[f.name], "min", _counted(layout, "client", f))
        which, limit = _most(layout, f, state)
        if h.body > limit:
            return WireError(layout.body, h.offsets[f.name], which, limit)
    if check == "correlation" and "correlation" in role and h.values[role["correlation"].name] == 0:
        f = role["correlation"]
        return WireError(f.name, h.offsets[f.name], "zero")
    if check == "opcode":
        return unknown
    if check == "state" and spec and state not in spec.states:
        f = role["opcode"] if "opcode" in role else layout.fields[0]
        return WireError(f.name, h.offsets[f.name], "state")
    return None


def _most(layout: Layout, length: Field, state: Optional[str]) -> Tuple[str, int]:
    """The limit on a body, and its value."""
    t = length.type
    top = (1 << (7 * t.varint or t.bits or 8 * t.width)) - 1 - _counted(layout, "client", length)
    limit = top if layout.max is None else min(top, layout.max)
    if state in layout.max_in and layout.max_in[state] <= limit:
        return "max_in." + state, layout.max_in[state]
    return "max", limit


class Splitter:
    """Cuts a stream of bytes into frames. Set state when it changes: it decides over layout and largest body."""

    def __init__(self, side: str, state: Optional[str] = None):
        self.side, self.state, self.buffer = side, state, bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Takes in bytes and yields the frames that are whole. WireError if a length is over the limit."""
        self.buffer += data
        while True:
            layout = _layout(self.side, self.state)
            try:
                h = _parse(layout, self.side, bytes(self.buffer[:64]))
            except Incomplete:
                return
            if h.body is None:
                raise WireError("", 0, "length")
            if layout.body:
                e = _check_header("length", layout, self.state if self.side == "client" and self.state else "", h, None, None)
                if e:
                    e.name = CHECKS.get("length", "")
                    raise e
            n = h.size + h.body
            if len(self.buffer) < n:
                return
            frame = bytes(self.buffer[:n])
            del self.buffer[:n]
            yield frame
