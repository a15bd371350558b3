#!/usr/bin/env bash
# Captures PostgreSQL's protocol between a server and psql, pgbench, pg_recvlogical, psycopg, asyncpg. Needs: apt-get install
# postgresql python3-psycopg python3-asyncpg openssl
set -euo pipefail
cd "$(dirname "$0")"
tmp=$(mktemp -d)
bin=$(ls -d /usr/lib/postgresql/*/bin | tail -1)
as() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
trap 'cd /; as "$bin/pg_ctl" -D "$tmp/db" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$tmp"' EXIT

# A server of one database. Who logs in decides how: alice as she is, bob by his password, carol by MD5, dave by SCRAM.
openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=test -keyout "$tmp/key" -out "$tmp/crt" 2>/dev/null
if [ "$(id -u)" = 0 ]; then chown -R postgres "$tmp"; fi
as "$bin/initdb" -D "$tmp/db" -U alice -A trust --locale=C -E UTF8 >/dev/null
cat >>"$tmp/db/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
port = 18860
unix_socket_directories = '$tmp'
timezone = 'UTC'
log_timezone = 'UTC'
wal_level = logical
ssl_cert_file = '$tmp/crt'
ssl_key_file = '$tmp/key'
CONF
cat >"$tmp/db/pg_hba.conf" <<CONF
local all alice trust
host all,replication alice 127.0.0.1/32 trust
host all bob 127.0.0.1/32 password
host all carol 127.0.0.1/32 md5
host all dave 127.0.0.1/32 scram-sha-256
host all erin 127.0.0.1/32 gss
CONF
as "$bin/pg_ctl" -D "$tmp/db" -w -l "$tmp/log" start >/dev/null
export PGTZ=UTC PGGSSENCMODE=disable PGSSLMODE=disable PGDATABASE=test PGUSER=alice PSQLRC=/dev/null
psql -q -h "$tmp" -p 18860 -d postgres -c "create database test" -c "create role bob login password 'sesame'" \
  -c "set password_encryption = md5" -c "create role carol login password 'sesame'" \
  -c "set password_encryption = 'scram-sha-256'" -c "create role dave login password 'sesame'"
psql -q -h "$tmp" -p 18860 -c "create table item (id int primary key, name text, price numeric)"

version="PostgreSQL $("$bin/postgres" -V | sed 's/.*) \([0-9.]*\).*/\1/'), psycopg 3.1, asyncpg 0.27"
rm -f ./*.txt
record() { # NAME ABOUT COMMAND…
  python3 ../record.py --to 18860 --out "./$1" --about "$2; $version" -- "${@:3}" >"$tmp/out" 2>&1 || echo "$1: status $?"
  grep -a 'segments,' "$tmp/out" || cat "$tmp/out"
}
at="host=127.0.0.1 port={port}"
python() { record "$1" "$2" /usr/bin/python3 ./client.py "$3" '{port}'; }

record ssl-refused "psql asks for TLS and goes on without" psql "$at sslmode=prefer" -c 'select 1'
as "$bin/psql" -q -h "$tmp" -p 18860 -U alice -c 'alter system set ssl = on' -c 'select pg_reload_conf()' >/dev/null
until psql -q -d "host=127.0.0.1 port=18860 sslmode=require" -c '' 2>/dev/null; do as "$bin/pg_ctl" -D "$tmp/db" status >/dev/null; done
record ssl "psql asks for TLS; cut off where TLS begins" psql "$at sslmode=require" -c 'select 1'
sed -i 3q ssl.txt
for user in bob carol dave; do
  PGPASSWORD=sesame record "login-$user" "psql logs in by a password" psql "$at user=$user" -c 'select 1'
  PGPASSWORD=wrong record "refused-$user" "psql with a wrong password" psql "$at user=$user" -c 'select 1'
done
record refused-database "psql: a database that is not there" psql "$at dbname=none" -c 'select 1'
cat >"$tmp/simple.sql" <<'SQL'
insert into item values (1, 'apple', 0.5), (2, null, null);
select * from item order by id \; select 'two' as word \;
;
select 1/0;
do $$ begin raise notice 'mind the %', 'gap'; raise warning 'twice' using hint = 'no', detail = 'more'; end $$;
begin; selekt; select 1; rollback;
set application_name = 'other';
listen bell; notify bell, 'ding';
select from item;
SQL
record simple "psql: simple queries, NULL, errors, notices, a notification" psql "$at" -f "$tmp/simple.sql"
printf '3\tpear\t1.25\n4\t\\N\t\\N\n' >"$tmp/rows"
record copy "psql: COPY both ways" psql "$at" -c "\\copy item from '$tmp/rows'" -c "\\copy item to '$tmp/rows.out'" -c "copy item to stdout (format binary)" \
  -c "\\copy item from '$tmp/rows'"
record cancel "psql cancels a query" timeout --foreground -s INT 1 psql "$at" -c 'select pg_sleep(30)'
echo large >"$tmp/object"
record function "psql: a large object, by function calls" psql "$at" -c "\\lo_import $tmp/object" -c "\\lo_export :LASTOID $tmp/object.out" -c "\\lo_unlink 0"
printf '\\set id 2\nselect name, price from item where id = :id;\n' >"$tmp/bench.sql"
record extended "pgbench -M extended" "$bin/pgbench" -n -t 1 -M extended -f "$tmp/bench.sql" "$at"
record prepared "pgbench -M prepared" "$bin/pgbench" -n -t 2 -M prepared -f "$tmp/bench.sql" "$at"
python psycopg "psycopg: parameters in text and binary, a pipeline, COPY that fails" psycopg
python asyncpg "asyncpg: statements described and closed, portals that are suspended" asyncpg
python terminated "the server ends the connection" terminated
"$bin/pg_recvlogical" -h 127.0.0.1 -p 18860 -d test --slot=s --create-slot -P test_decoding
psql -q -h 127.0.0.1 -p 18860 -c "insert into item values (9, 'fig', 9)"
end=$(psql -h 127.0.0.1 -p 18860 -Atc 'select pg_current_wal_lsn()')
record replication "pg_recvlogical: COPY both ways at once" "$bin/pg_recvlogical" -d "$at dbname=test" --slot=s --start -f "$tmp/changes" --endpos="$end"

# What none of these programs says: a version and an option that the server does not know, GSSAPI.
record by-hand-negotiate "said by hand" python3 ../say.py '{port}' 0000002f000300027573657200616c6963650064617461626173650074657374005f70715f2e74657374006f6e0000 5800000004
record by-hand-gss-encryption "said by hand; cut off where the encryption begins" python3 ../say.py '{port}' 0000000804d21630
record by-hand-gss "said by hand" python3 ../say.py '{port}' 000000210003000075736572006572696e00646174616261736500746573740000 70000000066001
