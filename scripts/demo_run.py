"""The demo behind scripts/demo, which has built what this runs."""

import argparse
import json
import pathlib
import signal
import subprocess
import sys

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
    """Runs the three queries as one batch: its `done` frames in the order in
    which they came, its `end` frame, and the waterfall."""
    commands = [word for _, sql, _ in QUERIES for word in ("-c", sql)]
    done = subprocess.run(
        [str(build / "fanout"), "-h", str(socket), "run", "--ndjson",
         "--want", "count", "--dispatch", dispatch, "--waterfall",
         *commands],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise StageError(done.stderr.strip())
    frames = [json.loads(line) for line in done.stdout.splitlines()]
    end = next(f for f in frames if f["type"] == "end")
    return [f for f in frames if f["type"] == "done"], end, done.stderr


def title(text):
    print(f"\n\x1b[1m{text}\x1b[m" if sys.stdout.isatty() else f"\n{text}")
    print("─" * WIDTH)


def show_answers(answers, repeats):
    """One line for each, in the order in which they came."""
    for done in answers:
        name, _, per_repeat = QUERIES[int(done["id"]) - 1]
        print(f"  {name:<8}{done['count']:>12,} rows"
              f"{done['total_us'] / 1e6:>12.2f} s after the start")
        if done["count"] != repeats * per_repeat:
            raise StageError(f"{name} should have {repeats * per_repeat:,}")


def compare(serial, batch):
    first = {name: min(d["total_us"] for d in answers) / 1e6
             for name, (answers, _, _) in (("serial", serial),
                                           ("batch", batch))}
    walls = [end["wall_us"] / 1e6 for _, end, _ in (serial, batch)]
    print(f"  one after another {walls[0]:8.2f} s,"
          f"  first answer after {first['serial']:6.2f} s")
    print(f"  as one batch      {walls[1]:8.2f} s,"
          f"  first answer after {first['batch']:6.2f} s")
    print(f"  quotient          {walls[0] / walls[1]:8.2f}  ,"
          f"                     {first['serial'] / first['batch']:6.2f}")


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
        title("Three queries, one after another")
        serial = ask(build, socket, "serial")
        show_answers(serial[0], args.repeat)
        title("The same three as one batch: each answers when it is done")
        batch = ask(build, socket, "auto")
        show_answers(batch[0], args.repeat)
        print(f"\n{batch[2].rstrip()}")
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
    parser = argparse.ArgumentParser(prog="scripts/demo")
    parser.add_argument("--build", default="build", help=argparse.SUPPRESS)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--repeat", type=positive, default=150)
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
