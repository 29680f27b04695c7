"""What the soak asks: statements of many kinds, each with a nonce of its own
in every row of its answer (and where the engine lets it, in its error)."""

import dataclasses

# Rows are numbered from 1 in their second column.
SERIES = {
    "postgres": "generate_series(1, {n}) AS g(i)",
    "sqlite": "(WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL"
    " SELECT i + 1 FROM s WHERE i < {n}) SELECT i FROM s) AS g",
}
PAD = {"postgres": "repeat('x', {n})", "sqlite": "hex(zeroblob({n} / 2))"}
SLEEP = {
    "postgres": "SELECT '{nonce}', 1 FROM pg_sleep({s})",
    "sqlite": "SELECT '{nonce}', 1 + (sleep({s}) IS NOT NULL) * 0",
}
# 1, and more for anything that somebody else left in the session.
CLEAN = {
    "postgres": "SELECT '{nonce}', 1"
    " + (SELECT count(*) FROM pg_prepared_statements)"
    " + (SELECT count(*) FROM pg_locks"
    " WHERE locktype = 'advisory' AND pid = pg_backend_pid())"
    " + (SELECT count(*) FROM pg_class"
    " WHERE relnamespace = pg_my_temp_schema())"
    " + (coalesce(current_setting('soak.own', true), '') <> '')::int",
    "sqlite": "SELECT '{nonce}', 1 + count(*) FROM sqlite_temp_master",
}
SESSION = {
    "postgres": (
        "SELECT set_config('soak.own', '{nonce}', false), 1",
        "CREATE TEMP TABLE own AS SELECT text '{nonce}' AS nonce, 1 AS i",
        "SELECT '{nonce}', 1 FROM (SELECT pg_advisory_lock_shared(7)) AS l",
        "SELECT nonce, i FROM own",
        # An error, and no empty row, where the first did not run.
        "SELECT current_setting('soak.own'), "
        "1 / (current_setting('soak.own') <> '')::int",
    ),
    "sqlite": (
        "CREATE TEMP TABLE own AS SELECT '{nonce}' AS nonce, 1 AS i",
        "SELECT nonce, i FROM own",
    ),
}
WIDE_ROW = 2000
FOREVER_S = 600


@dataclasses.dataclass
class Statement:
    """One statement, and what its answer must be where nothing happens."""

    nonce: str
    sql: str
    rows: int = None  # None: no result set
    status: str = "ok"
    sqlstate: str = None  # of its error
    named: bool = False  # the error must have the nonce in its message
    params: list = None
    data: str = None  # COPY … FROM STDIN
    feed: list = None  # the same, by lines of their own: frames
    written: int = 0  # rows with its nonce that are in the table afterwards
    number: str = None  # its id in the batch
    want: str = "rows"
    after: tuple = ()
    timeout_ms: int = 0
    idempotent: bool = False

    @property
    def listed(self):
        """Cannot be part of a script."""
        return bool(self.params or self.data or self.feed)


def literal(engine, nonce, rng):
    return Statement(nonce, f"SELECT '{nonce}' AS nonce, 1 AS i", rows=1)


def many(engine, nonce, rng):
    n = rng.choice((0, 2, 10, 300, 2000))
    series = SERIES[engine].format(n=n)
    sql = f"SELECT '{nonce}', i FROM {series}"
    if n == 0:
        sql = f"SELECT '{nonce}', 1 WHERE 1 = 0"
    return Statement(nonce, sql, rows=n)


def wide(engine, nonce, rng, sizes=(200, 1000, 4000)):
    """More than the buffers on the way are meant to hold."""
    n = rng.choice(sizes)
    series = SERIES[engine].format(n=n)
    pad = PAD[engine].format(n=WIDE_ROW)
    return Statement(nonce, f"SELECT '{nonce}', i, {pad} FROM {series}", n)


def widest(engine, nonce, rng):
    return wide(engine, nonce, rng, sizes=(8000,))


