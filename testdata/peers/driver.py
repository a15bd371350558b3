#!/usr/bin/env python3
"""Lets wirecheck drive client.py, which is a library: wirecheck test --client --exec 'python3 testdata/peers/driver.py {addr}'"""
import json
import sys
import threading

from client import ALL, BY_REGEX, BY_WILDCARD, Client, Fault, Lost, Refused


def tell(event, **fields):
    sys.stdout.write(json.dumps({"event": event, **fields}) + "\n")
    sys.stdout.flush()


def messages(client):
    while not client.closed.is_set():
        delivery = client.receive()
        if delivery is not None:
            tell("message", **{"from": delivery.sender, "text": delivery.text})
            client.ack(delivery)
        elif not client.closed.is_set():
            if client.link.replaced:
                tell("logged_out")
            client.recover()


def obey(client, cmd, ref, **args):
    if cmd == "list":
        by = {"all": ALL, "wildcard": BY_WILDCARD, "regex": BY_REGEX}[args.get("by", "wildcard" if "pattern" in args else "all")]
        return {"names": list(client.list(args.get("pattern", ""), by))}
    if cmd == "sync":
        return client.settle()
    done = getattr(client, {"exit": "bye"}.get(cmd, cmd))(**args)
    return {"login": lambda: {"name": done.name}, "send": lambda: {"duplicate": done.duplicate}}.get(cmd, dict)()


client = Client(*sys.argv[1].rsplit(":", 1))
try:
    client.connect()
except (OSError, Refused, Fault) as error:
    sys.exit(tell("ended", message=str(error)))
threading.Thread(target=messages, args=(client,), daemon=True).start()
for line in sys.stdin:
    command = json.loads(line)
    try:
        tell("result", ref=command["ref"], ok=True, **(obey(client, **command) or {}))
    except (Refused, Lost, Fault, ValueError) as error:
        tell("result", ref=command["ref"], ok=False, error=getattr(error, "name", "FAILED"), message=str(error))
