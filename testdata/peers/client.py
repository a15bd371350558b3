#!/usr/bin/env python3
"""A client of the Wirelaw Chat Protocol, version 1: a small library, and a program that talks by lines.

    python3 client.py 127.0.0.1:7400

Written from the protocol's document (spec/chat/CHAT.md) alone, with nothing but the standard library of Python 3.9 or
later. One thread reads frames: replies go to the call that waits for them, deliveries into a queue that `receive` reads.
After a lost connection `recover` resumes the session with its token; what was not acknowledged comes again, and what
was seen before is dropped. A SEND of unknown fate is repeated with its key, so it arrives once.
"""

import collections
import getpass
import queue
import secrets
import socket
import struct
import sys
import threading
import time

REQUEST = {name: code for code, name in enumerate(
    "HELLO CREATE LOGIN RESUME LIST SEND ACK DELETE LOGOUT BYE PING".split(), start=1)}
REPLY = {0x81: "WELCOME", 0x82: "CREATED", 0x83: "LOGGED_IN", 0x85: "ACCOUNTS", 0x86: "ACCEPTED", 0x87: "DELIVER",
         0x88: "DELETED", 0x89: "LOGGED_OUT", 0x8A: "GOODBYE", 0x8B: "PONG", 0xFF: "ERROR"}
ERRORS = dict(enumerate(
    "TOO_LARGE BAD_ID UNKNOWN_OPCODE BAD_STATE MALFORMED BAD_FIELD UNSUPPORTED BAD_VERSION BAD_NAME BAD_PASSWORD "
    "PASSWORD_MISMATCH NAME_TAKEN BAD_CREDENTIALS ALREADY_LOGGED_IN BAD_TOKEN BAD_PATTERN BAD_CURSOR NO_SUCH_USER "
    "KEY_CONFLICT INBOX_FULL BAD_ACK BAD_CONFIRMATION BUSY INTERNAL".split(), start=1))
REASONS = ["BYE", "SHUTDOWN", "REPLACED", "IDLE", "NO_HELLO"]
ANSWER = {"HELLO": "WELCOME", "CREATE": "CREATED", "LOGIN": "LOGGED_IN", "RESUME": "LOGGED_IN", "LIST": "ACCOUNTS",
          "SEND": "ACCEPTED", "DELETE": "DELETED", "LOGOUT": "LOGGED_OUT", "BYE": "GOODBYE", "PING": "PONG"}
RESUME, REGEX, UNICODE_NAMES, DURABLE = 1, 2, 4, 8
ALL, BY_WILDCARD, BY_REGEX = 0, 1, 2
LARGEST_BODY = 65536

Welcome = collections.namedtuple("Welcome", "version agent features keepalive inbox page window key_retention token_life")
Account = collections.namedtuple("Account", "name incarnation epoch waiting token")
Page = collections.namedtuple("Page", "names next")
Accepted = collections.namedtuple("Accepted", "time duplicate")
Delivery = collections.namedtuple("Delivery", "sequence sender incarnation time text epoch")


class Refused(Exception):
    """The server answered with ERROR. `name` is the error's name, the text a sentence for people."""

    def __init__(self, code, text):
        super().__init__(text)
        self.name = ERRORS.get(code, "INTERNAL")


class Lost(ConnectionError):
    """The connection has ended; whether a request under way had an effect is not known."""


class Fault(Exception):
    """The server broke the protocol."""


class Body:
    """Takes a body apart; what does not fit is a fault of the server."""

    def __init__(self, raw):
        self.raw, self.at = raw, 0

    def take(self, count):
        if count > len(self.raw) - self.at:
            raise Fault("a body ends within a field")
        self.at += count
        return self.raw[self.at - count:self.at]

    def number(self, width, least=0, most=2**64):
        number = int.from_bytes(self.take(width), "big")
        if not least <= number <= most:
            raise Fault("a number is outside its limits")
        return number

    def string(self, width, least=0, most=65535):
        raw = self.take(self.number(width))
        if not least <= len(raw) <= most:
            raise Fault("a string is outside its limits")
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            raise Fault("a string is not UTF-8") from None

    def name(self):
        name = self.string(1, 1, 50)
        if any(c < "\x80" and not (c.isalnum() or c in "-._") for c in name):
            raise Fault("a name has a character that names do not have")
        return name

    def end(self, value):
        if self.at != len(self.raw):
            raise Fault("a body has bytes left over")
        return value