def param(engine, nonce, rng):
    bound = SERIES[engine].format(n="CAST($2 AS integer)")
    n = rng.choice((1, 7, 200))
    sql = f"SELECT CAST($1 AS text), i FROM {bound}"
    return Statement(nonce, sql, rows=n, params=[nonce, n])


def nap(engine, nonce, rng):
    s = round(rng.uniform(0.001, 0.06), 3)
    return Statement(nonce, SLEEP[engine].format(nonce=nonce, s=s), rows=1)


def forever(engine, nonce, rng):
    sql = SLEEP[engine].format(nonce=nonce, s=FOREVER_S)
    return Statement(nonce, sql, rows=1)


def refused(engine, nonce, rng):
    state = "42P01" if engine == "postgres" else None
    return Statement(
        nonce,
        f'SELECT * FROM "{nonce}"',
        status="error",
        sqlstate=state,
        named=True,
    )


def breaks(engine, nonce, rng):
    """Rows, and then an error."""
    n = rng.choice((2, 50, 1500))
    series = SERIES["postgres"].format(n=n)
    sql = f"SELECT '{nonce}', i + 0 * (1 / ({n} - i)) FROM {series}"
    return Statement(nonce, sql, rows=n, status="error", sqlstate="22012")


def write(engine, nonce, rng):
    n = rng.choice((1, 1, 3))
    sql = (
        f"INSERT INTO soak SELECT '{nonce}', i FROM "
        + SERIES[engine].format(n=n)
        + " WHERE true RETURNING nonce, i"
    )
    return Statement(nonce, sql, rows=n, written=n)


def clean(engine, nonce, rng):
    return Statement(nonce, CLEAN[engine].format(nonce=nonce), rows=1)


def copy_out(engine, nonce, rng):
    n = rng.choice((1, 500))
    series = SERIES[engine].format(n=n)
    sql = f"COPY (SELECT '{nonce}', i FROM {series}) TO STDOUT"
    return Statement(nonce, sql, rows=n)


def copy_text(nonce, n):
    return "".join(f"{nonce}\t{i + 1}\n" for i in range(n))


def copy_in(engine, nonce, rng):
    n = rng.choice((1, 40))
    return Statement(
        nonce, "COPY soak FROM STDIN", written=n, data=copy_text(nonce, n)
    )


def copy_fed(engine, nonce, rng):
    """Its data comes in frames, cut anywhere; some are given up."""
    text = copy_text(nonce, 40)
    cut = rng.randrange(len(text))
    feed = [
        {"type": "copy_data", "data": text[:cut]},
        {"type": "copy_data", "data": text[cut:]},
        {"type": "copy_end"},
    ]
    s = Statement(nonce, "COPY soak FROM STDIN", written=40, feed=feed)
    if rng.random() < 0.3:
        feed[1:] = [{"type": "copy_end", "error": nonce}]
        s.status, s.sqlstate, s.written = "cancelled", "57014", 0
    return s


def copy_barred(engine, nonce, rng):
    """Refused only after the server has asked for the data."""
    return Statement(
        nonce,
        "COPY soak_view FROM STDIN",
        status="error",
        sqlstate="42809",
        data=copy_text(nonce, 1),
    )


KINDS = {
    "postgres": (
        (literal, 20),
        (param, 15),
        (many, 15),
        (nap, 10),
        (wide, 2),
        (refused, 4),
        (breaks, 4),
        (write, 8),
        (clean, 6),
        (copy_out, 3),
        (copy_in, 2),
        (copy_fed, 2),
        (copy_barred, 2),
    ),
    "sqlite": (
        (literal, 20),
        (param, 15),
        (many, 15),
        (nap, 8),
        (wide, 2),
        (refused, 4),
        (write, 8),
        (clean, 4),
    ),
}


def pick(engine, nonce, rng):
    kinds, weights = zip(*KINDS[engine])
    return rng.choices(kinds, weights)[0](engine, nonce, rng)


def session(engine, nonce):
    """A script that leaves things in its session and counts on them."""
    made = []
    for sql in SESSION[engine]:
        rows = None if sql.startswith("CREATE") else 1
        made.append(Statement(nonce, sql.format(nonce=nonce), rows=rows))
    return made
