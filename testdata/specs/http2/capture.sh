#!/usr/bin/env bash
# Captures HTTP/2 with prior knowledge between nghttpd and nghttp, curl, node. Needs: apt-get install nghttp2-server nghttp2-client
# curl nodejs (18 to 22: later ones send no PRIORITY)
set -euo pipefail
cd "$(dirname "$0")"
tmp=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$tmp"' EXIT

mkdir "$tmp/htdocs"
echo 'hello, alice' >"$tmp/htdocs/small.txt"
head -c 20000 /dev/zero | tr '\0' x >"$tmp/htdocs/large.txt"
touch -d @1767225600 "$tmp"/htdocs/*
nghttpd -a 127.0.0.1 -d "$tmp/htdocs" --no-tls --push=/small.txt=/pushed.txt --trailer 'end: yes' 18850 >/dev/null &
nghttpd -a 127.0.0.1 -d "$tmp/htdocs" --no-tls --padding=40 --echo-upload 18851 >/dev/null &
echo pushed >"$tmp/htdocs/pushed.txt"
for port in 18850 18851; do until (: </dev/tcp/127.0.0.1/$port) 2>/dev/null; do kill -0 %1 %2; done; done

version="$(nghttp --version | sed 's|nghttp nghttp2/|nghttp and nghttpd |'), $(curl --version | cut -d' ' -f1,2 | head -1), node $(node --version)"
rm -f ./*.txt
record() { # NAME PORT ABOUT COMMAND…
  python3 ../record.py --to "$2" --out "./$1" --about "$3; $version" -- "${@:4}" >"$tmp/out" 2>&1 || echo "$1: status $?"
  grep -a 'segments,' "$tmp/out" || cat "$tmp/out"
}
at=http://127.0.0.1:{port}

record curl 18851 "curl: one request" curl -sS --http2-prior-knowledge "$at/small.txt"
record curl-none 18851 "curl: what is not there" curl -sS --http2-prior-knowledge -o "$tmp/page" "$at/none"
record curl-post 18851 "curl: a request with a body, answered with padding" curl -sS --http2-prior-knowledge -d name=alice "$at/post"
record nghttp 18850 "nghttp: priorities, a push, trailers" nghttp -nv "$at/small.txt"
record nghttp-padding 18851 "nghttp: padding both ways" nghttp -nv --padding=30 -d "$tmp/htdocs/small.txt" "$at/post"
record nghttp-continuation 18851 "nghttp: headers that need CONTINUATION" nghttp -nv --continuation "$at/small.txt"
record nghttp-weight 18850 "nghttp: several requests with weights, no push" nghttp -nv --no-push -p 1 -p 256 "$at/small.txt" "$at/none"
record nghttp-window 18851 "nghttp: small windows" nghttp -nv --no-dep -w 14 -W 15 "$at/large.txt"
record node 18851 "node: PING, PRIORITY, RST_STREAM, GOAWAY with data" node ./client.mjs '{port}'
