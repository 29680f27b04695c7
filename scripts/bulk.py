"""The cities as bulk statements, in the form that each engine takes fastest.

Each class makes the fields of a batch from a list of repeats. Pure.
"""

import itertools

import brazil


def quote(text):
    return "'" + text.replace("'", "''") + "'"


class Postgres:
    """COPY is its fastest way in; several of them run side by side."""

    max_repeats = 16  # in a batch
    statements = 4  # in a batch
    settle = "VACUUM ANALYZE cities"

    def __init__(self):
        self.tails = [f"\t{name}\t{state_id}\n"
                      for name, state_id in brazil.cities()]

    def batch(self, repeats):
        size = -(-len(repeats) // self.statements)
        groups = [repeats[i:i + size] for i in range(0, len(repeats), size)]
        return {
            "dispatch": "independent",
            "statements": [
                {"sql": "COPY cities FROM STDIN",
                 "data": "".join(map(self.rows, group))}
                for group in groups],
        }

    def rows(self, repeat):
        ids = itertools.count(repeat * brazil.CITIES + 1)
        return "".join(f"{i}{tail}" for i, tail in zip(ids, self.tails))


class Sqlite:
    """It has one writer at a time, which is fastest with many rows an INSERT
    and many INSERTs a transaction."""

    max_repeats = 8
    rows_per_insert = 500
    settle = None

    def __init__(self):
        self.tails = [f",{quote(name)},{state_id})"
                      for name, state_id in brazil.cities()]

    def batch(self, repeats):
        return {
            "transaction": True,
            "statements": [{"sql": sql} for r in repeats
                           for sql in self.inserts(r)],
        }

    def inserts(self, repeat):
        first = repeat * brazil.CITIES + 1
        rows = [f"({i}{tail}" for i, tail in enumerate(self.tails, first)]
        for i in range(0, len(rows), self.rows_per_insert):
            values = ",".join(rows[i:i + self.rows_per_insert])
            yield f"INSERT INTO cities VALUES {values}"


ENGINES = {"postgres": Postgres, "sqlite": Sqlite}
