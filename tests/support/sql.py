"""SQL and small helpers that many tests share."""

import time

# Runs until it is cancelled.
FOREVER = {
    "postgres": "SELECT pg_sleep(600)",
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL"
    " SELECT i + 1 FROM n) SELECT max(i) FROM n",
}


def series(engine, n):
    """A query that gives n rows 1 … n."""
    if engine == "postgres":
        return f"SELECT i FROM generate_series(1, {n}) AS g(i)"
    return (
        "WITH RECURSIVE g(i) AS (SELECT 1 UNION ALL"
        f" SELECT i + 1 FROM g WHERE i < {n}) SELECT i FROM g"
    )


def statements(*texts, **fields):
    """The list form: ids are "1", "2", …"""
    return [{"sql": text, **fields} for text in texts]


def wait_until(fact, timeout=15.0, what="it"):
    """Polls until FACT() is true; gives its value."""
    deadline = time.monotonic() + timeout
    while True:
        value = fact()
        if value:
            return value
        assert time.monotonic() < deadline, f"{what} does not come to be"
        time.sleep(0.01)
