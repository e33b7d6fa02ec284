"""`edge-agent forecast`: what will sell, how sure that is, and what moves it.

Asks the agent that runs. Of one item it can draw a picture, when matplotlib is installed.
"""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
import httpx

from edge_agent.commands.reading import USAGE, stop
from edge_agent.commands.status import PATIENCE_S, address_of
from endcap.wire.identifiers import normalise_gtin

_LISTED = 20
_ADVICE = "is the agent running? see: systemctl status edge-agent"


@click.command("forecast")
@click.argument("item", nargs=-1, metavar="[ITEM]...")
@click.argument("where", metavar="CONFIG|URL")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="The day to explain; tomorrow.")
@click.option("--json", "as_json", is_flag=True, help="The agent's own answer, unchanged.")
@click.option(
    "--plot",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Draw the item's days into this picture (.png, .svg or .pdf); needs endcap[plots].",
)
def forecast(
    item: tuple[str, ...], where: str, day: datetime | None, plot: Path | None, *, as_json: bool
) -> None:
    """Tell what will sell: all items of a day, or an item's days.

    ITEM is a GTIN, or words of its name; without it, every item of one day is listed.
    """
    address = address_of(where)
    wanted = {"day": day.date().isoformat()} if day else {}
    if not item:
        if plot is not None:
            raise stop("--plot draws one item: name it before the configuration", code=USAGE)
        answer = _told(f"{address}/v1/forecasts", wanted)
        lines = _of_day(answer)
    else:
        gtin = _chosen(address, " ".join(item))
        answer = _told(f"{address}/v1/forecasts/{gtin}/history", wanted)
        lines = _of_item(answer)
    if plot is not None:
        _draw(answer, plot)
    click.echo(json.dumps(answer) if as_json else "\n".join(lines))


def _told(address: str, params: dict[str, str]) -> dict[str, Any]:
    """Return what the agent answers."""
    try:
        answer = httpx.get(address, params=params, timeout=PATIENCE_S)
        told: dict[str, Any] = answer.json()
    except httpx.InvalidURL as error:
        raise stop(f"{address}: {error}", code=USAGE) from None
    except (httpx.HTTPError, ValueError) as error:
        raise stop(f"{address} does not answer ({error}); {_ADVICE}", code=1) from None
    if answer.is_error:
        raise stop(f"{told.get('detail', answer.status_code)}; {told.get('hint', '')}", code=1)
    return told


def _chosen(address: str, words: str) -> str:
    """Return the GTIN of the one item that `words` mean, or list those they may mean and end."""
    try:
        return normalise_gtin(words)
    except ValueError:
        found = _told(f"{address}/v1/search", {"q": words})["items"]
    whole = [one for one in found if one["name"].casefold() == words.casefold()]
    named = whole or [one for one in found if _calls(words, one["name"])]
    if len(named) == 1 or len(found) == 1:
        return str((named or found)[0]["gtin"])
    if not found:
        raise stop(f'no item is called "{words}"', code=1)
    click.echo(f'"{words}" may be one of these; give its GTIN:', err=True)
    for one in (named or found)[:_LISTED]:
        click.echo(f"{one['gtin']}  {one['name']}", err=True)
    raise click.exceptions.Exit(USAGE)


def _calls(words: str, name: str) -> bool:
    """Tell whether each of `words` begins one of a name's."""
    parts = name.casefold().split()
    return all(any(part.startswith(word) for part in parts) for word in words.casefold().split())


def _of_day(told: dict[str, Any]) -> list[str]:
    """Return a day's items for people, best sellers first."""
    known = [one for one in told["forecasts"] if one["expected"] is not None]
    if not known:
        return ["no forecast for that day: it is made once sales have come in"]
    lines = [f"{known[0]['day']}    units  likely"]
    for one in known:
        edges = list((one["quantiles"] or {}).values())
        likely = f"{min(edges):.1f} to {max(edges):.1f}" if edges else ""
        name = one["name"] or ""
        lines.append(f"{one['gtin']}  {one['expected']:5.1f}  {likely:<15}  {name}".rstrip())
    return lines


def _of_item(told: dict[str, Any]) -> list[str]:
    """Return an item's days to come for people, what moves one, and how forecasts fared."""
    lines = [f"{told['gtin']}  {told['name']}"]
    ahead = [one for one in told["days"] if one["day"] >= told["today"]]
    known = [one for one in ahead if one["expected"] is not None]
    if not known:
        return [*lines, "no forecast: the item has too little history, or none was made yet"]
    sure = "" if told["interval"] is None else f" ({told['interval']:.0%})"
    lines.append(f"day              units  likely{sure}")
    lines += [_day_line(one) for one in known]
    return lines + _drivers(told) + _errors(told)


def _day_line(one: dict[str, Any]) -> str:
    likely = "" if one["low"] is None else f"{one['low']:.1f} to {one['high']:.1f}"
    about = ["promotion"] if one["promotion"] else []
    about += [mark["name"] or mark["kind"] for mark in one["marks"]] + one["reasons"]
    words = ", ".join(dict.fromkeys(about))
    name = f"{date.fromisoformat(one['day']):%a %Y-%m-%d}"
    return f"{name}  {one['expected']:6.1f}  {likely:<15}  {words}".rstrip()


def _drivers(told: dict[str, Any]) -> list[str]:
    """Return what moves the explained day."""
    explained = told["explanation"]
    if explained is None:
        return [f"not explained: {told['unexplained']}"]
    lines = [
        f"what moves {explained['day']}:",
        f"  {explained['typical']:6.1f}  a day on which nothing is special",
    ]
    for one in explained["drivers"]:
        reason = f" ({one['reason']})" if one["reason"] else ""
        lines.append(f"  {one['units']:+6.1f}  {one['words']}{reason}")
    return [*lines, f"  {explained['expected']:6.1f}  expected"]


def _errors(told: dict[str, Any]) -> list[str]:
    """Return how forecasts of the item and of its category fared."""
    lines = []
    for name, fared in (("this item", told["fared"]), (told["category"], told["category_fared"])):
        if fared is None or fared["wape"] is None:
            continue
        lines.append(
            f"error of {name or 'its category'}: {fared['wape']:.0%}, bias {fared['bias']:+.0%},"
            f" {fared['covered']:.0%} within the interval ({fared['rows']} days over)"
        )
    return lines or ["error: no day with a forecast is over yet"]


def _draw(told: dict[str, Any], place: Path) -> None:
    """Draw the item's days into `place`, or end and say what is missing."""
    try:
        from edge_agent.commands.forecast_picture import draw  # noqa: PLC0415 - large, and an extra
    except ImportError:
        advice = "install it with: pip install 'endcap[plots]'"
        raise stop(f"--plot needs matplotlib; {advice}", code=USAGE) from None
    try:
        draw(told, place)
    except (OSError, ValueError) as error:
        raise stop(f"{place} cannot be drawn: {error}", code=1) from None
