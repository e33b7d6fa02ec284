"""What a person watching the demo sees: a line a step, live on a terminal, plain otherwise."""

import shutil
import sys
import time
from dataclasses import dataclass, field
from typing import TextIO

import click


@dataclass(slots=True)
class Screen:
    """Prints steps with the seconds since the start; knows whether it is a terminal."""

    out: TextIO = sys.stdout
    started: float = field(default_factory=time.monotonic)
    _open: bool = False

    @property
    def live(self) -> bool:
        """Tell whether a line may be written over."""
        return self.out.isatty()

    @property
    def seconds(self) -> float:
        """Return the seconds since the demo began."""
        return time.monotonic() - self.started

    def doing(self, name: str, detail: str = "") -> None:
        """Show what is waited for; on a terminal the line is written over again and again."""
        if self.live:
            width = shutil.get_terminal_size().columns
            line = f"{self.seconds:6.1f} s  … {name} {detail}"[: width - 1]
            self.out.write(f"\r\033[K{line}")
            self.out.flush()
            self._open = True

    def done(self, name: str, detail: str) -> None:
        """Show that a step is behind us."""
        self._line(click.style("✓", fg="green"), name, detail)

    def failed(self, name: str, detail: str) -> None:
        """Show the step that did not happen."""
        self._line(click.style("✗", fg="red"), name, detail)

    def say(self, text: str = "") -> None:
        """Print a line of its own."""
        self._close()
        click.echo(text, file=self.out, color=self.live or None)

    def _line(self, mark: str, name: str, detail: str) -> None:
        self._close()
        head = f"{self.seconds:6.1f} s  {mark} {click.style(name, bold=True)}"
        click.echo(f"{head}: {detail}" if detail else head, file=self.out, color=self.live or None)

    def _close(self) -> None:
        if self._open:
            self.out.write("\r\033[K")
            self._open = False


def table(rows: list[tuple[str, str]]) -> str:
    """Return `rows` as two aligned columns.

    >>> print(table([("a", "1"), ("long", "2")]))
      a     1
      long  2
    """
    width = max((len(name) for name, _ in rows), default=0)
    return "\n".join(f"  {name:<{width}}  {value}" for name, value in rows)
