"""The benchmarks of `make bench` still run; what they measure is not judged."""

import json
import os
from datetime import UTC, datetime

import click
import pytest
from click.testing import CliRunner

from benchmarks import (
    calibration,
    camera_days,
    demand_device,
    enrolment,
    faults,
    footprint,
    kiosk,
    leases,
    newsvendor,
    night,
    quarter,
    swaps,
    vision,
)
from benchmarks.real_store import gtins, memory_of, sales

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "main",
    [
        *(
            calibration.main,
            camera_days.main,
            demand_device.main,
            enrolment.main,
            faults.main,
            footprint.main,
            kiosk.main,
        ),
        *(leases.main, newsvendor.main, night.main, quarter.main, swaps.main, vision.main),
    ],
)
def test_each_says_how_it_is_used(main: click.Command) -> None:
    answer = CliRunner().invoke(main, ["--help"])
    assert answer.exit_code == 0
    assert "--json" in answer.output


def test_vision_is_measured_beside_the_bare_session() -> None:
    answer = CliRunner().invoke(vision.main, ["--pictures", "1", "--rounds", "1", "--json"])
    assert answer.exit_code == 0, answer.output
    found = json.loads(answer.output)
    for one in found["paths"]:
        assert one["judged"]["wall"] > 0 < one["found_bare"]["wall"]
        assert one["cameras"] > 0
        assert any("int8" in name for name in one["bare_ms"])
    assert found["resident"]["pss"] > 0 < found["bomb_refused_ms"]


def test_proposed_facings_are_measured_on_rendered_shelves() -> None:
    answer = CliRunner().invoke(enrolment.main, ["--shelves", "1", "--json"])
    assert answer.exit_code == 0, answer.output
    assert 0 <= json.loads(answer.output)["proposed"] <= 1


def test_swaps_under_load_fail_no_request() -> None:
    answer = CliRunner().invoke(swaps.main, ["--swaps", "4", "--seconds", "1", "--json"])
    assert answer.exit_code == 0, answer.output
    found = json.loads(answer.output)
    assert found["failures"] == []
    assert found["swaps"] == 4
    assert found["requests"] > 4


def test_memory_is_what_the_kernel_counts() -> None:
    memory = memory_of(os.getpid())
    assert 0 < memory.uss <= memory.pss <= memory.rss <= memory.peak


def test_sample_sales_are_the_same_each_time_and_of_known_items() -> None:
    items = gtins(20)
    lines = sales(items, 30, 7, NOON)
    assert lines == sales(items, 30, 7, NOON)
    assert {line["gtin"] for line in lines} <= set(items)
    assert len({(line["transaction_id"], line["line"]) for line in lines}) == 30


def test_routes_are_ranked_by_their_median() -> None:
    found = kiosk.judged({"GET /v1/gaps": [4.0, 4.0, 6.0], kiosk.LIVE: [1.0, 2.0, 3.0]})
    assert [one.route for one in found] == [kiosk.LIVE, "GET /v1/gaps"]
    assert found[1].ratio == 2.0


def test_leased_budgets_are_spent_beside_an_oracle_s() -> None:
    answer = CliRunner().invoke(leases.main, ["--stores", "3", "--days", "1", "--json"])
    assert answer.exit_code == 0, answer.output
    found = json.loads(answer.output)
    assert len(found) == 6
    assert all(0.0 < one["leased"] <= 1.0 for one in found)
