"""How far it is, on standard error: a bar where that is a terminal, else a
plain line every few seconds."""

import shutil
import sys
import time

BLOCKS = " ▏▎▍▌▋▊▉"
REDRAW_S = 0.1
PLAIN_LINE_S = 5.0


class ProgressBar:
    def __init__(self, total, unit, out=sys.stderr):
        self.total, self.unit, self.out = total, unit, out
        self.count = 0
        self.started = self.drawn = time.monotonic()
        self.is_bar = out.isatty()

    @property
    def seconds(self):
        return time.monotonic() - self.started

    def add(self, count):
        self.count += count
        pause = REDRAW_S if self.is_bar else PLAIN_LINE_S
        if time.monotonic() - self.drawn >= pause:
            self.draw()

    def draw(self):
        self.drawn = time.monotonic()
        rate = self.count / max(self.seconds, 1e-9)
        left = (self.total - self.count) / rate if rate else 0
        tail = (f" {self.count:,} {self.unit}  {rate:,.0f}/s  "
                f"{clock(left)} left")
        if self.is_bar:
            print(f"\r{self.bar(len(tail))}{tail}\x1b[K", end="",
                  file=self.out, flush=True)
        else:
            print(f"{self.count / self.total:4.0%} {tail}", file=self.out,
                  flush=True)

    def bar(self, tail_width):
        """The bar and its percentage, in what the tail leaves of a line."""
        part = self.count / self.total
        width = max(shutil.get_terminal_size().columns - tail_width - 9, 8)
        whole, eighths = divmod(int(part * width * 8), 8)
        full = "█" * whole + (BLOCKS[eighths] if eighths else "")
        return f"▕{full:<{width}}▏ {part:4.0%} "

    def close(self):
        if self.is_bar:
            print("\r\x1b[K", end="", file=self.out, flush=True)


def clock(seconds):
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes}:{seconds:02}"