def decode(name, body):
    """Decodes a frame of the server. The rest of ERROR is for later versions, and ignored."""
    b = Body(body)
    if name == "WELCOME":
        return b.end(Welcome(b.number(2, 1, 1), b.string(1, 0, 64), b.number(4), b.number(2, 1, 300), b.number(4, 256),
                             b.number(2, 1, 1000), b.number(2, 16), b.number(4, 3600), b.number(4)))
    if name == "LOGGED_IN":
        return b.end(Account(b.name(), b.number(8), b.number(8), b.number(4), b.take(b.number(1, 0, 64))))
    if name == "ACCOUNTS":
        return b.end(Page([b.name() for _ in range(b.number(2, 0, 1000))], b.take(b.number(1))))
    if name == "ACCEPTED":
        return b.end(Accepted(b.number(8), bool(b.number(1, 0, 1))))
    if name == "DELIVER":
        return b.end(Delivery(b.number(8), b.name(), b.number(8), b.number(8), b.string(2, 1, 16384), None))
    if name == "GOODBYE":
        return b.end((REASONS[b.number(1, 0, len(REASONS) - 1)], b.string(2, 0, 1024)))
    if name == "ERROR":
        return Refused(b.number(2), b.string(2, 0, 1024))
    return b.end(None)


def short(raw):
    return bytes([len(raw)]) + raw


def text8(value, what):
    raw = value.encode("utf-8")
    if len(raw) > 255:
        raise ValueError(f"{what} is too long")
    return short(raw)


