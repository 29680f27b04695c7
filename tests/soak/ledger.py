"""What the soak has seen, from all its threads: figures, findings, and which
written rows must be in the table at the end."""

import collections
import threading
import time

SHOWN = 3  # findings of one kind that are told in full


class Ledger:
    def __init__(self):
        self.lock = threading.Lock()
        self.started = time.monotonic()
        self.counts = collections.Counter()
        self.peaks = collections.defaultdict(int)
        self.findings = collections.Counter()  # by their kind
        self.written = {}  # (engine, nonce): (fewest, most) rows
        self.open = {}  # batch: its Ask

    def count(self, what, n=1):
        with self.lock:
            self.counts[what] += n

    def peak(self, what, n):
        with self.lock:
            self.peaks[what] = max(self.peaks[what], n)

    def finding(self, kind, *about):
        """Something that must not be."""
        at = time.monotonic() - self.started
        with self.lock:
            self.findings[kind] += 1
            if self.findings[kind] <= SHOWN:
                text = " ".join(f"{a}"[:2000] for a in about)
                print(f"FINDING at {at:.1f} s: {kind}: {text}", flush=True)

    # Batches

    def sent(self, ask):
        with self.lock:
            self.open[ask.name] = ask
            self.counts["batches"] += 1
        self.write_down(ask, {}, None)

    def forget(self, ask):
        with self.lock:
            self.open.pop(ask.name, None)

    def ended(self, ask, answer):
        self.forget(ask)
        statuses = {i: d["status"] for i, d in answer.done.items()}
        with self.lock:
            for s in ask.stmts:
                self.counts[statuses[s.number]] += 1
            self.counts["rows"] += sum(answer.seen.values())
        self.write_down(ask, statuses, answer.end.get("transaction"))

    # Writes

    def write_down(self, ask, statuses, transaction):
        for s in ask.stmts:
            if s.written:
                fate = write_fate(ask, s, statuses, transaction)
                self.written[ask.engine, s.nonce] = {
                    "there": (s.written, s.written),
                    "absent": (0, 0),
                    "open": (0, s.written),
                }[fate]

    def check_written(self, engine, rows):
        """ROWS: how often each nonce is in the table."""
        for (where, nonce), (fewest, most) in self.written.items():
            if where != engine:
                continue
            n = rows.pop(nonce, 0)
            if n not in (fewest, most):
                due = {fewest, most}
                self.finding("WRITTEN ROWS", engine, nonce, n, "not", due)
        if rows:
            self.finding("ROWS NOBODY WROTE", engine, list(rows)[:5])


def write_fate(ask, s, statuses, transaction):
    """Are its rows "there", "absent", or is that "open"?"""
    status = statuses.get(s.number)
    if status is None:
        return "open"
    if ask.style == "transaction":
        return fate_of(status if transaction == "committed" else transaction)
    if ask.style == "block":
        end = ask.stmts[-1]
        if end.sql != "COMMIT" or status not in ("ok", "unknown"):
            return "absent"
        return fate_of(statuses[end.number])
    return fate_of(status)


def fate_of(status):
    return {"ok": "there", "unknown": "open"}.get(status, "absent")
