class _Writer:
    """Appends values, and judges each."""

    def __init__(self, message: str):
        self.out, self.message = bytearray(), message
        self.spans: Dict[str, Tuple[int, int]] = {}  # where fields of the header and of the message lie
        self.pending: List[Tuple[Field, int, int, str]] = []  # lengths to fill in: the field, the offset, the first bit, the path before it

    def fail(self, path: str, because: str, limit: int = 0, name: str = "", offset: Optional[int] = None) -> WireError:
        return WireError(path, len(self.out) if offset is None else offset, because, limit, name, self.message)

    def fields(self, fields: Tuple[Field, ...], prefix: str, values: Dict[str, Any], code: int = 0) -> None:
        for run in _runs(fields):
            if not _present(run[0], values):
                continue
            start = len(self.out)
            if run[0].type.bits:
                self.run(run, prefix, values, code)
            for f in [] if run[0].type.bits else run:
                if f.counts:
                    self.pending.append((f, start, 0, prefix))
                    self.out += bytes(1 if f.type.varint else f.type.width)
                else:
                    self.value(f.type, prefix + f.name, self.given(f, values, code), f.early, f)
            for f in run:
                self.spans[prefix + f.name] = start, len(self.out)

    def given(self, f: Field, values: Dict[str, Any], code: int) -> Any:
        if f.role == "opcode":
            return code
        v = values.get(f.name) if f.attr else None
        return _zero(f.type) if v is None else v

    def run(self, run: List[Field], prefix: str, values: Dict[str, Any], code: int) -> None:
        whole, bits, start = 0, 0, len(self.out)
        for f in run:
            v = 0 if f.counts else int(self.given(f, values, code))
            if f.counts:
                self.pending.append((f, start, bits, prefix))
            else:
                self.judge(f.type, prefix + f.name, v, f.early, start + bits // 8)
                if v >> f.type.bits:
                    raise self.fail(prefix + f.name, "max", (1 << f.type.bits) - 1, _unit_error(f.type, f.early), start + bits // 8)
            whole, bits = whole << f.type.bits | v, bits + f.type.bits
        self.out += whole.to_bytes(bits // 8, "big")

    def judge(self, t: Type, path: str, v: Any, early: bool, offset: Optional[int] = None) -> None:
        because, limit = _judge(t, v)
        if because:
            raise self.fail(path, because, limit, _unit_error(t, early), offset)

    def number(self, t: Type, path: str, v: int, width: int, early: bool) -> None:
        low, high = (-(1 << 8 * width - 1), (1 << 8 * width - 1) - 1) if t.kind == "int" else (0, (1 << 8 * width) - 1)
        if not low <= v <= high:
            raise self.fail(path, "max" if v > high else "min", high if v > high else low, _unit_error(t, early))
        self.out += (v & ((1 << 8 * width) - 1)).to_bytes(width, ENDIAN)

    def value(self, t: Type, path: str, v: Any, early: bool, f: Optional[Field] = None) -> None:
        if v is None:
            if not t.nullable:
                raise self.fail(path, "null", 0, CHECKS.get("layout", ""))
            self.out += b"\xff" * t.length
            return
        if t.kind == "string":
            try:
                v.encode()
            except UnicodeEncodeError:
                raise self.fail(path, "utf8", 0, CHECKS.get("layout", "")) from None
        if t.kind != "struct":
            self.judge(t, path, v, early)
        if t.kind in ("uint", "int", "bool"):
            if t.varint:
                self.out += _varint(v)
            else:
                self.number(t, path, int(v), t.width, early)
        elif t.kind == "struct":
            self.fields(t.fields, path + ".", _values(t.fields, v))
        elif t.kind == "array":
            self.array(t, path, v, early)
        else:
            self.bytes(t, path, v.encode() if isinstance(v, str) else bytes(v), early)

    def array(self, t: Type, path: str, v: List[Any], early: bool) -> None:
        assert t.of is not None
        if t.length:
            self.number(Type("uint", error=t.error), path, len(v), t.length, early)
        for i, e in enumerate(v):
            start = len(self.out)
            self.value(t.of, f"{path}[{i}]", e, early)
            if t.until is not None and self.out[start:start + 1] == bytes([t.until]):
                raise self.fail(f"{path}[{i}]", "until", 0, CHECKS.get("layout", ""), start)
        if t.until is not None:
            self.out.append(t.until)

    def bytes(self, t: Type, path: str, b: bytes, early: bool) -> None:
        if t.size and len(b) != t.size:
            raise self.fail(path, "min" if len(b) < t.size else "max", t.size, _unit_error(t, early))
        if t.until is not None and t.until in b:
            raise self.fail(path, "until", 0, CHECKS.get("layout", ""))
        if t.length:
            self.number(Type("uint", error=t.error), path, len(b), t.length, early)
        self.out += b
        if t.until is not None:
            self.out.append(t.until)


def _varint(v: int) -> bytes:
    out = bytearray()
    while v > 0x7F:
        out.append(v & 0x7F | 0x80)
        v >>= 7
    out.append(v)
    return bytes(out)


def _values(fields: Iterable[Field], m: Any) -> Dict[str, Any]:
    """The values of a message or a struct, by the names of the table."""
    return {f.name: getattr(m, f.attr) for f in fields if f.attr}


def encode(m: Message, side: str = "") -> bytes:
    """Encodes a message as a frame. Lengths follow from the values. WireError if a value is outside its limits.

    Characters beyond ASCII are not judged. side is needed only where a message of both sides looks different from each.
    """
    s = m.SPEC
    w = _Writer(s.name)
    values = _values(s.head + s.fields, m)
    w.fields(_sent(s, side), "", values, s.code)
    size = len(w.out)
    w.fields(s.fields, "", values)
    body = len(w.out) - size
    if s.layout.max is not None and body > s.layout.max:
        raise WireError("", size, "max", s.layout.max, CHECKS.get("length", ""), s.name)
    for f, at, bit, prefix in reversed(w.pending):
        n = sum(_span(s, w, prefix + name, body) for name in f.counts)
        top = (1 << (7 * f.type.varint or f.type.bits or 8 * f.type.width)) - 1
        if n > top:
            raise WireError(f.name, at, "max", top, CHECKS.get("length", ""), s.name)
        if f.type.varint:
            w.out[at : at + 1] = _varint(n)
        elif f.type.bits:
            _put_bits(w.out, at, bit, f.type.bits, n)
        else:
            w.out[at : at + f.type.width] = n.to_bytes(f.type.width, ENDIAN)
    return bytes(w.out)


def _span(s: Spec, w: _Writer, name: str, body: int) -> int:
    if name == s.layout.body and name not in w.spans:
        return body
    a, b = w.spans.get(name, (0, 0))
    return b - a


def _put_bits(out: bytearray, at: int, bit: int, bits: int, v: int) -> None:
    first, last = at + bit // 8, at + (bit + bits + 7) // 8
    whole = int.from_bytes(out[first:last], "big") | v << (-(bit + bits) % 8)
    out[first:last] = whole.to_bytes(last - first, "big")