class Link:
    """One connection. Its reader thread matches replies, which come in the order of the requests, with their calls."""

    def __init__(self, address, on_delivery):
        self.socket = socket.create_connection(address, timeout=10)
        self.socket.settimeout(None)
        self.on_delivery, self.epoch, self.lost, self.replaced = on_delivery, None, None, False  # no epoch: a guest
        self.waiting, self.last_id = collections.deque(), 0  # under self.lock, which nobody holds while waiting
        self.lock, self.writing = threading.Lock(), threading.Lock()  # writing first, if both
        self.spoke = self.heard = time.monotonic()
        threading.Thread(target=self.read, daemon=True).start()

    def request(self, name, body=b""):
        """Sends a request and waits for its reply, which it returns; raises Refused or Lost."""
        return self.post(name, body).result()

    def post(self, name, body=b""):
        """Sends a request; its reply arrives in the call that it returns."""
        call = Call()
        with self.writing:
            with self.lock:
                if self.lost is not None:
                    raise Lost(self.lost)
                self.last_id = self.last_id % 0xFFFFFFFF + 1
                self.waiting.append((self.last_id, name, call))
            self.spoke = time.monotonic()
            try:
                self.socket.sendall(bytes([REQUEST[name]]) + len(body).to_bytes(3, "big") +
                                    self.last_id.to_bytes(4, "big") + body)
            except OSError:
                self.close()  # the reader notices, and tells all calls that wait
        return call

    def read(self):
        why, over = "the server closed the connection", False
        try:
            while True:
                header = self.exactly(8)
                opcode, length, ident = header[0], int.from_bytes(header[1:4], "big"), int.from_bytes(header[4:], "big")
                if opcode not in REPLY or length > LARGEST_BODY:
                    raise Fault(f"a frame begins with {header.hex()}")
                name, message = REPLY[opcode], None
                message = decode(name, self.exactly(length))
                self.heard = time.monotonic()
                if over:
                    raise Fault(f"{name} came after GOODBYE")
                if name == "GOODBYE":
                    why, over, self.replaced = f"{message[0]}: {message[1]}", True, message[0] == "REPLACED"
                if ident != 0:
                    self.reply(ident, name, message)
                elif name == "DELIVER" and self.epoch is not None:
                    self.on_delivery(message._replace(epoch=self.epoch))
                elif name == "ERROR":
                    why = str(message)
                elif name != "GOODBYE":
                    raise Fault(f"{name} came unasked")
        except EOFError:
            pass
        except (OSError, Fault) as error:
            why = str(error)
        with self.lock:
            self.lost = why
            for _, _, call in self.waiting:
                call.put(Lost(why))
            self.waiting.clear()
        self.socket.close()
        self.on_delivery(None)

    def reply(self, ident, name, message):
        with self.lock:
            while self.waiting and self.waiting[0][1] == "ACK" and (self.waiting[0][0] != ident or name != "ERROR"):
                self.waiting.popleft()[2].put(None)  # a later reply proves that the ACK took effect
            if not self.waiting or self.waiting[0][0] != ident or name not in ("ERROR", ANSWER.get(self.waiting[0][1])):
                raise Fault(f"{name} answers no request that is open")
            if name == "LOGGED_IN":
                self.epoch = message.epoch  # before the first delivery is looked at
            elif name in ("LOGGED_OUT", "DELETED"):
                self.epoch = None
            self.waiting.popleft()[2].put(message)

    def exactly(self, count):
        parts, left = [], count
        while left > 0:
            part = self.socket.recv(left)
            if not part:
                raise EOFError
            parts.append(part)
            left -= len(part)
        return b"".join(parts)

    def close(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


class Call(queue.SimpleQueue):
    """Where the reply to one request arrives."""

    def result(self):
        message = self.get()
        if isinstance(message, Exception):
            raise message
        return message


class Client:
    """A session with a server. Calls may come from several threads; each waits for its reply."""

    def __init__(self, host, port, agent="client.py/1.0", keepalive=60, window=32):
        self.address, self.agent, self.keepalive, self.window = (host, port), agent, keepalive, window
        self.link = self.welcome = self.account = self.credentials = None
        self.inbox, self.epoch, self.acked, self.seen = queue.Queue(), None, 0, set()
        self.recovering, self.closed = threading.Lock(), threading.Event()

    def connect(self):
        self.link = Link(self.address, self.inbox.put)
        self.welcome = self.link.request("HELLO", struct.pack(">HH", 1, 1) + text8(self.agent, "the agent") +
                                         struct.pack(">H", self.keepalive))
        threading.Thread(target=self.keep_alive, args=(self.link,), daemon=True).start()
        return self.welcome

    def keep_alive(self, link):
        """Sends PING when nothing else was sent for a while; gives up on a server that has fallen silent."""
        while link.lost is None and not self.closed.wait(self.welcome.keepalive / 4):
            if time.monotonic() - link.spoke >= self.welcome.keepalive / 2:
                try:
                    link.post("PING")
                except Lost:
                    return
            if time.monotonic() - link.heard > 1.5 * self.welcome.keepalive:
                link.close()

    def create(self, name, password, again=None):
        again = password if again is None else again
        self.link.request("CREATE", text8(name, "the name") + text8(password, "the password") +
                          text8(again, "the password"))

    def login(self, name, password):
        account = self.entered("LOGIN", text8(name, "the name") + text8(password, "the password"))
        self.credentials = name, password  # for `recover`, where RESUME is not announced
        return account

    def resume(self, token):
        return self.entered("RESUME", short(token))

    def entered(self, request, body):
        self.account = self.link.request(request, body + struct.pack(">H", self.window))
        return self.account

    def recover(self, patience=60.0):
        """Connects anew and takes the session up again, unless it was replaced: then nobody is logged in any more. Raises
        Lost if the server cannot be reached, Refused if it refuses."""
        with self.recovering:
            if self.link.lost is None:
                return self.account  # another thread was faster
            if self.link.replaced:
                self.account = self.credentials = None
            deadline, pause = time.monotonic() + patience, 0.1
            while True:
                try:
                    self.connect()
                    if self.account is None:
                        return None
                    if self.welcome.features & RESUME and self.account.token:
                        return self.resume(self.account.token)
                    return self.login(*self.credentials)
                except OSError as error:
                    if time.monotonic() + pause > deadline or self.closed.wait(pause):
                        raise Lost(str(error)) from None
                    pause = min(2 * pause, 5.0)

    def list(self, pattern="", by=ALL):
        """Yields the names of all accounts that match, page by page."""
        raw, cursor = pattern.encode("utf-8"), b""
        while True:
            page = self.link.request("LIST", bytes([by]) + struct.pack(">H", len(raw)) + raw + short(cursor) + b"\0\0")
            yield from page.names
            cursor = page.next
            if not cursor:
                return

    def send(self, to, text):
        """Sends a message, if need be over several connections; its key keeps it from arriving twice."""
        raw = text.encode("utf-8")
        if len(raw) > 16384:
            raise ValueError("the text is too long")
        body = secrets.token_bytes(16) + text8(to, "the name") + struct.pack(">H", len(raw)) + raw
        for _ in range(10):
            try:
                return self.link.request("SEND", body)
            except Lost:
                if self.recover() is None:
                    raise
        raise Lost("too many connections were lost")

    def receive(self, timeout=None):
        """Waits for the next delivery that was not seen before; None if the connection is lost. Acknowledge it then.
        To be called by one thread, as ack is."""
        while True:
            delivery = self.inbox.get(timeout=timeout)
            if isinstance(delivery, threading.Event):
                delivery.set()
                continue
            if delivery is None:
                return None
            if delivery.epoch != self.epoch:
                self.epoch, self.acked, self.seen = delivery.epoch, 0, set()
            if delivery.sequence <= self.acked:
                self.acknowledge(delivery.sequence)  # the ACK was lost, or a crash of the server has undone it
            elif delivery.sequence not in self.seen:
                self.seen.add(delivery.sequence)
                return delivery

    def settle(self):
        """Waits until the server has sent all that is due and the thread that receives has dealt with it, and asks for more.
        Without a connection there is nothing to wait for."""
        if self.recovering.locked() or self.link.lost is not None:
            return
        self.ping()
        settled = threading.Event()
        self.inbox.put(settled)
        settled.wait()

    def ack(self, delivery):
        """Acknowledges this delivery and all before it."""
        if delivery.epoch == self.epoch:
            self.acked = max(self.acked, delivery.sequence)
            self.seen = {sequence for sequence in self.seen if sequence > self.acked}
            self.acknowledge(delivery.sequence)

    def acknowledge(self, sequence):
        try:
            self.link.post("ACK", struct.pack(">Q", sequence))
        except Lost:
            pass  # it comes again, and is acknowledged then

    def delete(self, name):
        self.link.request("DELETE", text8(name, "the name"))
        self.account = self.credentials = None

    def logout(self):
        self.link.request("LOGOUT")
        self.account = self.credentials = None

    def ping(self):
        self.link.request("PING")

    def bye(self):
        self.account = None
        self.closed.set()
        self.link.request("BYE")


# --- The program ------------------------------------------------------------------------------------------------------

HELP = """\
create NAME       create an account; the password is asked for twice
login NAME        log in; the password is asked for
list [WILDCARD]   list accounts: all, or by * and ?;  list /EXPRESSION/ by a regular expression
send NAME TEXT    send a message
delete NAME       delete your account; its name confirms
logout, bye       end the session; leave"""


class Lines:
    """Reads commands from standard input, prints what comes of them, and messages as they arrive."""

    def __init__(self, client):
        self.client, self.printing, self.left = client, threading.Lock(), False

    def say(self, line):
        with self.printing:
            print("".join(c if c.isprintable() or c == "\n" else "?" for c in line), flush=True)

    def secret(self, prompt):
        return getpass.getpass(prompt) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")

    def messages(self):
        while not self.left:
            delivery = self.client.receive()
            if delivery is not None:
                self.say(f"{delivery.sender}: {delivery.text}")
                self.client.ack(delivery)
            elif not self.left:
                self.recover()

    def recover(self):
        self.say(f"lost the connection: {self.client.link.lost}")
        try:
            account = self.client.recover()
            self.say(f"connected again, as {account.name}" if account else "connected again")
        except (Refused, Lost, Fault) as error:
            self.left = True
            self.say(f"cannot go on: {error}")

    def run(self):
        threading.Thread(target=self.messages, daemon=True).start()
        for line in sys.stdin:
            command, _, rest = line.strip().partition(" ")
            try:
                if self.left:
                    return 1
                if command == "bye":
                    self.left = True
                    self.client.bye()
                    return 0
                if command:
                    self.say(self.obey(command, rest.strip()))
            except Refused as error:
                self.say(f"{error.name}: {error}")
            except Lost as error:
                self.say(f"not known whether it was done: {error}")
            except (Fault, ValueError) as error:
                self.say(f"error: {error}")
        return 0

    def obey(self, command, rest):
        client = self.client
        if command == "create":
            client.create(rest, self.secret("password: "), self.secret("once more: "))
            return f"created {rest}"
        if command == "login":
            account = client.login(rest, self.secret("password: "))
            return f"logged in as {account.name}, {account.waiting} waiting"
        if command == "list":
            if len(rest) > 1 and rest[0] == rest[-1] == "/":
                return "\n".join(client.list(rest[1:-1], BY_REGEX)) or "nobody"
            return "\n".join(client.list(rest, BY_WILDCARD if rest else ALL)) or "nobody"
        if command == "send":
            to, _, text = rest.partition(" ")
            return "accepted" + (", again" if client.send(to, text).duplicate else "")
        if command == "delete":
            client.delete(rest)
            return f"deleted {rest}"
        if command == "logout":
            client.logout()
            return "logged out"
        return HELP


def main():
    host, _, port = (sys.argv[1] if len(sys.argv) == 2 else "").rpartition(":")
    if not port.isdecimal():
        sys.exit("usage: client.py HOST:PORT")
    client = Client(host.strip("[]"), int(port))
    try:
        client.connect()
        sys.exit(Lines(client).run())
    except (OSError, Refused, Fault) as error:
        sys.exit(f"client.py: {error}")


if __name__ == "__main__":
    main()
