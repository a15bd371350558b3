"""What psql and pgbench do not say. client.py CASE PORT; see capture.sh."""
import asyncio
import sys

case, port = sys.argv[1], int(sys.argv[2])


def psycopg_case():
    import psycopg

    with psycopg.connect(host="127.0.0.1", port=port) as conn:
        rows = conn.execute("select id, name from item where id = %s or name is not distinct from %s", (1, None), prepare=True)
        print(rows.fetchall())
        print(conn.cursor(binary=True).execute("select %b::int, null, %b::text", (7, "seven")).fetchall())
        conn.execute("")
        with conn.pipeline():
            conn.execute("select 1")
            conn.execute("select %s", ("two",))
        try:
            with conn.cursor().copy("copy item from stdin") as copy:
                copy.write_row((5, "plum", None))
                raise ValueError("no more plums")
        except (ValueError, psycopg.Error) as e:
            print(e)


async def asyncpg_case():
    import asyncpg

    conn = await asyncpg.connect(host="127.0.0.1", port=port, ssl=False, statement_cache_size=1)  # others are closed
    statement = await conn.prepare("select id, name from item where id > $1 order by id")
    print(await statement.fetch(0))
    async with conn.transaction():
        cursor = await statement.cursor(0)
        print(await cursor.fetch(1), await cursor.fetch(1), await cursor.fetch(9))
    await conn.execute("create temp table empty ()")
    print(await conn.fetchval("select null::int"))
    await conn.executemany("insert into item values ($1, $2)", [(6, "kiwi"), (7, None)])
    try:
        await conn.fetch("select $1::int / 0", 1)
    except asyncpg.PostgresError as e:
        print(e)
    del statement
    await conn.fetch("select 1")
    await conn.reset()
    await conn.close()


def terminated_case():
    import psycopg

    conn = psycopg.connect(host="127.0.0.1", port=port, autocommit=True)
    try:
        conn.execute("select pg_terminate_backend(pg_backend_pid())")
    except psycopg.Error as e:
        print(e)


if case == "asyncpg":
    asyncio.run(asyncpg_case())
else:
    {"psycopg": psycopg_case, "terminated": terminated_case}[case]()
