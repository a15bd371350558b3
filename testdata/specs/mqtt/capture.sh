#!/usr/bin/env bash
# Captures MQTT 3.1.1 between mosquitto and its clients. Needs: apt-get install mosquitto mosquitto-clients python3
set -euo pipefail
cd "$(dirname "$0")"
tmp=$(mktemp -d)
chmod 755 "$tmp"
trap 'kill "$broker" 2>/dev/null || true; rm -rf "$tmp"' EXIT

# A broker that knows alice, and drops QoS 0 for nobody. Retained messages and sessions live in memory.
touch "$tmp/passwords"
mosquitto_passwd -b "$tmp/passwords" alice sesame
chmod 644 "$tmp/passwords"
cat >"$tmp/conf" <<CONF
listener 18830 127.0.0.1
allow_anonymous false
password_file $tmp/passwords
CONF
mosquitto -c "$tmp/conf" >"$tmp/log" 2>&1 &
broker=$!
until (: </dev/tcp/127.0.0.1/18830) 2>/dev/null; do kill -0 "$broker"; done

version=$( (mosquitto -h || true) | sed -n '1s/^mosquitto version //p')
rm -f ./*.txt
# record NAME ABOUT COMMAND…: a client that is refused ends with a status of its own
record() {
  python3 ../record.py --to 18830 --out "./$1" --about "$2; mosquitto and its clients $version" -- "${@:3}" || echo "$1: status $?"
}
at=(-V mqttv311 -h 127.0.0.1 -p '{port}')
who=(-u alice -P sesame)

record refused "wrong password" mosquitto_pub "${at[@]}" -i client -u alice -P wrong -t test/a -m hi
record anonymous "no user name" mosquitto_pub "${at[@]}" -i client -t test/a -m hi
record publish-0 "QoS 0" mosquitto_pub "${at[@]}" "${who[@]}" -i client -t test/a -m hi
record publish-1 "QoS 1, retained" mosquitto_pub "${at[@]}" "${who[@]}" -i client -t test/a -q 1 -r -m kept
record publish-2 "QoS 2, three messages" sh -c 'printf "one\ntwo\nthree\n" | mosquitto_pub "$@" -l' - "${at[@]}" "${who[@]}" -i client -t test/b -q 2
record publish-long "a length of two and of three bytes" sh -c 'head -c 16400 /dev/zero | tr "\0" x | mosquitto_pub "$@" -s' - "${at[@]}" "${who[@]}" -i client -t test/long -q 1
record publish-empty "takes the retained message back" mosquitto_pub "${at[@]}" "${who[@]}" -i client -t test/none -r -n
record retained "a retained message, a will, a session that is kept" mosquitto_sub "${at[@]}" "${who[@]}" -i watcher -c -q 2 -t 'test/#' \
  --will-topic test/will --will-payload gone --will-qos 1 --will-retain -C 1
record session "a session that is there already" mosquitto_sub "${at[@]}" "${who[@]}" -i watcher -c -q 2 -t 'test/#' -C 1
record unsubscribe "subscribe and unsubscribe" mosquitto_sub "${at[@]}" "${who[@]}" -i reader -t test/a -t '+/c' -U test/d -C 1
record both "a subscriber of QoS 2 and a publisher of each QoS" sh -c 'out=$1; shift
  stdbuf -oL mosquitto_sub "$@" -d -i reader -q 2 -t test/q -C 3 >"$out" & sub=$!
  until grep -q Subscribed "$out"; do kill -0 $sub; done
  for q in 0 1 2; do mosquitto_pub "$@" -i writer -q $q -t test/q -m "at $q"; done
  wait $sub' - "$tmp/out" "${at[@]}" "${who[@]}"
record ping "silence until PINGREQ" mosquitto_sub "${at[@]}" "${who[@]}" -i sleeper -k 5 -t test/silent -W 8
