def judge(frame: bytes, state: str) -> Message:
    """Judges a frame of a client in a state as a server does, check by check. Incomplete if it is not all there and the header is right.

    All features count as announced; the errors of the message itself are the server's business.
    """
    layout = _layout("client", state)
    h = _parse(layout, "client", frame)
    have = len(frame) - h.size
    n = have if h.body is None else max(0, h.body)
    name = next((f.name for f in _of(layout, "client") if f.role == "opcode"), "")
    # Which of several messages it is may stand in the body.
    wait = n > have and len(_candidates(layout, "client", h.values[name] if name else 0)) > 1
    spec: Optional[Spec] = None
    unknown: Optional[WireError] = None
    if not wait:
        try:
            spec = _lookup(layout, "client", state, h, frame)
        except WireError as e:
            unknown = e
    for check, error in CHECKS.items():
        if check in ("early", "layout") or wait and check in ("opcode", "state"):
            break
        e = _check_header(check, layout, state, h, spec, unknown)
        if e:
            e.name, e.code, e.drop = error, ERRORS.get(error, 0), check in IGNORED
            e.message = spec.name if spec else ""
            raise e
    if n > have and (wait or spec):
        raise Incomplete
    if not spec:
        assert unknown is not None
        raise unknown
    return decode_as(spec, frame[: h.size + n], "client", True)


def _check_header(check: str, layout: Layout, state: str, h: _Header, spec: Optional[Spec], unknown: Optional[WireError]) -> Optional[WireError]:
    """One of the checks that need the header alone."""
    role = {f.role: f for f in layout.fields if f.role}
    if check == "length" and h.body is not None and layout.body:
        f = next(f for f in _of(layout, "client") if layout.body in f.counts)
        if h.body < 0:
            return WireError(f.name, h.offsets[f.name], "min", h.own)
        which, limit = _most(layout, f, state)
        if h.body > limit:
            return WireError(layout.body, h.offsets[f.name], which, limit)
    if check == "correlation" and "correlation" in role and h.values[role["correlation"].name] == 0:
        f = role["correlation"]
        return WireError(f.name, h.offsets[f.name], "zero")
    if check == "opcode":
        return unknown
    if check == "state" and spec and not _legal(spec, state):
        name = role["opcode"].name if "opcode" in role else ""
        return WireError(name, h.offsets.get(name, 0), "state")
    return None


def _most(layout: Layout, length: Field, state: Optional[str]) -> Tuple[str, int]:
    """The limit on a body, and its value."""
    t = length.type
    top = (1 << (7 * t.varint or t.bits or 8 * t.width)) - 1 - _counted(layout, "client", length, {})
    limit = top if layout.max is None else min(top, layout.max)
    if state in layout.max_in and layout.max_in[state] <= limit:
        return "max_in." + state, layout.max_in[state]
    return "max", limit


class Splitter:
    """Cuts a stream of bytes into frames. Set state when it changes: it decides over layout and largest body."""

    def __init__(self, side: str, state: Optional[str] = None):
        self.side, self.state, self.buffer = side, state, bytearray()
        self.size, self.judged = 0, state  # of the frame that begins the buffer, once its header is there, and in which state that was judged

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Takes in bytes and yields the frames that are whole. WireError if a length is over the limit."""
        self.buffer += data
        while len(self.buffer) >= self.size or self.state != self.judged:
            layout = _layout(self.side, self.state)
            try:
                h = _parse(layout, self.side, bytes(self.buffer[:64]))
            except Incomplete:
                return
            if h.body is None:
                raise WireError("", 0, "length")  # no length says where a frame ends
            if layout.body:
                e = _check_header("length", layout, self.state if self.side == "client" and self.state else "", h, None, None)
                if e:
                    e.name = CHECKS.get("length", "")
                    raise e
            n = h.size + h.body
            if len(self.buffer) < n:
                self.size, self.judged = n, self.state
                return
            frame = bytes(self.buffer[:n])
            del self.buffer[:n]
            self.size = 0
            yield frame
