"""The demo behind scripts/demo, which has built what this runs."""

import argparse
import json
import pathlib
import signal
import subprocess
import sys
import textwrap

import brazil
import stage
from stage import StageError

ROOT = pathlib.Path(__file__).resolve().parent.parent
WIDTH = 78

JOIN = "SELECT c.name, s.state FROM cities c JOIN states s ON c.state_id = s.id"
# name, SQL, rows for each repeat
QUERIES = [
    ("slow", f"{JOIN} WHERE s.state IN (SELECT state FROM states) "
     "ORDER BY s.long_name, c.name", brazil.CITIES),
    ("fast", f"{JOIN} WHERE c.name LIKE 'A%'", brazil.CITIES_STARTING_WITH_A),
    ("medium", f"{JOIN} WHERE s.state LIKE 'M%' OR s.state LIKE '%P'",
     brazil.CITIES_IN_M_OR_P),
]

NEXT = """\
Next, type

  build/fanoutd &                    serves fanout.db on 127.0.0.1:7432
  scripts/generatedb --repeat 20     loads it, as any app would
  build/fanout run --waterfall -c "SELECT count(*) FROM cities; SELECT 2"
  {other}
  scripts/test                       passes all tests
"""


def ask(build, socket, dispatch):
    """Runs the three queries as one batch: what it was told of each, in the
    order in which they were done, and the waterfall."""
    commands = [word for _, sql, _ in QUERIES for word in ("-c", sql)]
    done = subprocess.run(
        [str(build / "fanout"), "-h", str(socket), "run", "--ndjson",
         "--want", "count", "--dispatch", dispatch, "--waterfall",
         *commands],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise StageError(done.stderr.strip())
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return [(*QUERIES[int(line["id"]) - 1], line["done"]) for line in lines
            if "done" in line], done.stderr


def title(text):
    print(f"\n\x1b[1m{text}\x1b[m" if sys.stdout.isatty() else f"\n{text}")
    print("─" * WIDTH)


def show_queries():
    for name, sql, _ in QUERIES:
        print(textwrap.fill(sql, WIDTH, initial_indent=f"  {name:<8}",
                            subsequent_indent=" " * 10))


def show_answers(answers, repeats):
    """One line for each, in the order in which they came."""
    for name, _, per_repeat, done in answers:
        print(f"  {name:<8}{done['count']:>12,} rows"
              f"{done['total_us'] / 1e6:>12.2f} s after the start")
        if done["count"] != repeats * per_repeat:
            raise StageError(f"{name} should have {repeats * per_repeat:,}")


def compare(serial, batch):
    """When each answer, and the last of them, was there, and the quotients."""
    ends = [{name: done["total_us"] / 1e6 for name, _, _, done in answers}
            for answers in (serial, batch)]
    rows = [(name, ends[0][name], ends[1][name]) for name in ends[1]]
    rows.append(("all three", *(max(e.values()) for e in ends)))
    print(f"{'one after another':>29}{'as one batch':>17}{'quotient':>13}")
    for name, before, now in rows:
        print(f"  {name:<12}{before:>13.2f} s{now:>15.2f} s"
              f"{before / now:>13.1f}")


def load(socket, repeats):
    out = stage.run([sys.executable, "-B", ROOT / "scripts/generatedb", "-h",
                     socket, "--repeat", repeats])
    print("".join(f"  {line}\n" for line in out.splitlines()), end="")


def demo(args):
    build = ROOT / args.build
    engine = "postgres" if args.postgres else "sqlite"
    with stage.fanoutd_on(engine, build) as socket:
        title("Loading through the daemon's socket")
        load(socket, args.repeat)
        title("Three queries")
        show_queries()
        title("One after another")
        serial, _ = ask(build, socket, "serial")
        show_answers(serial, args.repeat)
        title("As one batch: each answers when it is done")
        batch, waterfall = ask(build, socket, "auto")
        show_answers(batch, args.repeat)
        print(f"\n{waterfall.rstrip()}")
        title("In short")
        compare(serial, batch)
    print("\n" + NEXT.format(other=(
        "scripts/demo                       the same on SQLite"
        if args.postgres else
        "scripts/demo --postgres            the same on PostgreSQL")))


def positive(text):
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"not a positive number: {text}")
    return int(text)


def main():
    parser = argparse.ArgumentParser(prog="scripts/demo", allow_abbrev=False)
    parser.add_argument("--build", default="build", help=argparse.SUPPRESS)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--repeat", type=positive, default=250)
    args = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda n, _: sys.exit(128 + n))
    try:
        demo(args)
    except KeyboardInterrupt:
        print("\nstopped, and cleaned up", file=sys.stderr)
        return 130
    except StageError as e:
        print(f"scripts/demo: {e}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
