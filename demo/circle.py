"""The circle, step by step, seen from outside: only public addresses and commands are asked.

Each step is a question that is asked again until the answer is there. The first that does not come
in time ends the demo with its name.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from demo.screen import Screen

LOOK_EVERY = 0.2  # seconds
PATIENCE = 150.0  # seconds for one step: generous, because a process may be killed in it

Question = Callable[[], Awaitable[str | None]]


class StepFailedError(Exception):
    """A step of the circle did not happen; the message names it."""


@dataclass(slots=True)
class Circle:
    """What the steps share: where everything is, and what was found on the way."""

    folder: Path
    centre: str
    stores: dict[str, str]
    baskets: dict[str, list[str]]
    client: httpx.AsyncClient
    found: dict[str, str] = field(default_factory=dict)
    release: int = 0
    tampered: int = 0

    async def get(self, base: str, path: str) -> Any:  # noqa: ANN401 - JSON
        """Return what `base` answers at `path`, or None while it does not answer."""
        try:
            answer = await self.client.get(f"{base}{path}")
            answer.raise_for_status()
        except httpx.HTTPError:
            return None
        return answer.json()

    async def of_each(self, path: str) -> dict[str, Any] | None:
        """Return what every store answers at `path`, or None while one does not."""
        answers = {name: await self.get(base, path) for name, base in self.stores.items()}
        return None if None in answers.values() else answers

    # Each step returns what happened, in words, or None while it has not.

    async def everyone_answers(self) -> str | None:
        """The centre and the stores serve, with the models they were born with."""
        stores = await self.of_each("/v1/status")
        centre = await self.get(self.centre, "/v1/health")
        if stores is None or centre is None:
            return None
        kinds = sorted({one["kind"] for store in stores.values() for one in store["models"]})
        return f"{len(stores)} kiosks serve with their built-in models ({', '.join(kinds)})"

    async def receipts_are_read(self) -> str | None:
        """The point-of-sale files were taken in and put away."""
        done = [self.folder / store / "sales" / "done" / "sales.csv" for store in self.stores]
        if not all(path.exists() for path in done):
            return None
        lines = sum(path.read_bytes().count(b"\n") - 1 for path in done)
        return f"{lines:,} lines of real receipts, one year of {len(done)} stores"

    async def gaps_are_seen(self) -> str | None:
        """The cameras see what is sold out."""
        answers = await self.of_each("/v1/gaps")
        if answers is None or not all(one["gaps"] for one in answers.values()):
            return None
        gaps = [gap for one in answers.values() for gap in one["gaps"]]
        named = sorted({str(gap["name"]) for gap in gaps if gap["name"]})
        what = f": {', '.join(named)[:70]}" if named else ""
        return f"{len(gaps)} facings stand empty{what}"

    async def forecasts_are_made(self) -> str | None:
        """The stores know what tomorrow will sell."""
        answers = await self.of_each("/v1/forecasts?limit=5000")
        if answers is None or not all(one["known"] for one in answers.values()):
            return None
        known = sum(one["known"] for one in answers.values())
        return f"{known:,} items forecast for tomorrow, on the device"

    async def events_are_at_the_centre(self) -> str | None:
        """Everything the stores had to say is committed at the centre."""
        books = await self.get(self.centre, "/v1/ledger")
        fleet = await self.get(self.centre, "/v1/fleet")
        if not books or not fleet or len(fleet["stores"]) < len(self.stores):
            return None
        return f"{books['stored']:,} events committed, {books['missing']} missing"

    async def models_are_retrained(self) -> str | None:
        """The centre learned from the stores' events, and the better model was promoted."""
        told = await self.get(self.centre, "/v1/trainings")
        last = {one["kind"]: one for one in reversed(told["trainings"])} if told else {}
        for kind, one in last.items():
            ended_with_the_centre = "the centre ended" in one["reason"]  # it is tried again
            if one["outcome"] in ("failed", "rejected") and not ended_with_the_centre:
                raise StepFailedError(f"training {kind} {one['outcome']}: {one['reason']}")
        if {kind for kind, one in last.items() if one["outcome"] == "promoted"} < {
            "demand",
            "shopper",
        }:
            return None
        for kind, one in last.items():
            self.found[f"{kind} {one['version']}"] = one["reason"]
        return "demand and shopper beat their champions on held-out data"

    async def a_release_is_signed(self) -> str | None:
        """The promoted models are one signed release."""
        told = await self.get(self.centre, "/v1/releases")
        promoted = {name.split()[0]: name.split()[1] for name in self.found}
        for one in told["releases"] if told else []:
            fresh = all(one["models"].get(kind) == new for kind, new in promoted.items())
            if one["signed_at"] and fresh:
                self.release = one["release"]
                return f"release {self.release}: {one['notes']}"
        return None

    async def stores_run_it(self) -> str | None:
        """Each store fetched, verified, rehearsed, swapped and committed the release."""
        answers = await self.of_each("/v1/status")
        if answers is None:
            return None
        for name, one in answers.items():
            update = one["update"] or {}
            if update.get("release") == self.release and update.get("state") == "refused":
                raise StepFailedError(f"{name} refused release {self.release}: {update['reason']}")
            settled = update.get("state") in ("committed", "idle")
            if one["release"] != self.release or not settled:
                return None
        return f"release {self.release} verified, rehearsed, swapped and committed in every store"

    async def kiosks_know_more(self) -> str | None:
        """A basket is now answered by what the fleet learned."""
        for store, base in self.stores.items():
            ask = {"basket": self.baskets[store], "limit": 5}
            try:
                answer = await self.client.post(f"{base}/v1/recommendations", json=ask)
            except httpx.HTTPError:
                return None
            offers = answer.json().get("items", [])
            for offer in offers:
                for reason in offer["reasons"]:
                    if "basket" in reason["code"] or "goes" in reason["code"]:
                        return f"{offer['item']['name']}: {reason['text']}"
        return None

    async def fleet_page_shows_it(self) -> str | None:
        """The centre knows what every store runs, and every event is accounted for."""
        fleet = await self.get(self.centre, "/v1/fleet")
        books = await self.get(self.centre, "/v1/ledger")
        if not fleet or not books or books["missing"]:
            return None
        if any(one["release"] != self.release or one["waiting"] for one in fleet["stores"]):
            return None
        return f"{len(fleet['stores'])} stores on release {self.release}, no event missing"

    async def rollout_is_through(self) -> str | None:
        """The release went to a canary first, and to everyone once the canary did well."""
        one = await self.rollout_of(self.release)
        if one is None:
            return None
        if one["state"] in ("stopped", "reverting", "reverted", "aborted"):
            raise StepFailedError(f"the rollout of release {self.release}: {one['reason']}")
        if one["state"] != "complete":
            return None
        return f"one canary, then {one['counts']['fleet']} stores, through every gate"

    async def tampering_is_refused(self) -> str | None:
        """A release whose bytes were changed on the way is refused, and its rollout stopped."""
        one = await self.rollout_of(self.tampered)
        answers = await self.of_each("/v1/status")
        if one is None or answers is None:
            return None
        if any(store["release"] == self.tampered for store in answers.values()):
            raise StepFailedError("a store runs a release that was tampered with")
        if one["state"] not in ("reverting", "reverted"):
            return None
        exposed = await self.get(self.centre, f"/v1/rollouts/{one['rollout']}/stores")
        reasons = [store["reason"] for store in exposed["stores"]] if exposed else []
        if not any(reasons):
            return None
        return f"refused by the canary: {max(reasons)[:80]}; the rollout stopped by itself"

    async def rollout_of(self, release: int) -> dict[str, Any] | None:
        """Return the rollout of a release, or None while there is none."""
        told = await self.get(self.centre, "/v1/rollouts")
        for one in told["rollouts"] if told else []:
            if one["release"] == release:
                found: dict[str, Any] | None = await self.get(
                    self.centre, f"/v1/rollouts/{one['rollout']}"
                )
                return found
        return None


