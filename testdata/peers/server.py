#!/usr/bin/env python3
"""A small but complete server of the Wirelaw Chat Protocol, version 1.

    python3 server.py --listen 127.0.0.1:7400 --data DIR

Written from the protocol's document (spec/chat/CHAT.md) alone, with nothing but the standard library of Python 3.11 or
later; section numbers below are those of the document. It announces RESUME, UNICODE_NAMES and, if --data names a
directory, DURABLE: then everything lives in one SQLite file. Without --data everything is forgotten at the end.

One thread runs everything but the hashing of passwords. A connection handles its requests strictly one after the other,
so a request takes effect as if all earlier ones were finished; a SEND wakes the recipient's session directly.
"""

import argparse
import asyncio
import concurrent.futures
import hashlib
import hmac
import os
import secrets
import signal
import sqlite3
import string
import struct
import sys
import time
import unicodedata

import precis

# --- The protocol's numbers -------------------------------------------------------------------------------------------

WELCOME, CREATED, LOGGED_IN, ACCOUNTS, ACCEPTED = 0x81, 0x82, 0x83, 0x85, 0x86
DELIVER, DELETED, LOGGED_OUT, GOODBYE, PONG, ERROR = 0x87, 0x88, 0x89, 0x8A, 0x8B, 0xFF
CONNECTED, GUEST, MEMBER, CLOSED = "connected", "guest", "member", "closed"
LARGEST_BODY = {CONNECTED: 1024, GUEST: 1024, MEMBER: 65536}
ALL, WILDCARD, REGEX = 0, 1, 2
BYE, SHUTDOWN, REPLACED, IDLE, NO_HELLO = 0, 1, 2, 3, 4
RESUME_BIT, UNICODE_NAMES_BIT, DURABLE_BIT = 1 << 0, 1 << 2, 1 << 3
CODES = {name: code for code, name in enumerate(
    "TOO_LARGE BAD_ID UNKNOWN_OPCODE BAD_STATE MALFORMED BAD_FIELD UNSUPPORTED BAD_VERSION BAD_NAME BAD_PASSWORD "
    "PASSWORD_MISMATCH NAME_TAKEN BAD_CREDENTIALS ALREADY_LOGGED_IN BAD_TOKEN BAD_PATTERN BAD_CURSOR NO_SUCH_USER "
    "KEY_CONFLICT INBOX_FULL BAD_ACK BAD_CONFIRMATION BUSY INTERNAL".split(), start=1)}
CLOSING = {"TOO_LARGE", "BAD_ID", "BAD_VERSION"}
HELLO_TIMEOUT, WRITE_TIMEOUT, DRAIN_TIMEOUT = 5.0, 10.0, 1.0

# --- What this server allows, told in WELCOME -------------------------------------------------------------------------

AGENT = b"peer.py/1.0"
INBOX, PAGE, WINDOW = 1000, 200, 64
KEY_RETENTION, TOKEN_LIFE = 7200, 86400
MOST_CONNECTIONS, MOST_HASHES = 1000, 200
SCRYPT = dict(n=1 << 14, r=8, p=1, maxmem=64 << 20, dklen=32)


class Refused(Exception):
    """A request that is answered with ERROR. The text is a sentence for people."""

    def __init__(self, name, text):
        super().__init__(text)
        self.name = name


# --- Taking a body apart (sections 3 and 5) ---------------------------------------------------------------------------

class Cursor:
    """Reads kinds from a body; what does not fit is MALFORMED."""

    def __init__(self, body):
        self.body, self.at = body, 0

    def take(self, count):
        if count > len(self.body) - self.at:
            raise Refused("MALFORMED", "the body ends within a field")
        self.at += count
        return self.body[self.at - count:self.at]

    def number(self, width):
        return int.from_bytes(self.take(width), "big")

    def text(self, width):
        raw = self.take(self.number(width))
        try:
            raw.decode("utf-8")
        except UnicodeDecodeError:
            raise Refused("MALFORMED", "a string is not UTF-8") from None
        return raw

    def rest(self):
        return self.take(len(self.body) - self.at)


