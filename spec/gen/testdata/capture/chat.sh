#!/usr/bin/env bash
# Captures real chat traffic, chatd and chat over loopback, into chat.pcap. Needs: apt-get install tshark, and to be root.
set -euo pipefail
cd "$(dirname "$0")"
root=$PWD/../../../..
tmp=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$tmp"' EXIT
(cd "$root" && go build -o "$tmp/chatd" ./server/cmd/chatd && go build -o "$tmp/chat" ./client/cmd/chat)

"$tmp/chatd" --listen 127.0.0.1:7400 --data "$tmp/data" >"$tmp/log" 2>&1 &
until (: </dev/tcp/127.0.0.1/7400) 2>/dev/null; do :; done
dumpcap -q -i lo -f 'tcp port 7400' -w "$tmp/chat.pcapng" -P >"$tmp/dumpcap" 2>&1 &
capture=$!
until [ -s "$tmp/chat.pcapng" ]; do :; done

echo "correct horse" >"$tmp/alice"
echo "battery staple" >"$tmp/bob"
talk() { # NAME, with commands on standard input
  "$tmp/chat" --addr 127.0.0.1:7400 --line --password-file "$tmp/$1" || true
}
printf 'create alice\nlogin alice\nsend bob are you there?\nexit\n' | talk alice
printf 'create bob\nlogin bob\nsend alice I am\nsend nobody hello\nlist al*\nexit\n' | talk bob
printf 'login alice\nsend bob good\nlist\nlogout\nexit\n' | talk alice
printf 'login bob\ndelete bob\nexit\n' | talk bob
sleep 2 # dumpcap writes with a delay
kill -INT "$capture"
wait "$capture" || true
mv "$tmp/chat.pcapng" chat.pcap
tshark -r chat.pcap -q -z conv,tcp
