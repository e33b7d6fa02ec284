"""A store that is enrolled while it runs is started again, and only then."""

import asyncio
from pathlib import Path

import pytest

from edge_agent.adapters.identity_folder import IdentityFolder
from edge_agent.loops.notice_enrolment import notice_enrolment
from tests.fakes.clock import FakeClock, until
from tests.fakes.identities import new_authority, new_card


def _started_again(answers: list[str]) -> bool:
    """Tell whether the store is started again while `answers` are given; the last one stays."""
    again, clock = asyncio.Event(), FakeClock()

    async def asked() -> str:
        return answers.pop(0) if len(answers) > 1 else answers[0]

    async def scene() -> bool:
        task = asyncio.create_task(notice_enrolment(asked, again.set, clock))
        await until(lambda: len(clock.slept) > 9 or again.is_set())
        task.cancel()
        return again.is_set()

    return asyncio.run(scene())


@pytest.mark.parametrize(
    ("answers", "again"),
    [
        (["", "", "", "one"], True),
        (["one", "one", "", "other"], True),
        (["one", "", "one"], False),
        ([""], False),
    ],
    ids=["first", "moved", "the same", "never"],
)
def test_only_another_authority_starts_the_store_again(answers: list[str], *, again: bool) -> None:
    assert _started_again(answers) is again


def test_an_authority_counts_once_a_certificate_of_it_does(tmp_path: Path) -> None:
    folder = IdentityFolder(tmp_path / "identity", "store-1")
    assert folder.authority_in_use == ""
    seen = []
    for name in ("first", "second"):
        authority = new_authority(tmp_path / name)
        card = new_card(authority, tmp_path / "cards")
        folder.keep_centre(authority.pem, "https://localhost")
        assert folder.authority_in_use == "", "no certificate of it counts yet"
        place = folder.pair(candidate=True)[0]
        place.write_text(card.content)
        folder.switch()
        seen.append(folder.authority_in_use)
    assert all(seen)
    assert seen[0] != seen[1]