KINDS = {
    "u8": lambda c: c.number(1), "u16": lambda c: c.number(2), "u64": lambda c: c.number(8),
    "string8": lambda c: c.text(1), "string16": lambda c: c.text(2),
    "bytes8": lambda c: c.take(c.number(1)), "bytes of 16": lambda c: c.take(16), "rest": lambda c: c.rest(),
}


def limit(good, error, text):
    """Makes a limit: a function that refuses a value unless it is good."""
    def check(value):
        if not good(value):
            raise Refused(error, text)
    return check


NAME_BYTES = (string.ascii_letters + string.digits + "._-").encode()


def identity(name):
    """The identity form of a name (section 3.3), None if this cannot be a name. Both are bytes."""
    def fits(raw):
        return 1 <= len(raw) <= 50 and all(byte in NAME_BYTES for byte in raw if byte < 128)
    if name.isascii() or not fits(name):
        return name.lower() if fits(name) else None
    form = (precis.username(name.decode()) or "").encode()
    return form if fits(form) else None


def secret_form(password):
    """The form in which a password is counted, compared and hashed (section 3.4), None if this cannot be a password."""
    if not 6 <= len(password) <= 255 or any(byte < 32 or byte == 127 for byte in password):
        return None
    form = password.decode() if password.isascii() else precis.opaque(password.decode()) or ""
    return form.encode() if 6 <= len(form) <= 24 else None


a_name = limit(lambda v: identity(v) is not None, "BAD_NAME",
               "a name has 1 to 50 bytes: letters, digits, '.', '_' and '-'")
a_password = limit(lambda v: secret_form(v) is not None, "BAD_PASSWORD", "a password has 6 to 24 printable characters")
a_window = limit(lambda v: v >= 1, "BAD_FIELD", "the window must be at least 1")
a_token = limit(lambda v: len(v) <= 64, "BAD_TOKEN", "a token has at most 64 bytes")
our_version = "this server speaks version 1 only"


class Request:
    """What the document says of one client message. Fields: (kind, limit or None); an early one has a third item."""

    def __init__(self, name, states, fields, feature=None):
        self.name, self.states, self.fields, self.feature = name, states, fields, feature

    def decode(self, body):
        cursor, values = Cursor(body), []
        for kind, check, *early in self.fields:
            values.append(KINDS[kind](cursor))
            if early:
                check(values[-1])
        if cursor.at != len(body):
            raise Refused("MALFORMED", "bytes are left over after the last field")
        for value, (_, check, *_) in zip(values, self.fields):
            if check:
                check(value)
        return values


REQUESTS = {
    0x01: Request("hello", {CONNECTED}, [
        ("u16", limit(lambda v: v <= 1, "BAD_VERSION", our_version), "early"),
        ("u16", limit(lambda v: v >= 1, "BAD_VERSION", our_version), "early"),
        ("string8", limit(lambda v: len(v) <= 64, "BAD_FIELD", "the agent has at most 64 bytes")),
        ("u16", limit(lambda v: 1 <= v <= 300, "BAD_FIELD", "the keepalive is 1 to 300 seconds")),
        ("rest", None)]),
    0x02: Request("create", {GUEST}, [("string8", a_name), ("string8", a_password), ("string8", a_password)]),
    0x03: Request("login", {GUEST}, [("string8", a_name), ("string8", a_password), ("u16", a_window)]),
    0x04: Request("resume", {GUEST}, [("bytes8", a_token), ("u16", a_window)]),
    0x05: Request("list", {MEMBER}, [
        ("u8", limit(lambda v: v <= REGEX, "BAD_FIELD", "there is no such way of listing")),
        ("string16", limit(lambda v: len(v) <= 256, "BAD_PATTERN", "a pattern has at most 256 bytes")),
        ("bytes8", None), ("u16", None)]),
    0x06: Request("send", {MEMBER}, [
        ("bytes of 16", None), ("string8", a_name),
        ("string16", limit(lambda v: 1 <= len(v) <= 16384, "BAD_FIELD", "a text has 1 to 16384 bytes"))]),
    0x07: Request("ack", {MEMBER}, [("u64", None)]),
    0x08: Request("delete", {MEMBER}, [("string8", a_name)]),
    0x09: Request("logout", {MEMBER}, []),
    0x0A: Request("bye", {CONNECTED, GUEST, MEMBER}, []),
    0x0B: Request("ping", {CONNECTED, GUEST, MEMBER}, []),
}


