"""Random batches, and whether an answer is one that a batch may have.

Every row and every named error must carry the nonce of its own statement.
Every verdict must have a reason: what the statement itself does, or something
that was done to it (a cancel, a deadline, a killed backend, a neighbour in its
transaction). Without such a reason it is a finding.
"""

import collections

import statements
from ndjson_client import Batch

FIRST_PRIORITY, LAST_PRIORITY = -2, 3
CONNECTION_LOST = "08006"
QUERY_TIMEOUT = 3.0  # what took so long needs no other reason to be cancelled


class Ask:
    """A batch that is going to be sent."""

    def __init__(self, name, engine, stmts, fields, style):
        self.name, self.engine, self.style = name, engine, style
        self.stmts, self.fields = [], fields
        self.by_id = {}
        for s in stmts:
            self.add(s)
        self.cancelled = False  # somebody asked for it, in part or whole

    def add(self, s):
        s.number = str(len(self.stmts) + 1)
        self.stmts.append(s)
        self.by_id[s.number] = s

    @property
    def chained(self):
        """One connection for all: a failure is felt by what follows."""
        return self.style in ("transaction", "block", "session")

    def frame(self):
        frame = {"type": "batch", "id": self.name, "db": self.engine}
        frame.update(self.fields)
        if self.as_script():
            frame["sql"] = ";\n".join(s.sql for s in self.stmts)
        else:
            frame["statements"] = [self.entry(s) for s in self.stmts]
        return frame

    def as_script(self):
        alone = any(
            s.listed
            or s.after
            or s.timeout_ms
            or s.idempotent
            or s.want == "count"
            for s in self.stmts
        )
        return self.fields.get("x_script") and not alone

    def entry(self, s):
        entry = {"id": s.number, "sql": s.sql}
        for key in ("params", "data", "timeout_ms", "idempotent"):
            if getattr(s, key):
                entry[key] = getattr(s, key)
        if s.after:
            entry["after"] = list(s.after)
        if s.want == "count":
            entry["want"] = "count"
        return entry

    def feeding(self):
        """The frames that carry COPY data."""
        return [
            {**part, "batch": self.name, "id": s.number}
            for s in self.stmts
            for part in s.feed or ()
        ]


def options(rng):
    """Fields of a batch, each there now and then."""
    fields = {"x_script": rng.random() < 0.5}
    for name, chance, values in (
        ("order", 0.3, ("statement",)),
        ("dispatch", 0.6, ("independent", "serial")),
        ("on_error", 0.3, ("stop", "cancel")),
        ("until", 0.1, ("first",)),
        ("max_concurrency", 0.3, (1, 2, 5)),
        ("priority", 0.3, range(FIRST_PRIORITY, LAST_PRIORITY)),
        ("types", 0.3, ("json",)),
        ("progress", 0.3, (True,)),
        ("timeout_ms", 0.08, (5, 50, 300)),
    ):
        if rng.random() < chance:
            fields[name] = rng.choice(values)
    return fields


def plain(name, engine, rng):
    stmts = [
        statements.pick(engine, f"{name}.{i}", rng)
        for i in range(rng.choice((1, 2, 3, 5, 12)))
    ]
    for i, s in enumerate(stmts):
        if rng.random() < 0.1 and i:
            s.after = (str(rng.randrange(i) + 1),)
        if rng.random() < 0.1 and s.rows is not None:
            s.want = "count" if not s.sql.startswith("COPY") else "rows"
        s.idempotent = not s.written and rng.random() < 0.2
        if rng.random() < 0.05:
            s.timeout_ms = rng.choice((1, 10, 100))
    return stmts


def transaction(name, engine, rng):
    n = rng.choice((1, 2, 4))
    stmts = [statements.pick(engine, f"{name}.{i}", rng) for i in range(n)]
    return [s for s in stmts if not s.feed] or [
        statements.write(engine, f"{name}.w", rng)
    ]


def block(name, engine, rng):
    begin = statements.Statement(name, "BEGIN")
    end = statements.Statement(
        name, rng.choice(("COMMIT", "COMMIT", "ROLLBACK"))
    )
    return [begin, *transaction(name, engine, rng), end]


STYLES = ("plain",) * 6 + ("transaction", "block", "session")


def make(name, engine, rng):
    """A batch that ends by itself."""
    style = rng.choice(STYLES)
    fields = options(rng)
    if style == "plain":
        stmts = plain(name, engine, rng)
    elif style == "session":
        stmts = statements.session(engine, name)
    else:
        stmts = {"transaction": transaction, "block": block}[style](
            name, engine, rng
        )
    if style != "plain":
        for key in ("until", "dispatch", "on_error"):
            fields.pop(key, None)
    if style == "transaction":
        fields["transaction"] = True
    return Ask(name, engine, stmts, fields, style)


def add(ask, kind, rng):
    """One more statement, where that does not change what the batch is."""
    if ask.style == "plain":
        nonce = f"{ask.name}.{len(ask.stmts)}"
        ask.add(kind(ask.engine, nonce, rng))


