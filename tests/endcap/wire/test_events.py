"""Every kind of event: its golden file never changes, and it comes back as it went."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from endcap.wire import envelope
from endcap.wire.body import Body
from endcap.wire.errors import UnreadableError
from endcap.wire.events import KINDS, GapClosed, GapOpened, Unknown
from tests.endcap.wire.samples import BODIES, sample

GOLDEN = Path(__file__).parent / "golden"

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
new_names = st.text("abcdefghijklmnopqrstuvwxyz", min_size=4, max_size=9).map(lambda s: f"x{s}")


def test_there_is_a_sample_of_every_kind() -> None:
    assert {type(body) for body in BODIES} == set(KINDS.values())


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.kind)
def test_a_kind_reads_and_writes_its_golden_file(body: Body) -> None:
    golden = json.loads((GOLDEN / f"{body.kind}.json").read_text())
    assert envelope.to_cloud_event(sample(body)) == golden
    assert envelope.from_cloud_event(golden) == sample(body)


@given(st.sampled_from(BODIES), new_names, json_values)
def test_fields_of_a_later_program_are_kept(body: Body, name: str, value: object) -> None:
    raw = envelope.to_cloud_event(sample(body))
    raw[name] = value
    raw["data"][name] = value
    assert envelope.to_cloud_event(envelope.from_cloud_event(raw)) == raw


@pytest.mark.parametrize("kind", [GapOpened, GapClosed])
def test_a_gap_told_by_an_earlier_program_is_read(kind: type[Body]) -> None:
    golden = json.loads((GOLDEN / f"{kind.kind}.json").read_text())
    for later in ("picture", "by", "restocked", "lost_units"):
        golden["data"].pop(later, None)
    told = envelope.from_cloud_event(golden).body
    assert isinstance(told, GapOpened | GapClosed)
    assert (told.by, told.picture) == ("camera", None)


def test_an_unknown_kind_is_kept_as_it_came() -> None:
    raw = envelope.to_cloud_event(sample(BODIES[0]))
    raw |= {"type": "endcap.shelf.smelled.v3", "data": {"nose": [1, {"x": None}]}}
    event = envelope.from_cloud_event(raw)
    assert isinstance(event.body, Unknown)
    assert envelope.to_cloud_event(event) == raw


@pytest.mark.parametrize(
    ("attribute", "value", "complaint"),
    [
        ("specversion", "2.0", "specversion"),
        ("source", "/stores/Not A Store", "store"),
        ("source", "/stores/a/b#", "store"),
        ("type", "nonsense", "kind"),
        ("seq", 0, "seq"),
        ("seq", -1, "seq"),
        ("seq", 2**63, "seq"),
        ("seq", "7", "seq"),
        ("epoch", "xyz", "epoch"),
        ("priority", 9, "priority"),
        ("time", "2026-03-02T12:00:00", "time"),
        ("time", "0001-01-01T00:00:00Z", "time"),
        ("time", "9999-01-01T00:00:00Z", "time"),
        ("time", "2026-03-02T12:00:61Z", "time"),
        ("clockok", "perhaps", "clock_ok"),
        ("data", None, "value"),
        ("data", {"camera": "a"}, "facing"),
    ],
)
def test_a_wrong_attribute_is_named(attribute: str, value: object, complaint: str) -> None:
    raw = envelope.to_cloud_event(sample(BODIES[0])) | {attribute: value}
    with pytest.raises(UnreadableError, match=complaint):
        envelope.from_cloud_event(raw)
