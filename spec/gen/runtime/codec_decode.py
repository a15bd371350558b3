@dataclasses.dataclass
class _Item:
    path: str
    type: Type
    value: Any
    offset: int
    early: bool
    value_of_message: bool  # or a constant; what is ignored, counts or has a role is not judged


class _Reader:
    """Walks a frame. What it reads is judged later."""

    def __init__(self, frame: bytes, message: str = ""):
        self.frame, self.pos, self.end, self.message = frame, 0, len(frame), message
        self.items: List[_Item] = []
        self.counts: Dict[str, Tuple[int, int, str]] = {}  # what a length field says, where it begins, its path
        self.inside: Optional[Tuple[int, int, str]] = None  # the length of the part that is being read

    def fail(self, path: str, offset: int, because: str) -> WireError:
        return WireError(path, offset, because, 0, CHECKS.get("layout", ""), self.message)

    def truncated(self, path: str, offset: int) -> WireError:
        """It does not fit. In a part that a length counts it is the length that is wrong."""
        if self.inside:
            return self.fail(self.inside[2], self.inside[1], "length")
        return self.fail(path, offset, "truncated")

    def number(self, n: int) -> int:
        self.pos += n
        return int.from_bytes(self.frame[self.pos - n : self.pos], ENDIAN)

    def need(self, n: int, path: str, start: int) -> None:
        if n > self.end - self.pos:
            raise self.truncated(path, start)

    def run(self, fields: List[Field], prefix: str) -> List[Any]:
        """Reads bit fields that share bytes, the highest bit first."""
        start, bit, bits = self.pos, 0, sum(f.type.bits for f in fields)
        left = 8 * (self.end - start)
        for f in fields:
            if bit + f.type.bits > left:
                raise self.truncated(prefix + f.name, start + bit // 8)
            bit += f.type.bits
        whole = int.from_bytes(self.frame[start : start + bits // 8], "big")
        self.pos += bits // 8
        out, bit = [], 0
        for f in fields:
            v = whole >> (bits - bit - f.type.bits) & ((1 << f.type.bits) - 1)
            self.items.append(_Item(prefix + f.name, f.type, v, start + bit // 8, f.early, _is_value(f)))
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
                count = self.counts.get(run[0].counted_by)
                if count and count[0]:
                    raise self.fail(count[2], count[1], "length")
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
                    self.counts[f.name] = v, start, prefix + f.name
                if f.early and early:
                    early(self.items[first:])
        return values

    def size(self, fields: Iterable[Field], values: Dict[str, Any]) -> int:
        """The bytes of fields whose size is known before they are read."""
        bits = 0
        for f in fields:
            if _present(f, values):
                bits += 8 * self.counts.get(f.counted_by, (0, 0, ""))[0] if f.counted_by else _bits(f)
        return bits // 8

    def value(self, t: Type, path: str, f: Optional[Field], later: Tuple[Field, ...] = (), values: Optional[Dict[str, Any]] = None) -> Any:
        start, item = self.pos, _Item(path, t, None, self.pos, bool(f and f.early), not f or _is_value(f))
        self.items.append(item)
        if f and f.counted_by:
            item.value = self.part(t, path, f, start)
        else:
            item.value = self.plain(t, path, start, later, values or {})
        return item.value

    def part(self, t: Type, path: str, f: Field, start: int) -> Any:
        """Reads what a length counts, and nothing else."""
        count = self.counts.get(f.counted_by, (0, start, f.counted_by))
        fixed = _fixed(t)
        if fixed is not None and count[0] != fixed and f.counted_by in self.counts:
            raise self.fail(count[2], count[1], "length")
        if count[0] > self.end - self.pos:
            raise self.truncated(path, start)
        end, inside = self.end, self.inside
        self.end, self.inside = self.pos + count[0], count
        v = self.plain(t, path, start, (), {})
        if self.pos != self.end:
            raise self.fail(count[2], count[1], "length")
        self.end, self.inside = end, inside
        return v

    def plain(self, t: Type, path: str, start: int, later: Tuple[Field, ...], values: Dict[str, Any]) -> Any:
        if t.varint:
            return self.varint(t, path)
        if t.kind == "struct":
            return self.fields(t.fields, path + ".")
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
        else:
            n = t.size or self.end - self.pos
        if n < 0 or n > self.end - self.pos:
            raise self.truncated(path, start)
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
                raise self.truncated(path, start)
            for _ in range(n):
                out.append(self.value(t.of, f"{path}[{len(out)}]", None))
            return out
        while t.until is None and self.pos < self.end or t.until is not None and self.more(t.until, path, start):
            out.append(self.value(t.of, f"{path}[{len(out)}]", None))
        self.pos += t.until is not None
        return out

    def more(self, until: int, path: str, start: int) -> bool:
        if self.pos >= self.end:
            raise self.truncated(path, start)
        return self.frame[self.pos] != until

    def judge(self, items: Iterable[_Item], early: bool) -> None:
        for it in items:
            if it.early and not early or not it.value_of_message:
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
    own: int = 0  # bytes of the header that the length counts


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
            h.own = _counted(layout, side, f, values)
            h.body = values[f.name] - h.own
    return h


def _of(layout: Layout, side: str) -> Tuple[Field, ...]:
    return tuple(f for f in layout.fields if f.side in ("", side))


def _counted(layout: Layout, side: str, length: Field, values: Dict[str, Any]) -> int:
    """The bytes of the header that its length counts."""
    fields = [f for f in _of(layout, side) if f.name in length.counts]
    return sum(8 * len(_varint(values[f.name])) if f.type.varint and f.name in values else _bits(f) for f in fields) // 8


def _candidates(layout: Layout, side: str, code: Any) -> List[Spec]:
    return [s for s in MESSAGES.values() if s.layout is layout and s.side in (side, "both") and s.code == code]


def _lookup(layout: Layout, side: str, state: Optional[str], h: _Header, frame: bytes) -> Spec:
    """The message that a frame is. Of several with its opcode the constants decide, then the state."""
    name = next((f.name for f in _of(layout, side) if f.role == "opcode"), "")
    found = _candidates(layout, side, h.values[name] if name else 0)
    if not found:
        raise WireError(name, h.offsets.get(name, 0), "opcode", 0, CHECKS.get("opcode", ""))
    body = frame[h.size :] if h.body is None or h.body < 0 else frame[h.size : h.size + h.body]
    fit, wrong = _by_constants(found, h, frame, body)
    if len(fit) > 1 and state:
        legal = [s for s in fit if _legal(s, state)]
        if legal:
            fit, wrong = _by_constants(legal, h, frame, body)
    if wrong:
        raise wrong
    return fit[0]


def _legal(s: Spec, state: str) -> bool:
    return state in s.states or s.side != "client" and not s.states


def _by_constants(found: List[Spec], h: _Header, frame: bytes, body: bytes) -> Tuple[List[Spec], Optional[WireError]]:
    """Those whose constants the frame has, where all have one at the same place and these differ."""
    i = 0
    while len(found) > 1 and i < len(found[0].places):
        first = found[0].places[i]
        i += 1
        places = [(s, p) for s in found for p in s.places if p.at(first)]
        if len(places) < len(found) or all(p.want == first.want for _, p in places):
            continue
        found = [s for s, p in places if p.fits(body if p.body else frame)]
        if not found:
            offset = first.bit // 8 + (h.size if first.body else 0)
            return [], WireError(first.field, offset, "opcode", 0, CHECKS.get("opcode", ""))
        i = 0
    return found, None


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


def decode_as(spec: Spec, frame: bytes, side: str, sized: bool = False) -> Message:
    """Decodes a whole frame as one of a given message. sized says that its length has been judged."""
    h = _parse(spec.layout, side, frame)
    r = _Reader(frame, spec.name)
    have = len(frame) - h.size
    if sized:
        h.body = have
    if h.body is not None and h.body < have:
        raise r.fail("", h.size + max(0, h.body), "trailing")
    if h.body is not None and h.body > have:
        raise r.fail("", len(frame), "truncated")
    judge_early = EARLY_FIRST and (lambda items: r.judge(items, True))
    values = r.fields(_sent(spec, side))
    _absent(spec, r)
    values = r.fields(spec.fields, "", values, judge_early)
    if r.pos < len(frame):
        raise r.fail("", r.pos, "trailing")
    if not EARLY_FIRST:
        r.judge([i for i in r.items if i.early], True)
    r.judge(r.items, False)
    return _build(spec.cls, spec.head + spec.fields, values)


def _sent(s: Spec, side: str) -> Tuple[Field, ...]:
    """The header of a message as a side sends it."""
    return tuple(f for f in s.head if f.side in ("", side or f.side))


def _absent(spec: Spec, r: _Reader) -> None:
    """A length of what the message does not have is 0."""
    names = {f.name for f in spec.fields} | {f.name for f in spec.layout.fields} | {spec.layout.body}
    for f in spec.head:
        if f.name in r.counts and f.counts and not set(f.counts) & names and r.counts[f.name][0]:
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
