#!/usr/bin/env python3
"""Records connections. See README.md for the format.

record.py --to PORT --out DIR/NAME [--about TEXT] -- COMMAND...

Listens on a free port of the loopback, runs COMMAND with {port} replaced by it, forwards every connection to the port PORT, and
when COMMAND has ended writes each connection that carried bytes to DIR/NAME.txt, or to DIR/NAME-1.txt, DIR/NAME-2.txt … if there
were several. Ends with the status of COMMAND.
"""
import argparse
import os
import re
import selectors
import signal
import socket
import subprocess
import sys
import time

PATIENCE = 60.0  # seconds that a recording may take
DRAIN = 2.0  # seconds that connections may live on when the command has ended


def hexadecimal(data):
    """The bytes in lines of at most 64, long runs of one byte as "78*65"."""
    lines, at = [], 0
    while at < len(data):
        run = re.compile(rb"(.)\1{31,}", re.S).search(data, at)
        if run is None or run.start() >= at + 64:
            end = min(at + 64, len(data))
            lines.append(data[at:end].hex())
        elif run.start() > at:
            end = run.start()
            lines.append(data[at:end].hex())
        else:
            end = run.end()
            lines.append(f"{data[at]:02x}*{end - at}")
        at = end
    return lines


class Connection:
    """One client, its server, and what they said. One thread forwards all, so the order is the one in which bytes were passed on."""

    def __init__(self, client, port):
        self.client = client
        self.server = socket.create_connection(("127.0.0.1", port))
        self.segments = []
        self.open = {self.client, self.server}

    def pump(self, source):
        """Passes on what has come from source; reports whether the connection still lives."""
        target = self.server if source is self.client else self.client
        try:
            data = source.recv(1 << 16)
        except ConnectionError:
            data = b""
        if data:
            way = ">" if source is self.client else "<"
            if not self.segments or self.segments[-1][0] != way:
                self.segments.append((way, bytearray()))
            self.segments[-1][1].extend(data)
        try:
            if data:
                target.sendall(data)
            else:
                self.open.discard(source)
                target.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the other side is gone; what this one says is recorded all the same
        return bool(self.open)

    def text(self, about):
        lines = ["# " + about]
        for way, data in self.segments:
            for i, line in enumerate(hexadecimal(bytes(data))):
                lines.append((way if i == 0 else " ") + " " + line)
        return "\n".join(lines) + "\n"


def record(command, port):
    listener = socket.create_server(("127.0.0.1", 0))
    ours = str(listener.getsockname()[1])
    process = subprocess.Popen([word.replace("{port}", ours) for word in command], start_new_session=True)
    selector = selectors.DefaultSelector()
    selector.register(listener, selectors.EVENT_READ)
    connections, living, end = [], 0, time.monotonic() + PATIENCE
    ended = False
    while time.monotonic() < end and not (ended and living == 0):
        if not ended and process.poll() is not None:
            ended, end = True, min(end, time.monotonic() + DRAIN)
        for key, _ in selector.select(0.05):
            if key.fileobj is listener:
                c = Connection(listener.accept()[0], port)
                connections.append(c)
                living += 1
                for s in (c.client, c.server):
                    selector.register(s, selectors.EVENT_READ, c)
                continue
            c = key.data
            if not c.pump(key.fileobj):
                living -= 1
            if key.fileobj not in c.open:
                selector.unregister(key.fileobj)
    if not ended:
        os.killpg(process.pid, signal.SIGKILL)  # with what it has started
    return process.wait(), [c for c in connections if c.segments]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--to", type=int, required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--about", default="")
    parser.add_argument("command", nargs="+")
    args = parser.parse_args()
    status, connections = record(args.command, args.to)
    for i, c in enumerate(connections, 1):
        name = args.out + (f"-{i}" if len(connections) > 1 else "") + ".txt"
        with open(name, "w", encoding="ascii") as f:
            f.write(c.text(args.about))
        print(f"{name.rsplit('/', 1)[-1]}: {len(c.segments)} segments, {sum(len(d) for _, d in c.segments)} bytes; status {status}")
    return status


if __name__ == "__main__":
    sys.exit(main())
