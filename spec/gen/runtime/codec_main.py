def _hex(text: str) -> bytes:
    """Reads bytes as vectors have them: "0102 78*65"."""
    out = bytearray()
    for group in text.split():
        digits, _, times = group.partition("*")
        out += bytes.fromhex(digits) * int(times or 1)
    return bytes(out)


def _plain(t: Type, v: Any) -> Any:
    """A value as JSON has it."""
    if v is None:
        return None
    if t.kind == "array":
        return [_plain(t.of, e) for e in v] if t.of else []
    if t.kind == "struct":
        return _plain_fields(t.fields, v)
    if t.kind in ("bytes", "rest"):
        return bytes(v).hex()
    return bool(v) if t.kind == "bool" else int(v) if isinstance(v, int) else v


def _plain_fields(fields: Iterable[Field], m: Any) -> Dict[str, Any]:
    out: Dict[str, Any] = {}
    for f in fields:
        if f.attr and _present(f, _values(fields, m)):
            v = getattr(m, f.attr)
            out[f.name] = _plain(f.type, _zero(f.type) if v is None and not f.type.nullable else v)
    return out


def _told(t: Type, v: Any) -> Any:
    """A value of a vector, in the form that _plain gives."""
    if isinstance(v, dict) and set(v) == {"repeat", "times"}:
        v = v["repeat"] * v["times"]
    if v is None:
        return None
    if t.kind == "array":
        return [_told(t.of, e) for e in v] if t.of else []
    if t.kind == "struct":
        return {f.name: _told(f.type, v[f.name]) for f in t.fields if f.name in v}
    if t.kind in ("bytes", "rest"):
        return _hex(v).hex()
    return int(v) if t.kind in ("uint", "int") else v


def _outcome(frame: bytes, side: str, state: Optional[str]) -> Dict[str, Any]:
    """What becomes of a frame: a server judges those of a client, a client decodes those of a server."""
    try:
        m = judge(frame, state) if side == "client" and state else decode(frame, side, state)
    except Incomplete:
        return {"incomplete": True}
    except WireError as e:
        out: Dict[str, Any] = {"drop": True} if e.drop else {"error": e.name, "code": e.code}
        out.update(offset=e.offset, field=e.field, because=e.because)
        if e.limit:
            out["limit"] = e.limit
        return {"reject": out}
    s = m.SPEC
    return {"message": s.name, "accept": _plain_fields(s.head + s.fields, m), "encoded": encode(m, side).hex()}


def _expected(v: Dict[str, Any]) -> Dict[str, Any]:
    """The outcome that a vector demands."""
    if "accept" in v:
        s = MESSAGES[v["message"]]
        values = {f.name: _told(f.type, v["accept"][f.name]) for f in s.head + s.fields if f.name in v["accept"]}
        return {"message": s.name, "accept": values, "encoded": _hex(v["frame"]).hex()}
    if "reject" in v:
        return {"reject": {k: int(x) if k in ("code", "limit") else x for k, x in v["reject"].items()}}
    return {"incomplete": True}


def run_vectors(file: str) -> int:
    """Holds this codec to the vectors of a file, prints the counts, and returns how many fail."""
    with open(file, encoding="utf-8") as f:
        vectors = json.load(f)["vectors"]
    counts = {"accept": 0, "reject": 0, "incomplete": 0}
    failed = 0
    for v in vectors:
        counts[next(k for k in counts if k in v)] += 1
        frame = _hex(v["frame"])
        got, want = _outcome(frame, v["from"], v.get("state")), _expected(v)
        if v.get("loose"):
            want["encoded"] = got.get("encoded")
        if got == want and "accept" in v:
            got, want = _split(frame, v)
        if got != want:
            failed += 1
            print(f"{v['id']}: got {got}\n    want {want}")
    print(f"{len(vectors)} vectors: " + ", ".join(f"{n} {k}" for k, n in counts.items()) + f"; {failed} failed")
    return failed


def _split(frame: bytes, v: Dict[str, Any]) -> Tuple[Any, Any]:
    """Cuts the frame of a vector out of a stream that comes byte by byte."""
    s = MESSAGES[v["message"]]
    if s.layout.body and not any(s.layout.body in f.counts for f in s.layout.fields):
        return None, None
    splitter, got = Splitter(v["from"], v.get("state")), []
    if v["from"] == "server":
        splitter.state = next((state for state in STATES if LAYOUTS[STATES[state][1]] is s.layout), None)
    for i in range(len(frame)):
        got += list(splitter.feed(frame[i : i + 1]))
    return got, [frame]


def main(args: List[str]) -> int:
    """--vectors FILE runs vectors; --lines reads {"frame", "from", "state"} as JSON lines and answers each with its outcome."""
    if len(args) == 2 and args[0] == "--vectors":
        return 1 if run_vectors(args[1]) else 0
    if args == ["--lines"]:
        for line in sys.stdin:
            v = json.loads(line)
            print(json.dumps(_outcome(_hex(v["frame"]), v["from"], v.get("state"))))
        return 0
    print(f"usage: {sys.argv[0]} --vectors FILE | --lines", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