def wide(name, engine, rng):
    """More than fits anywhere between the engine and the client."""
    stmts = [statements.widest(engine, f"{name}.{i}", rng) for i in "12"]
    return Ask(name, engine, stmts, {}, "plain")


class Wrong(AssertionError):
    """An answer that must not be."""


def need(fact, *about):
    if not fact:
        raise Wrong(*about)


class Answer(Batch):
    """What comes for an Ask; checked as it comes, and rows are not kept."""

    def __init__(self, ask):
        super().__init__(ask.name)
        self.ask = ask
        self.seen = collections.Counter()  # rows of each statement
        self.partial = {}  # COPY text up to a line's end

    def on_rows(self, frame):
        self.unfinished(frame)
        s = self.ask.by_id[frame["id"]]
        need(s.want == "rows", "rows that nobody wanted", s.number)
        for row in frame["rows"]:
            self.check_row(s, str(row[0]), int(row[1]))
        frame["rows"] = len(frame["rows"])

    def on_copy(self, frame):
        self.unfinished(frame)
        s = self.ask.by_id[frame["id"]]
        text = self.partial.pop(s.number, "") + frame["data"]
        *lines, rest = text.split("\n")
        for line in lines:
            nonce, i = line.split("\t")
            self.check_row(s, nonce, int(i))
        if rest:
            self.partial[s.number] = rest
        frame["data"] = len(frame["data"])

    def check_row(self, s, nonce, i):
        need(nonce == s.nonce, "FOREIGN ROW", s.nonce, "got", nonce)
        self.seen[s.number] += 1
        need(i == self.seen[s.number], "row out of its place", s.nonce, i)

    def on_accepted(self, frame):
        super().on_accepted(frame)
        need(frame["statements"] == len(self.ask.stmts), "split otherwise")

    def on_end(self, frame):
        super().on_end(frame)
        self.check()
        self.check_all()

    def on_rejected(self, frame):
        super().on_rejected(frame)
        raise Wrong("rejected", frame["error"])

    def check_all(self):
        limit = self.ask.fields.get("max_concurrency", 8)
        need(self.end["peak_concurrency"] <= limit, "over max_concurrency")
        if self.ask.fields.get("order") == "statement":
            numbers = [int(i) for i in self.done]
            need(numbers == sorted(numbers), "out of order", numbers)
        for s in self.ask.stmts:
            self.check_statement(s, self.done[s.number])

    def check_statement(self, s, done):
        need(self.is_right(s, done), "verdict without a reason", s, done)
        failed = [a for a in s.after if self.done[a]["status"] != "ok"]
        need(not (failed and done["status"] == "ok"), "ran after a failure")
        if done["status"] != "ok":
            return
        need(s.number not in self.partial, "half a line of COPY", s.nonce)
        if s.rows is not None:
            need(done["count"] == s.rows, "count", s, done)
            told = s.rows if s.want == "rows" else 0
            need(self.seen[s.number] == told, "rows lost", s, done)
        elif s.written:
            need(done["count"] == s.written, "count of COPY", s, done)

    # Reasons

    def is_right(self, s, done):
        if done["status"] == s.status:
            return s.status == "ok" or self.own_error(s, done["error"])
        return self.broke_before(s) or getattr(self, "may_" + done["status"])(
            s, done
        )

    def own_error(self, s, error):
        if s.named:
            return s.nonce in error["message"]
        return error["sqlstate"] == s.sqlstate

    def lost(self, done):
        """Its connection was, before anything was sent or committed."""
        sqlstate = done["error"]["sqlstate"]
        return self.ask.engine == "postgres" and sqlstate == CONNECTION_LOST

    def broke_before(self, s):
        """Something that it may count on did not happen."""
        return self.ask.chained and any(
            self.done[b.number]["status"] != "ok"
            for b in self.ask.stmts[: int(s.number) - 1]
        )

    def interrupted(self, s):
        fields = self.ask.fields
        return (
            self.ask.cancelled
            or "timeout_ms" in fields
            or fields.get("until") == "first"
            or fields.get("on_error") == "cancel"
        )

    def may_ok(self, s, done):
        return False

    def may_error(self, s, done):
        return self.ask.style == "transaction" and self.lost(done)

    def may_unknown(self, s, done):
        late = done["error"]["sqlstate"] == "57014"
        return self.ask.engine == "postgres" or (
            late and self.may_cancelled(s, done)
        )

    def may_cancelled(self, s, done):
        late = done["exec_us"] >= 0.99 * QUERY_TIMEOUT * 1e6
        return self.interrupted(s) or bool(s.timeout_ms) or late

    def may_not_sent(self, s, done):
        return self.interrupted(s) or self.lost(done)

    def may_skipped(self, s, done):
        fields = self.ask.fields
        begun = self.ask.chained and self.interrupted(s)
        return (
            begun or bool(s.after) or "until" in fields or "on_error" in fields
        )