def frame(opcode, ident, body=b""):
    return bytes([opcode]) + len(body).to_bytes(3, "big") + ident.to_bytes(4, "big") + body


def short(raw):
    return bytes([len(raw)]) + raw


def long(raw):
    return len(raw).to_bytes(2, "big") + raw


# --- What is kept -----------------------------------------------------------------------------------------------------

SCHEMA = """
CREATE TABLE IF NOT EXISTS accounts (
    incarnation INTEGER PRIMARY KEY, identity BLOB NOT NULL UNIQUE, name BLOB NOT NULL, epoch INTEGER NOT NULL,
    salt BLOB NOT NULL, hash BLOB NOT NULL, acked INTEGER NOT NULL DEFAULT 0,
    token BLOB UNIQUE, expires INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS messages (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, inbox INTEGER NOT NULL, name BLOB NOT NULL,
    incarnation INTEGER NOT NULL, time INTEGER NOT NULL, text BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS inboxes ON messages (inbox, sequence);
CREATE TABLE IF NOT EXISTS keys (
    sender INTEGER NOT NULL, key BLOB NOT NULL, digest BLOB NOT NULL, time INTEGER NOT NULL,
    PRIMARY KEY (sender, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS secret (value BLOB NOT NULL);
"""


class Store:
    """Accounts, inboxes and keys in SQLite. Every method is one transaction, finished (and synced) when it returns."""

    def __init__(self, directory, restored):
        if directory:
            os.makedirs(directory, exist_ok=True)
        self.db = sqlite3.connect(os.path.join(directory, "chat.sqlite") if directory else ":memory:")
        self.db.row_factory = sqlite3.Row
        self.db.execute("PRAGMA locking_mode = EXCLUSIVE")
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.execute("PRAGMA synchronous = FULL")
        self.db.executescript(SCHEMA)
        self.last = 0
        with self.db:
            if self.one("SELECT value FROM secret") is None:
                self.db.execute("INSERT INTO secret VALUES (?)", (secrets.token_bytes(32),))
            if restored:  # LOGGED_IN-5: a backup may have lost sequences that were shown already
                for row in self.db.execute("SELECT incarnation FROM accounts").fetchall():
                    self.db.execute("UPDATE accounts SET epoch = ? WHERE incarnation = ?", (self.number(), row[0]))
        self.secret = self.one("SELECT value FROM secret")["value"]

    def one(self, query, *values):
        return self.db.execute(query, values).fetchone()

    def change(self, query, *values):
        with self.db:
            self.db.execute(query, values)

    def number(self):
        """A number never used before, also not before a restart or by a backup: microseconds of the clock."""
        self.last = max(self.last + 1, time.time_ns() // 1000)
        return self.last

    def account(self, name):
        return self.one("SELECT * FROM accounts WHERE identity = ?", identity(name))

    def create(self, name, salt, digest):
        number = self.number()
        try:
            self.change("INSERT INTO accounts (incarnation, identity, name, epoch, salt, hash) VALUES (?, ?, ?, ?, ?, ?)",
                        number, identity(name), name, number, salt, digest)
        except sqlite3.IntegrityError:
            return False
        return True

    def delete(self, incarnation):
        with self.db:
            self.db.execute("DELETE FROM accounts WHERE incarnation = ?", (incarnation,))
            self.db.execute("DELETE FROM messages WHERE inbox = ?", (incarnation,))
            self.db.execute("DELETE FROM keys WHERE sender = ?", (incarnation,))

    def waiting(self, incarnation):
        return self.one("SELECT count(*) FROM messages WHERE inbox = ?", incarnation)[0]

    def read(self, incarnation, after, most):
        return self.db.execute("SELECT * FROM messages WHERE inbox = ? AND sequence > ? ORDER BY sequence LIMIT ?",
                               (incarnation, after, most)).fetchall()

    def ack(self, incarnation, sequence):
        with self.db:
            self.db.execute("UPDATE accounts SET acked = ? WHERE incarnation = ?", (sequence, incarnation))
            self.db.execute("DELETE FROM messages WHERE inbox = ? AND sequence <= ?", (incarnation, sequence))

    def append(self, inbox, sender, key, digest, now, text):
        with self.db:
            self.db.execute("DELETE FROM keys WHERE sender = ? AND time < ?",
                            (sender["incarnation"], now - KEY_RETENTION * 1000))
            self.db.execute("INSERT INTO keys VALUES (?, ?, ?, ?)", (sender["incarnation"], key, digest, now))
            self.db.execute("INSERT INTO messages (inbox, name, incarnation, time, text) VALUES (?, ?, ?, ?, ?)",
                            (inbox, sender["name"], sender["incarnation"], now, text))


def wildcard(pattern):
    """Compiles a wildcard to a list of None (any run), ... (any character) or a character, in lower case."""
    tokens, escaped = [], False
    for character in unicodedata.normalize("NFC", pattern.decode()).lower():
        if escaped or character not in "*?\\":
            tokens.append(character)
            escaped = False
        elif character == "\\":
            escaped = True
        else:
            tokens.append(None if character == "*" else ...)
    if escaped:
        raise Refused("BAD_PATTERN", "a wildcard must not end in a lone backslash")
    return tokens


def matches(tokens, name):
    """Says whether the wildcard matches the whole name; goes back to the last run only, so it cannot explode."""
    t = n = 0
    star = mark = -1
    while n < len(name):
        if t < len(tokens) and (tokens[t] is ... or tokens[t] == name[n]):
            t, n = t + 1, n + 1
        elif t < len(tokens) and tokens[t] is None:
            star, mark, t = t, n, t + 1
        elif star >= 0:
            mark += 1
            t, n = star + 1, mark
        else:
            return False
    return all(token is None for token in tokens[t:])


# --- Sessions and connections -----------------------------------------------------------------------------------------

class Session:
    """One account logged in on one connection. There is at most one for an account (LOGIN-3)."""

    def __init__(self, connection, account, window):
        self.connection, self.account = connection, account
        self.incarnation, self.window = account["incarnation"], min(window, WINDOW)
        self.acked, self.shown, self.open = account["acked"], account["acked"], []

    def pump(self):
        """Sends what is due: not yet shown in this session, and within the window."""
        room = self.window - len(self.open)
        for row in self.connection.server.store.read(self.incarnation, self.shown, room) if room > 0 else ():
            self.shown = row["sequence"]
            self.open.append(self.shown)
            self.connection.write(DELIVER, 0, struct.pack(">Q", self.shown) + short(row["name"]) +
                                  struct.pack(">QQ", row["incarnation"], row["time"]) + long(row["text"]))


class Connection:
    def __init__(self, server, reader, writer):
        self.server, self.reader, self.writer = server, reader, writer
        self.state, self.session, self.keepalive = CONNECTED, None, None
        self.task, self.written, self.progress, self.timer = asyncio.current_task(), 0, 0, None
        self.loop = asyncio.get_running_loop()
        self.hello_by = self.loop.time() + HELLO_TIMEOUT

    # Writing never waits; requests are read only while what was written gets through (answer, below).

    def write(self, opcode, ident, body=b""):
        if self.state == CLOSED:
            return
        data = frame(opcode, ident, body)
        self.written += len(data)
        self.writer.write(data)
        if self.timer is None and self.buffered():
            self.progress = self.written - self.buffered()
            self.timer = self.loop.call_later(WRITE_TIMEOUT, self.watch)

    def buffered(self):
        return self.writer.transport.get_write_buffer_size()

    def watch(self):
        """FRAME-11: closes the connection if nothing has got through for WRITE_TIMEOUT."""
        self.timer, before = None, self.progress
        self.progress = self.written - self.buffered()
        if self.buffered() and self.progress == before:
            self.writer.transport.abort()
        elif self.buffered():
            self.timer = self.loop.call_later(WRITE_TIMEOUT, self.watch)

    def end_session(self):
        if self.session is not None:
            del self.server.sessions[self.session.incarnation]
            self.session = None

    def say_goodbye(self, reason, text, ident=0):
        self.end_session()
        self.write(GOODBYE, ident, bytes([reason]) + long(text.encode()))
        self.state = CLOSED

    def part(self, reason, text):
        """Ends the connection from outside of its own task."""
        self.say_goodbye(reason, text)
        self.task.cancel()

    async def run(self):
        try:
            if len(self.server.connections) > MOST_CONNECTIONS:
                self.refuse(0, Refused("BUSY", "the server has no room for more connections; try again later"))
                self.state = CLOSED
            while self.state != CLOSED:
                await self.answer()
            await self.close()
        except asyncio.IncompleteReadError:
            self.end_session()  # a frame that was cut off is lost; replies written so far still go out
        except asyncio.CancelledError:
            await self.close()
        except OSError:
            pass
        finally:
            self.end_session()
            self.writer.close()

    async def close(self):
        """FRAME-8: ends our side, reads on for a second, and only then closes."""
        self.end_session()
        try:
            self.writer.write_eof()
            async with asyncio.timeout(DRAIN_TIMEOUT):
                while await self.reader.read(65536):
                    pass
        except (TimeoutError, OSError):
            pass

    def deadline(self):
        if self.state == CONNECTED:
            return asyncio.timeout_at(self.hello_by)
        return asyncio.timeout(1.5 * self.keepalive)

    async def answer(self):
        """Reads one frame, judges it in the order of section 5, and answers it."""
        ident = 0
        try:
            async with self.deadline():
                first = await self.reader.readexactly(1)
            async with self.deadline():
                header = first + await self.reader.readexactly(7)
                opcode, length, ident = header[0], int.from_bytes(header[1:4], "big"), int.from_bytes(header[4:], "big")
                if length > LARGEST_BODY[self.state]:
                    raise Refused("TOO_LARGE", f"a body has at most {LARGEST_BODY[self.state]} bytes here")
                if ident == 0:
                    raise Refused("BAD_ID", "a request must not have id 0")
                body = await self.reader.readexactly(length)
            request = REQUESTS.get(opcode)
            if request is None:
                raise Refused("UNKNOWN_OPCODE", f"no client message has opcode 0x{opcode:02x}")
            if self.state not in request.states:
                raise Refused("BAD_STATE", f"{request.name.upper()} is not legal in state {self.state}")
            await getattr(self, request.name)(ident, *request.decode(body))
        except Refused as error:
            self.refuse(ident, error)
        except TimeoutError:
            if self.state == CONNECTED:
                self.say_goodbye(NO_HELLO, "HELLO did not come in time")
            else:
                self.say_goodbye(IDLE, "nothing was heard for too long")
        except sqlite3.Error as error:
            print(f"store: {error}", file=sys.stderr)
            self.refuse(ident, Refused("INTERNAL", "the server failed"))
        if self.state != CLOSED:
            await self.writer.drain()

    def refuse(self, ident, error):
        if error.name in CLOSING:
            self.end_session()
        versions = struct.pack(">HH", 1, 1) if error.name == "BAD_VERSION" else b""
        self.write(ERROR, ident, struct.pack(">H", CODES[error.name]) + long(str(error).encode()) + versions)
        if error.name in CLOSING:
            self.state = CLOSED

    # One method for each request. Its arguments are the id and the fields; an early return is a success, too.

    async def hello(self, ident, _lowest, _highest, _agent, keepalive, _more):
        self.keepalive, self.state = keepalive, GUEST
        features = RESUME_BIT | UNICODE_NAMES_BIT | (DURABLE_BIT if self.server.durable else 0)
        self.write(WELCOME, ident, struct.pack(">H", 1) + short(AGENT) + struct.pack(
            ">IHIHHII", features, keepalive, INBOX, PAGE, WINDOW, KEY_RETENTION, TOKEN_LIFE))

    async def create(self, ident, name, password, again):
        if secret_form(password) != secret_form(again):
            raise Refused("PASSWORD_MISMATCH", "the password and its repetition differ")
        if not self.server.store.account(name):  # else no need to hash
            salt = secrets.token_bytes(16)
            if self.server.store.create(name, salt, await self.server.hash(password, salt)):
                return self.write(CREATED, ident)
        raise Refused("NAME_TAKEN", "an account of this name exists")

    async def login(self, ident, name, password, window):
        store, wrong = self.server.store, Refused("BAD_CREDENTIALS", "the user name or the password is wrong")
        account = store.account(name)
        salt, expected = (account["salt"], account["hash"]) if account else (bytes(16), bytes(32))
        if not hmac.compare_digest(await self.server.hash(password, salt), expected) or account is None:
            raise wrong
        account = store.account(name)  # it may have been deleted meanwhile, or even created again
        if account is None or account["hash"] != expected:
            raise wrong
        if account["incarnation"] in self.server.sessions:
            raise Refused("ALREADY_LOGGED_IN", "the account is logged in on another connection")
        token = secrets.token_bytes(32)
        store.change("UPDATE accounts SET token = ?, expires = ? WHERE incarnation = ?",
                     hashlib.sha256(token).digest(), int(time.time()) + TOKEN_LIFE, account["incarnation"])
        self.begin(ident, account, window, token)

    async def resume(self, ident, token, window):
        account = self.server.store.one("SELECT * FROM accounts WHERE token = ? AND expires > ?",
                                        hashlib.sha256(token).digest(), int(time.time()))
        if account is None:
            raise Refused("BAD_TOKEN", "the resume token does not work (any more)")
        earlier = self.server.sessions.get(account["incarnation"])
        if earlier is not None:
            earlier.connection.part(REPLACED, "the session was resumed on another connection")
        self.begin(ident, account, window, token)

    def begin(self, ident, account, window, token):
        self.session, self.state = Session(self, account, window), MEMBER
        self.server.sessions[account["incarnation"]] = self.session
        self.write(LOGGED_IN, ident, short(account["name"]) + struct.pack(
            ">QQI", account["incarnation"], account["epoch"], self.server.store.waiting(account["incarnation"])) +
            short(token))
        self.session.pump()

    async def list(self, ident, by, pattern, cursor, most):
        if by == REGEX:
            raise Refused("UNSUPPORTED", "this server does not understand regular expressions")
        if by == ALL and pattern:
            raise Refused("BAD_PATTERN", "a listing of all accounts takes no pattern")
        tokens = wildcard(pattern) if by == WILDCARD else [None]
        seal = lambda place: hmac.digest(self.server.store.secret, bytes([by]) + long(pattern) + place, "sha256")
        after = cursor[32:]
        if cursor and not hmac.compare_digest(cursor[:32], seal(after)):
            raise Refused("BAD_CURSOR", "this listing has no such cursor")
        most, names, following = min(most or PAGE, PAGE), [], b""
        for row in self.server.store.db.execute(
                "SELECT identity, name FROM accounts WHERE identity > ? ORDER BY identity", (after,)):
            if not matches(tokens, row["identity"].decode()):
                continue
            if len(names) == most:
                following = seal(after) + after
                break
            names.append(short(row["name"]))
            after = row["identity"]
        self.write(ACCOUNTS, ident, struct.pack(">H", len(names)) + b"".join(names) + short(following))

    async def send(self, ident, key, to, text):
        store, sender = self.server.store, self.session.account
        digest = hashlib.sha256(identity(to) + b"\0" + text).digest()
        known = store.one("SELECT * FROM keys WHERE sender = ? AND key = ?", sender["incarnation"], key)
        if known is not None:
            if known["digest"] != digest:
                raise Refused("KEY_CONFLICT", "the key was used before for another message")
            return self.write(ACCEPTED, ident, struct.pack(">QB", known["time"], 1))
        recipient = store.account(to)
        if recipient is None:
            raise Refused("NO_SUCH_USER", "there is no account of this name")
        if store.waiting(recipient["incarnation"]) >= INBOX:
            raise Refused("INBOX_FULL", "the recipient's inbox is full")
        now = time.time_ns() // 1_000_000
        store.append(recipient["incarnation"], sender, key, digest, now, text)
        self.write(ACCEPTED, ident, struct.pack(">QB", now, 0))
        if recipient["incarnation"] in self.server.sessions:
            self.server.sessions[recipient["incarnation"]].pump()

    async def ack(self, _ident, sequence):
        session = self.session
        if sequence > session.shown:
            raise Refused("BAD_ACK", "the sequence is above everything that was delivered in this session")
        if sequence > session.acked:
            self.server.store.ack(session.incarnation, sequence)
            session.acked, session.open = sequence, [shown for shown in session.open if shown > sequence]
            session.pump()

    async def delete(self, ident, name):
        if identity(name) != self.session.account["identity"]:
            raise Refused("BAD_CONFIRMATION", "this is not the name of the account")
        self.server.store.delete(self.session.incarnation)
        self.end_session()
        self.state = GUEST
        self.write(DELETED, ident)

    async def logout(self, ident):
        self.server.store.change("UPDATE accounts SET token = NULL WHERE incarnation = ?", self.session.incarnation)
        self.end_session()
        self.state = GUEST
        self.write(LOGGED_OUT, ident)

    async def bye(self, ident):
        self.say_goodbye(BYE, "", ident)

    async def ping(self, ident):
        self.write(PONG, ident)


class Server:
    def __init__(self, store, durable):
        self.store, self.durable = store, durable
        self.connections, self.sessions, self.hashing = set(), {}, 0
        self.pool = concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1)

    async def hash(self, password, salt):
        """Hashes a password on another thread; refuses if too many wait."""
        if self.hashing >= MOST_HASHES:
            raise Refused("BUSY", "too many passwords are waiting to be checked; try again later")
        self.hashing += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self.pool, lambda: hashlib.scrypt(secret_form(password), salt=salt, **SCRYPT))
        finally:
            self.hashing -= 1

    async def accept(self, reader, writer):
        connection = Connection(self, reader, writer)
        self.connections.add(connection)
        try:
            await connection.run()
        finally:
            self.connections.discard(connection)

    async def serve(self, host, port):
        listener = await asyncio.start_server(self.accept, host, port, backlog=1024)
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        print(f"listening on {host}:{port}", file=sys.stderr, flush=True)
        await stop.wait()
        listener.close()
        tasks = [connection.task for connection in self.connections]
        for connection in list(self.connections):
            connection.part(SHUTDOWN, "the server is stopping")
        if tasks:
            await asyncio.wait(tasks, timeout=2 * DRAIN_TIMEOUT)


def main():
    flags = argparse.ArgumentParser(description="A server of the Wirelaw Chat Protocol, version 1.")
    flags.add_argument("--listen", default="127.0.0.1:7400", metavar="HOST:PORT", help="where to listen")
    flags.add_argument("--data", metavar="DIR", help="where to keep everything; without it nothing is kept")
    flags.add_argument("--restored", action="store_true", help="DIR was restored from a backup: begin new epochs")
    args = flags.parse_args()
    host, _, port = args.listen.rpartition(":")
    try:
        store = Store(args.data, args.restored)
        asyncio.run(Server(store, bool(args.data)).serve(host.strip("[]"), int(port)))
    except (OSError, ValueError, sqlite3.Error) as error:
        sys.exit(f"server.py: {error}")


if __name__ == "__main__":
    main()
