#!/usr/bin/env python3
"""Says what no client at hand says. say.py PORT HEX...

Sends the bytes of each HEX, one after the other, and after each waits until the server has been silent for a moment. What it answers
is real, though the client is not.
"""
import socket
import sys

SILENCE = 0.3  # seconds

with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as s:
    s.settimeout(SILENCE)
    for message in sys.argv[2:]:
        s.sendall(bytes.fromhex(message))
        try:
            while s.recv(1 << 16):
                pass
        except TimeoutError:
            pass
