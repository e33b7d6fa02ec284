"""What the centre says: bounded, versioned, and read back as it was said."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from endcap.wire.commands import (
    Ack,
    Credit,
    Feed,
    KindTrial,
    PriceChange,
    Promotion,
    StoreState,
    Trial,
    UpdateStanding,
    Weather,
)
from endcap.wire.manifest import ReleaseManifest
from endcap.wire.orders import (
    Assignment,
    ConfigOrder,
    ControlKeys,
    Errand,
    ExperimentOrder,
    MediaOrder,
    payload_type,
)
from endcap.wire.values import Value
from tests.endcap.wire.samples import EPOCH, MILK, NOON

SAID: tuple[Value, ...] = (
    Ack(centre=EPOCH, epoch=EPOCH, committed=((1, 900), (905, 905))),
    Credit(events_per_second=500),
    Feed(
        version=3,
        prices=(PriceChange(gtin=MILK, price=1.49, since=NOON),),
        promotions=(Promotion(gtin=MILK, first=date(2026, 3, 1), last=date(2026, 3, 7)),),
        weather=(Weather(day=date(2026, 3, 3), temperature=-2.5),),
    ),
    StoreState(
        store="s-0001",
        epoch=EPOCH,
        at=NOON,
        agent="0.1.0",
        release=0,
        models={},
        update=UpdateStanding(state="idle", release=0),
        cameras={"aisle-3": "ok"},
        open_gaps=2,
        outbox_waiting=0,
        last_seq=900,
        region="north",
        trial=Trial(release=5, stage="shadow", kinds={"demand": KindTrial(runs=9, errors=0)}),
    ),
    Assignment(store="s-0001", counter=1, issued=NOON, expires=NOON, release=5),
    ConfigOrder(store="s-0001", counter=1, issued=NOON, expires=NOON, settings={"log": {"a": 1}}),
    Errand(store="s-0001", counter=1, issued=NOON, expires=NOON, errand="restart"),
)


@given(st.sampled_from(SAID))
def test_a_command_comes_back_as_it_went(said: Value) -> None:
    assert type(said).model_validate_json(said.model_dump_json()) == said


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Ack, '{"centre":"00c0ffee00c0ffee","epoch":"x","committed":[]}'),
        (Ack, '{"centre":"00c0ffee00c0ffee","epoch":"00c0ffee00c0ffee","committed":[[0,4]]}'),
        (Credit, '{"events_per_second":0}'),
        (Feed, '{"version":1,"prices":[{"gtin":"1","price":1,"since":"2026-03-02T12:00:00Z"}]}'),
        (Ack, '{"kind":"endcap.ack.v2","centre":"00c0ffee00c0ffee"}'),
        (Errand, '{"store":"s-0001","counter":1,"errand":"dance"}'),
        (ControlKeys, '{"threshold":1,"keys":{}}'),
        (ReleaseManifest, '{"release":1,"created":"2026-03-02T12:00:00Z","models":{}}'),
    ],
)
def test_a_wrong_command_is_refused(kind: type[Value], text: str) -> None:
    with pytest.raises(ValidationError):
        kind.model_validate_json(text)


def test_each_kind_of_order_is_signed_as_itself() -> None:
    kinds = {
        payload_type(one) for one in (Assignment, ConfigOrder, Errand, MediaOrder, ExperimentOrder)
    }
    assert len(kinds) == 5
