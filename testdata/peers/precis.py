"""Names and passwords beyond ASCII: the profiles UsernameCaseMapped and OpaqueString of RFC 8265, over the string classes of RFC 8264.

Only the standard library: what it does not know is the joining type of a character, so U+200C is accepted after a virama only. How new the
Unicode is that is spoken follows from the version of Python.
"""

import unicodedata

LETTER_DIGITS = {"Ll", "Lu", "Lo", "Nd", "Lm", "Mn", "Mc"}
FREE = {"Lt", "Nl", "No", "Me", "Zs", "Sm", "Sc", "Sk", "So", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po"}
VALID = {0x00DF, 0x03C2, 0x06FD, 0x06FE, 0x0F0B, 0x3007}  # RFC 5892, section 2.6
DISALLOWED = {0x0640, 0x07FA, 0x302E, 0x302F, 0x3031, 0x3032, 0x3033, 0x3034, 0x3035, 0x303B}
OLD_JAMO = [(0x1100, 0x11FF), (0xA960, 0xA97C), (0xD7B0, 0xD7C6), (0xD7CB, 0xD7FB)]
IGNORABLE = [(0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x200B, 0x200F),
             (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8),
             (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF)]


def within(number, ranges):
    return any(low <= number <= high for low, high in ranges)


def script(character, *names):
    return unicodedata.name(character, "").startswith(names)


def context(text, at):
    """Judges a character that is allowed only beside others (RFC 5892, appendix A); None if it is not of that kind."""
    c, before, after = text[at], text[at - 1:at], text[at + 1:at + 2]
    if c in "\u200c\u200d":
        return before != "" and unicodedata.combining(before) == 9
    if c == "\u00b7":
        return before == "l" and after == "l"
    if c == "\u0375":
        return after != "" and script(after, "GREEK ")
    if c in "\u05f3\u05f4":
        return before != "" and script(before, "HEBREW ")
    if c == "\u30fb":
        return any(script(other, "HIRAGANA ", "KATAKANA LETTER", "CJK UNIFIED") for other in text)
    if "\u0660" <= c <= "\u0669":
        return not any("\u06f0" <= other <= "\u06f9" for other in text)
    if "\u06f0" <= c <= "\u06f9":
        return not any("\u0660" <= other <= "\u0669" for other in text)
    return None


def allowed(text, freeform):
    """Says whether all characters belong to IdentifierClass or FreeformClass (RFC 8264, section 8)."""
    for at, c in enumerate(text):
        number, category, fits = ord(c), unicodedata.category(c), context(text, at)
        if fits is None:
            if number in VALID or 0x21 <= number <= 0x7E:
                fits = True
            elif number in DISALLOWED or within(number, OLD_JAMO) or within(number, IGNORABLE):
                fits = False
            elif unicodedata.normalize("NFKC", c) != c:
                fits = freeform and category not in ("Cc", "Cn")
            else:
                fits = category in LETTER_DIGITS or (freeform and category in FREE)
        if not fits:
            return False
    return True


def bidirectional(text):
    """Judges a string that has right-to-left characters by the rule of RFC 5893, section 2."""
    kinds = [unicodedata.bidirectional(c) for c in text]
    if not set(kinds) & {"R", "AL", "AN"}:
        return True
    last = next((kind for kind in reversed(kinds) if kind != "NSM"), "")
    neutral = {"EN", "ES", "CS", "ET", "ON", "BN", "NSM"}
    if kinds[0] == "L":
        return set(kinds) <= neutral | {"L"} and last in ("L", "EN")
    return (kinds[0] in ("R", "AL") and set(kinds) <= neutral | {"R", "AL", "AN"} and last in ("R", "AL", "EN", "AN")
            and not {"EN", "AN"} <= set(kinds))


def narrow(c):
    kind, *numbers = unicodedata.decomposition(c).split() or [""]
    return chr(int(numbers[0], 16)) if kind in ("<wide>", "<narrow>") else c


def username(text):
    """Returns the string after UsernameCaseMapped, None if the profile refuses it."""
    text = "".join(map(narrow, text))
    if not allowed(text, freeform=False):
        return None
    text = unicodedata.normalize("NFC", text.lower())
    return text if text and allowed(text, freeform=False) and bidirectional(text) else None


def opaque(text):
    """Returns the string after OpaqueString, None if the profile refuses it."""
    if not allowed(text, freeform=True):
        return None
    text = "".join(" " if unicodedata.category(c) == "Zs" else c for c in text)
    return unicodedata.normalize("NFC", text) or None
