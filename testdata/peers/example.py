#!/usr/bin/env python3
"""Speaks the Wirelaw chat protocol by hand, as spec/chat/CHAT.md describes it, with nothing but the standard library.

Creates two accounts, has one write to the other, and shows what arrives. Usage: example.py [HOST:PORT]
"""

import os
import socket
import struct
import sys
from datetime import datetime, timezone

# Opcodes (section 9).
HELLO, CREATE, LOGIN, SEND, ACK, BYE, PING = 0x01, 0x02, 0x03, 0x06, 0x07, 0x0A, 0x0B
WELCOME, CREATED, LOGGED_IN, ACCEPTED = 0x81, 0x82, 0x83, 0x86
DELIVER, GOODBYE, PONG, ERROR = 0x87, 0x8A, 0x8B, 0xFF


def short(value):
    """A string or bytes after a u8 length (section 3.1)."""
    data = value.encode() if isinstance(value, str) else value
    return struct.pack(">B", len(data)) + data


def long(text):
    """A string after a u16 length."""
    data = text.encode()
    return struct.pack(">H", len(data)) + data


class Body:
    """Takes a body apart, field by field."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, size):
        if self.at + size > len(self.data):
            raise ValueError("the body ends within a field")
        self.at += size
        return self.data[self.at - size : self.at]

    def number(self, size):
        return int.from_bytes(self.take(size), "big")

    def string(self, width):
        return self.take(self.number(width)).decode()


class Refused(Exception):
    """The server answered with ERROR (section 6)."""

    def __init__(self, code, text):
        super().__init__(f"refused with error {code}: {text}")
        self.code = code


class Client:
    def __init__(self, address):
        self.socket = socket.create_connection(address, timeout=30)
        self.stream = self.socket.makefile("rb")
        self.last_id = 0
        self.inbox = []  # pushes that came while a reply was waited for

    def send(self, opcode, body=b""):
        """Sends a request and returns its id. The header (section 2.2): opcode u8, length u24, id u32."""
        self.last_id += 1
        self.socket.sendall(struct.pack(">II", opcode << 24 | len(body), self.last_id) + body)
        return self.last_id

    def read(self):
        header = self.stream.read(8)
        if len(header) < 8:
            raise ConnectionError("the server closed the connection")
        word, request = struct.unpack(">II", header)
        body = self.stream.read(word & 0xFFFFFF)
        return word >> 24, request, Body(body)

    def call(self, opcode, body, reply):
        """Sends a request and waits for its reply. Deliveries may come before it (section 2.4)."""
        request = self.send(opcode, body)
        while True:
            got, answered, body = self.read()
            if got == DELIVER:
                self.inbox.append(body)
            elif got == ERROR and answered in (request, 0):
                raise Refused(body.number(2), body.string(2))
            elif answered == request and got == reply:
                return body
            else:
                raise ConnectionError(f"opcode {got:#x} for request {answered} was not to be expected")

    def hello(self):
        body = self.call(HELLO, struct.pack(">HH", 1, 1) + short("example.py/1.0") + struct.pack(">H", 60), WELCOME)
        version, agent, features = body.number(2), body.string(1), body.number(4)
        print(f"{agent} speaks version {version}, features {features:04b}")

    def create(self, name, password):
        self.call(CREATE, short(name) + short(password) + short(password), CREATED)

    def login(self, name, password):
        body = self.call(LOGIN, short(name) + short(password) + struct.pack(">H", 16), LOGGED_IN)
        name, _incarnation, _epoch, waiting = body.string(1), body.number(8), body.number(8), body.number(4)
        print(f"logged in as {name}, {waiting} waiting")

    def write(self, to, text):
        """Sends a message. The key is random, and the same if the message must be sent again."""
        key = os.urandom(16)
        body = self.call(SEND, key + short(to) + long(text), ACCEPTED)
        _time, duplicate = body.number(8), body.number(1)
        print(f"accepted, duplicate: {bool(duplicate)}")

    def receive(self):
        """Shows what is due and acknowledges it. The fence (section 2.6): before PONG, all that was due has come."""
        self.call(PING, b"", PONG)
        for body in self.inbox:
            sequence, sender, _incarnation = body.number(8), body.string(1), body.number(8)
            time = datetime.fromtimestamp(body.number(8) / 1000, timezone.utc)
            print(f"{time:%H:%M} {sender}: {body.string(2)}")
            self.send(ACK, struct.pack(">Q", sequence))  # success is silent
        self.inbox.clear()

    def bye(self):
        self.call(BYE, b"", GOODBYE)
        self.socket.close()


def main():
    host, _, port = (sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:7400").rpartition(":")
    alice, bob = Client((host, int(port))), Client((host, int(port)))
    suffix = os.urandom(4).hex()  # so that the example can run again on the same server
    for client, name in (alice, f"alice-{suffix}"), (bob, f"bob-{suffix}"):
        client.hello()
        client.create(name, "correct horse")
        client.login(name, "correct horse")
    alice.write(f"bob-{suffix}", "hello from Python \N{SNAKE}")
    bob.receive()
    try:
        bob.write(f"nobody-{suffix}", "is anybody there?")
    except Refused as error:
        print(error)
    alice.bye()
    bob.bye()


if __name__ == "__main__":
    main()
