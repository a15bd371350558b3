#!/usr/bin/env bash
# Captures the binary protocol between memcached and the programs of libmemcached. Needs: apt-get install memcached
# libmemcached-tools python3-pylibmc sasl2-bin libsasl2-modules
set -euo pipefail
cd "$(dirname "$0")"
tmp=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$tmp"' EXIT

# One server that lets anybody in, and one that knows alice.
echo 'mech_list: plain' >"$tmp/memcached.conf"
printf 'sasldb_path: %s\npwcheck_method: auxprop\nauxprop_plugin: sasldb\n' "$tmp/sasldb" >>"$tmp/memcached.conf"
echo sesame | saslpasswd2 -p -c -a memcached -u test -f "$tmp/sasldb" alice
chmod -R a+rX "$tmp"
user=$([ "$(id -u)" = 0 ] && echo "-u memcache" || true)
memcached $user -l 127.0.0.1 -p 18840 -B binary &
SASL_CONF_PATH=$tmp memcached $user -l 127.0.0.1 -p 18841 -S &
for port in 18840 18841; do until (: </dev/tcp/127.0.0.1/$port) 2>/dev/null; do kill -0 %1 %2; done; done

version="memcached $(memcached -V | cut -d' ' -f2)"
rm -f ./*.txt
record() { # NAME PORT ABOUT COMMAND…
  python3 ../record.py --to "$2" --out "./$1" --about "$3; $version" -- "${@:4}" >"$tmp/out" 2>&1 || echo "$1: status $?"
  grep -a 'segments,' "$tmp/out" || cat "$tmp/out"
}

# memccapable tries each command of the protocol, one connection a command.
for test in noop set setq flush flushq add addq replace replaceq delete deleteq get getq getk getkq incr incrq decr decrq version append \
  appendq prepend prependq stat quit quitq; do
  record "$test" 18840 "memccapable -T 'binary $test'" memccapable -h 127.0.0.1 -p '{port}' -b -T "binary $test"
done
record touch 18840 "memctouch, and a key that is not there" sh -c 'echo value >"$1/key"
  memccp --binary --servers=127.0.0.1:{port} "$1/key"
  memctouch --binary --servers=127.0.0.1:{port} --expire=100 key
  memctouch --binary --servers=127.0.0.1:{port} --expire=100 none' - "$tmp"
cat >"$tmp/client.py" <<'PY'
import sys, pylibmc
port, name, password = sys.argv[1:]
options = {"username": name, "password": password} if name else {}
c = pylibmc.Client(["127.0.0.1:" + port], binary=True, behaviors={"cas": True}, **options)
try:
    c.set("counter", "10", time=100)
    c.incr("counter", 5)
    value, cas = c.gets("counter")
    c.cas("counter", "1", cas)
    c.cas("counter", "2", cas)  # it has changed meanwhile
    c.get_multi(["counter", "none", "third"])
    c.set("large", b"x" * 300)
    c.get("large")
    c.touch("counter", 50)
    c.delete("counter")
    c.incr("none")
except pylibmc.Error as e:
    print(e)
c.get_stats()
c.disconnect_all()
PY
record pylibmc 18840 "pylibmc: counters, compare and swap, several keys" /usr/bin/python3 "$tmp/client.py" '{port}' "" ""
record sasl 18841 "pylibmc logs in" /usr/bin/python3 "$tmp/client.py" '{port}' alice@test sesame
record sasl-refused 18841 "pylibmc with a wrong password" /usr/bin/python3 "$tmp/client.py" '{port}' alice@test wrong

# What none of these programs says: GAT in four forms, quiet commands that fail, another step of SASL.
record by-hand 18840 "said by hand" python3 ../say.py '{port}' 80010003080000000000001000000001000000000000000000000005000000006b657976616c7565 \
  801d00030400000000000007000000020000000000000000000000646b6579 \
  801e00030400000000000007000000030000000000000000000000646b6579 \
  802300030400000000000007000000040000000000000000000000646b6579 \
  802400030400000000000007000000050000000000000000000000646b6579 \
  801d00040400000000000008000000060000000000000000000000646e6f6e65 \
  802300040400000000000008000000070000000000000000000000646e6f6e65 \
  80150004140000000000001800000008000000000000000000000000000000010000000000000000ffffffff6e6f6e65 \
  80160004140000000000001800000009000000000000000000000000000000010000000000000000ffffffff6e6f6e65 \
  8019000400000000000000090000000a00000000000000006e6f6e6576616c7565 \
  801a000400000000000000090000000b00000000000000006e6f6e6576616c7565 \
  8005000314000000000000170000000c000000000000000000000000000000010000000000000000000000006b6579 \
  8007000000000000000000000000000d0000000000000000
record by-hand-sasl 18841 "said by hand" python3 ../say.py '{port}' 80210005000000000000000e000000010000000000000000504c41494e00616c696365006e6f \
  802200050000000000000006000000020000000000000000504c41494e00
