"""What the documents say exists: links, named files, and every command with its options.

It does not run the commands; it asks the programs themselves what they take.
"""

import re
import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path

import click
import pytest

from central_sync.__main__ import main as central_sync
from edge_agent.__main__ import main as edge_agent

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS: dict[str, click.Command] = {"edge-agent": edge_agent, "central-sync": central_sync}
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
QUOTED = re.compile(r"`([^`\n]+)`")
PLACE = re.compile(
    r"^(?:tests|docs|benchmarks|device_configs|fleet_simulator|endcap|edge_agent|central_sync)/[\w./-]+$"
)
LINES = re.compile(r"^```[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)


def documents() -> list[Path]:
    """Return every document but the changelog, which may name what is gone."""
    found = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("models_onnx/**/*.md")]
    return sorted(one for one in found if one.name != "CHANGELOG.md")


def anchors(document: Path) -> set[str]:
    """Return the marks that a document's headings can be linked by."""
    heads = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def told(text: str) -> Iterator[str]:
    """Yield each command a document tells to type, from its backquotes and its blocks."""
    for quoted in QUOTED.findall(re.sub(r"```.*?```", "", text, flags=re.DOTALL)):
        if quoted.split(" ")[0] in PROGRAMS and "(" not in quoted:
            yield quoted
    for block in LINES.findall(text):
        for line in block.splitlines():
            bare = line.partition("#")[0].strip()
            # A line may tell two commands side by side.
            for one in re.split(r"\s{2,}|(?<= )(?=(?:edge-agent|central-sync) )", bare):
                if one.split(" ")[0] in PROGRAMS and "(" not in one:
                    yield one.strip()


def wrong(typed: str) -> str | None:
    """Return what a command line says that its program does not take, none when all is well."""
    words = shlex.split(re.sub(r"[\[\]]", " ", typed))
    reached: list[click.Command] = [PROGRAMS[words.pop(0)]]
    while words and isinstance(reached[0], click.Group) and not words[0].startswith("-"):
        group, names = reached[0], words.pop(0).split("|")
        try:
            found = [group.resolve_command(click.Context(group), [name]) for name in names]
        except click.UsageError:
            return f"{group.name} has none of {names}"
        reached = [command for _, command, _ in found if command is not None]
        # A group that runs a command of its own hands on the word that named none.
        words = [*found[0][2], *words]
    taken = {name for command in reached for name in spellings(command.params)}
    for option in (word.partition("=")[0] for word in words if word.startswith("--")):
        if option not in taken:
            return f"{reached[0].name} has no {option}"
    return extra(reached, words)


def spellings(taken: Iterable[click.Parameter]) -> set[str]:
    """Return every way to write these options."""
    return {name for one in taken for name in [*one.opts, *one.secondary_opts]} | {"--help"}


def extra(reached: list[click.Command], words: list[str]) -> str | None:
    """Return a sentence when more is typed than a single command takes beside its options."""
    if len(reached) != 1 or isinstance(reached[0], click.Group):
        return None
    command = reached[0]
    slots = [one for one in command.params if isinstance(one, click.Argument)]
    if any(one.nargs < 0 for one in slots):
        return None
    flags = spellings(
        one
        for one in command.params
        if isinstance(one, click.Option) and (one.is_flag or one.count)
    )
    bare, takes = 0, False
    for word in words:
        if word.startswith("-"):
            takes = word not in flags
        elif takes:
            takes = False
        else:
            bare += 1
    if bare > len(slots):
        return f"{command.name} takes {len(slots)} words, not {bare}"
    return None


@pytest.mark.parametrize("document", documents(), ids=lambda one: str(one.relative_to(ROOT)))
def test_each_link_leads_somewhere(document: Path) -> None:
    for link in LINK.findall(document.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", link):
            continue
        place, _, mark = link.partition("#")
        target = (document.parent / place).resolve() if place else document
        assert target.exists(), f"{link}: nothing is there"
        assert not mark or mark in anchors(target), f"{link}: no such heading"


@pytest.mark.parametrize("document", documents(), ids=lambda one: str(one.relative_to(ROOT)))
def test_each_file_that_is_named_is_there(document: Path) -> None:
    for quoted in QUOTED.findall(document.read_text(encoding="utf-8")):
        if PLACE.match(quoted):
            assert (ROOT / quoted).exists(), f"{quoted}: nothing is there"
        module = re.match(r"python -m (\w+(?:\.\w+)*)", quoted)
        if module is not None:
            place = ROOT.joinpath(*module.group(1).split("."))
            assert place.with_suffix(".py").exists() or place.is_dir(), f"{quoted}: no such module"


@pytest.mark.parametrize("document", documents(), ids=lambda one: str(one.relative_to(ROOT)))
def test_each_command_takes_what_is_told(document: Path) -> None:
    mistakes = [
        f"{typed}: {mistake}"
        for typed in told(document.read_text(encoding="utf-8"))
        if (mistake := wrong(typed)) is not None
    ]
    assert not mistakes, "\n".join(mistakes)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("edge-agent run store.toml", None),
        ("edge-agent runs store.toml", "edge-agent has none of ['runs']"),
        ("edge-agent run store.toml --fast", "run has no --fast"),
        ("edge-agent run store.toml other.toml", "run takes 1 words, not 2"),
    ],
)
def test_what_is_told_wrongly_is_noticed(typed: str, said: str | None) -> None:
    mistake = wrong(typed)
    assert (mistake or "").replace("main", "edge-agent") == (said or "")
