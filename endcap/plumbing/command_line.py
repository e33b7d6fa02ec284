"""Commands of both programs: a mistake in what was typed is told in one line, with where to look.

Which commands there are is the programs' own. Exit codes stay click's: 2 for a mistake in typing.
"""

from typing import Any

import click


class Program(click.Group):
    """A program's own group of commands."""

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,  # noqa: ANN401 - click's
    ) -> click.Context:
        """Read what stands before the command's name."""
        try:
            return super().make_context(info_name, args, parent, **extra)
        except click.UsageError as error:
            raise in_one_line(error) from None

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - what the command returns
        """Do what was asked for."""
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            raise in_one_line(error) from None


def in_one_line(error: click.UsageError) -> click.UsageError:
    """Return `error` as one line that ends with whom to ask; help itself stays as it is."""
    if error.ctx is None or isinstance(error, click.exceptions.NoArgsIsHelpError):
        return error
    said = " ".join(error.format_message().split()).rstrip(".")
    return click.UsageError(f"{said}; see: {error.ctx.command_path} --help")