async def await_step(screen: Screen, name: str, question: Question) -> None:
    """Ask `question` until it is answered.

    Raises:
        StepFailedError: the answer did not come in time.
    """
    ends = screen.seconds + PATIENCE
    while True:
        answer = await question()
        if answer is not None:
            screen.done(name, answer)
            return
        if screen.seconds > ends:
            raise StepFailedError(f"{name}: nothing came in {PATIENCE:.0f} s")
        screen.doing(name)
        await asyncio.sleep(LOOK_EVERY)


def steps(circle: Circle) -> Sequence[tuple[str, Question]]:
    """Return the circle's steps in their order, up to where it is closed."""
    return (
        ("Everyone answers", circle.everyone_answers),
        ("Receipts are read", circle.receipts_are_read),
        ("Gaps are seen", circle.gaps_are_seen),
        ("Forecasts are made", circle.forecasts_are_made),
        ("Events reach the centre", circle.events_are_at_the_centre),
        ("Models are retrained", circle.models_are_retrained),
        ("A release is signed", circle.a_release_is_signed),
        ("Stores run it", circle.stores_run_it),
        ("The rollout is through", circle.rollout_is_through),
        ("Kiosks know more", circle.kiosks_know_more),
        ("The circle is closed", circle.fleet_page_shows_it),
    )


async def run_command(*words: str) -> tuple[int, str]:
    """Run one of our commands; return its exit code and what it printed."""
    child = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).parent / words[0]),
        *words[1:],
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await child.communicate()
    return child.returncode or 0, out.decode(errors="replace").strip()


async def tamper_with_next_release(circle: Circle, config: Path) -> None:
    """Have the centre release again, and change one byte of it before a store can fetch it.

    Raises:
        StepFailedError: the release could not be made.
    """
    words = ("central-sync", "release", "revert", str(config), "1", "--json")
    code, said = await run_command(*words)
    if code:
        raise StepFailedError(f"release revert: {said}")
    circle.tampered = json.loads(said)["release"]
    targets = circle.folder / "centre" / "tuf" / "targets" / "releases"
    ends = datetime.now(UTC) + timedelta(seconds=30)
    while datetime.now(UTC) < ends:
        for path in targets.glob(f"*.{circle.tampered}.json"):
            content = bytearray(path.read_bytes())
            content[len(content) // 2] ^= 1
            path.chmod(0o644)
            path.write_bytes(bytes(content))
            return
        await asyncio.sleep(0.002)
    raise StepFailedError(f"release {circle.tampered} was not published")


async def verify_ledger(circle: Circle) -> str:
    """Prove from every database that each accepted event is at the centre once; return it in words.

    Raises:
        StepFailedError: the proof does not hold.
    """
    stores = [str(circle.folder / store / "state" / "store.db") for store in circle.stores]
    code, said = await run_command(
        "central-sync", "ledger", "verify", str(circle.folder / "centre.toml"), *stores, "--json"
    )
    if code:
        raise StepFailedError(f"ledger verify: {said}")
    proofs = json.loads(said)["stores"]
    return f"{sum(one['accepted'] for one in proofs):,} accepted events, each accounted for once"
