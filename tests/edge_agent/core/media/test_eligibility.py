from typing import Any

import pytest

from edge_agent.core.media.eligibility import Out, Page, held_out, item_of, out
from endcap.wire.media import SlotRule
from tests.edge_agent.core.media.campaigns import DAY, MILK, NOON, OATS, RICE, campaign, scene

NOTHING = Page()


@pytest.mark.parametrize(
    ("campaigns", "scenes", "page", "why"),
    [
        ({}, {}, NOTHING, None),
        ({"first": NOON + DAY}, {}, NOTHING, Out.OVER),
        ({"last": NOON}, {}, NOTHING, Out.OVER),
        ({"hours": (8, 9)}, {}, NOTHING, Out.HOUR),
        ({"hours": (12,)}, {}, NOTHING, None),
        ({"categories": ("Dairy",)}, {}, NOTHING, Out.CATEGORY),
        ({"categories": ("Dairy",)}, {"about": {"dairy"}}, NOTHING, None),
        ({}, {"slot": SlotRule(slot="s", blocked_advertisers=("OATS Inc",))}, NOTHING, Out.BLOCKED),
        ({}, {"slot": SlotRule(slot="s", blocked_categories=("Cereals",))}, NOTHING, Out.ITEMS),
        ({"per_session": 2}, {"to_session": {"oats": 2}}, NOTHING, Out.SESSION),
        ({"per_hour": 5}, {"on_screen": {"oats": 5}}, NOTHING, Out.SCREEN),
        ({"per_hour": 5}, {"on_screen": {"oats": 4}}, NOTHING, None),
        ({}, {}, Page(campaigns=frozenset({"oats"})), Out.TAKEN),
        ({"rival_group": "cola"}, {}, Page(groups=frozenset({"cola"})), Out.TAKEN),
        ({}, {"gone": {OATS}}, NOTHING, Out.ITEMS),
        ({}, {"basket": {OATS}}, NOTHING, Out.ITEMS),
        ({}, {"kinds": {}}, NOTHING, Out.ITEMS),
    ],
)
def test_why_a_campaign_does_not_fit(
    campaigns: dict[str, Any], scenes: dict[str, Any], page: Page, why: Out | None
) -> None:
    assert out(campaign(**campaigns), scene(**scenes), page) is why


def test_another_item_stands_in_for_one_that_is_gone() -> None:
    both = campaign(gtins=(OATS, MILK))
    assert item_of(both, scene(), NOTHING) == OATS
    assert item_of(both, scene(gone={OATS}), NOTHING) == MILK
    assert item_of(both, scene(scores={MILK: 0.5}), NOTHING) == MILK
    assert item_of(both, scene(), Page(items=frozenset({OATS}))) == MILK


def test_a_page_knows_what_is_on_it() -> None:
    page = NOTHING.having(campaign(rival_group="cola"), OATS).having(None, RICE)
    assert page == Page(frozenset({"oats"}), frozenset({"cola"}), frozenset({OATS, RICE}))
    assert NOTHING.having(campaign(), OATS).groups == frozenset()


def test_campaigns_without_a_group_are_no_rivals() -> None:
    page = NOTHING.having(campaign("milk"), MILK)
    assert out(campaign(), scene(), page) is None


def test_a_share_of_the_units_is_held_out_and_another_for_each_campaign() -> None:
    units = [f"session-{n}" for n in range(4000)]
    one, two = campaign(holdout=0.2), campaign("milk", holdout=0.2)
    held = {unit for unit in units if held_out(one, unit)}
    also = {unit for unit in units if held_out(two, unit)}
    assert 0.17 < len(held) / len(units) < 0.23
    assert 0.02 < len(held & also) / len(units) < 0.06
    assert not any(held_out(campaign(), unit) for unit in units)
