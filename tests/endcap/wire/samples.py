"""One good event of every kind, the same for ever: the golden files are made of these."""

from datetime import UTC, date, datetime

from endcap.wire import envelope
from endcap.wire.body import Body
from endcap.wire.events import (
    CameraChanged,
    Event,
    EventsShed,
    FacingSeen,
    FacingUnknown,
    FeedRead,
    ForecastScored,
    GapClosed,
    GapOpened,
    GroupScore,
    HealthChanged,
    ItemFacts,
    ItemsDescribed,
    ItemTally,
    ModelsSwapped,
    ProposalDecided,
    RefusedRow,
    SalesTallied,
    StoreStarted,
    UpdateAdvanced,
)
from endcap.wire.media import Outcome, Play
from endcap.wire.review_events import FacingAnswered, FacingQuestioned
from endcap.wire.shopper_events import (
    ArmTally,
    BasketsCounted,
    ExperimentTallied,
    FeaturesSummed,
    LeaseClosed,
    MediaAnswered,
    MediaPlayed,
    MetricSums,
    Miss,
    OffersTallied,
    OfferTally,
    SearchesTallied,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
EPOCH = "00c0ffee00c0ffee"
MILK = "04006381333931"
SOAP = "00000040170725"

BODIES: tuple[Body, ...] = (
    GapOpened(
        camera="aisle-3",
        facing="a3-07",
        gtin=MILK,
        since=NOON,
        probability=0.97,
        frames=3,
        picture="b" * 64,
    ),
    GapClosed(
        camera="aisle-3",
        facing="a3-07",
        gtin=MILK,
        opened=NOON,
        since=NOON,
        restocked=True,
        lost_units=1.5,
        picture="c" * 64,
    ),
    FacingUnknown(camera="aisle-3", facing="a3-07", gtin=MILK, since=NOON, reason="together"),
    FacingSeen(camera="aisle-3", facing="a3-07", gtin=MILK, state="low", since=NOON, by="person"),
    CameraChanged(camera="aisle-3", condition="covered", since=NOON, detail="mean light 3 of 255"),
    FacingQuestioned(
        camera="aisle-3",
        facing="a3-07",
        gtin=MILK,
        taken_at=NOON,
        chances=(0.25, 0.125, 0.5, 0.125),
        threshold=0.625,
        model="a" * 64,
        reason="random",
        sampled=0.25,
        alert=True,
        picture="b" * 64,
        place=(0.2, 0.2, 0.8, 0.8),
        masked=0.0625,
        jpeg="/9j/2Q==",
    ),
    FacingAnswered(
        camera="aisle-3",
        facing="a3-07",
        gtin=MILK,
        at=NOON,
        answer="low",
        picture="b" * 64,
    ),
    SalesTallied(
        day=date(2026, 3, 1),
        revision=1,
        part=1,
        parts=1,
        items=(ItemTally(gtin=MILK, units=41.0, revenue=61.09, price=1.49, in_stock=0.93),),
    ),
    BasketsCounted(
        period=date(2026, 2, 23),
        days=7,
        revision=1,
        part=1,
        parts=1,
        baskets=812,
        minimum_group=5,
        suppressed=0,
        items=((MILK, 13568), (SOAP, 2368)),
        pairs=((SOAP, MILK, 704),),
        steps=64,
        noise=8.5,
        clip=10.0,
        epsilon=0.9,
        delta=1e-6,
        categories=("care", "dairy"),
        kinds=((0, 0, -96), (0, 1, 704), (1, 1, 32)),
    ),
    FeaturesSummed(
        period=date(2026, 2, 2),
        days=28,
        revision=1,
        part=1,
        parts=1,
        basis="curves-1",
        item_model="1.4.0",
        width=2,
        weight=81920,
        steps=4096,
        noise=31.5,
        clip=10.0,
        epsilon=0.7,
        delta=1e-6,
        start=0,
        values=(9000, -120, 7000, 310, -45),
    ),
    FeedRead(
        file="pos-2026-03-01.csv",
        accepted=4811,
        refused=1,
        first_refusals=(RefusedRow(line=17, reason="gtin: check digit 2 should be 1"),),
    ),
    ForecastScored(
        day=date(2026, 3, 1),
        release=4,
        model="1.2.0",
        items=310,
        units=2214.0,
        absolute_error=610.5,
        error=-12.25,
        covered=281,
        groups=(
            GroupScore(
                group="Bakery", items=40, covered=36, units=310.0, absolute_error=80.5, error=4.0
            ),
        ),
    ),
    ItemsDescribed(
        revision=2,
        part=1,
        parts=1,
        items=(ItemFacts(gtin="04006381333931", name="Rye bread 500 g", category="Bakery"),),
    ),
    ProposalDecided(
        proposal="order:04006381333931:2026-03-02",
        what="order",
        gtin="04006381333931",
        day=date(2026, 3, 2),
        proposed=24.0,
        decided=36.0,
        reason="school fair on Saturday",
    ),
    MediaPlayed(
        plays=(
            Play(
                play="0" * 31 + "1",
                campaign="oats-spring",
                lease="oats-spring-s-0001-3",
                gtin=MILK,
                slot="kiosk.home",
                at=NOON,
                price=12_500,
                policy="auction",
                propensity=0.9,
                relevance=0.25,
                model="1.0.0",
                arms={"denser-shelf": "control"},
            ),
        )
    ),
    MediaAnswered(
        outcomes=(
            Outcome(play="0" * 31 + "1", what="bought", at=NOON, units=1.0, amount=1_290_000),
        )
    ),
    LeaseClosed(
        lease="oats-spring-s-0001-3",
        campaign="oats-spring",
        amount=5_000_000,
        spent=4_987_500,
        plays=401,
    ),
    OffersTallied(
        surface="recommendations",
        day=date(2026, 3, 1),
        revision=1,
        part=1,
        parts=1,
        answers=240,
        tapped=31,
        bought=12,
        minimum_group=5,
        suppressed=44,
        items=(OfferTally(gtin=MILK, shown=80, tapped=9, bought=4),),
    ),
    SearchesTallied(
        day=date(2026, 3, 1),
        revision=1,
        searches=120,
        empty=3,
        rescued=5,
        tapped=61,
        minimum_group=5,
        suppressed=70,
        misses=(Miss(query="oat drink barista", searches=7, empty=True),),
    ),
    ExperimentTallied(
        experiment="denser-shelf",
        day=date(2026, 3, 1),
        revision=1,
        arms=(
            ArmTally(
                arm="control",
                metrics={"tap_rate": MetricSums(units=120, total=31.0, squares=29.0)},
            ),
        ),
    ),
    UpdateAdvanced(release=5, state="refused", reason="the model's hash is not the signed one"),
    ModelsSwapped(release=5, previous=4, models={"demand": "1.3.0", "gaps": "1.0.0"}),
    StoreStarted(agent="0.1.0", device="raspberry_pi5", starts=12),
    HealthChanged(part="camera.aisle-3", ok=False, code="camera-missing", detail="refused"),
    EventsShed(lost_epoch=EPOCH, ranges=((5, 9), (12, 12)), count=6, bytes=1800, reason="disk"),
)


def sample(body: Body, seq: int = 7) -> Event:
    """Return `body` as an event of the sample store."""
    return envelope.event(store="s-0001", epoch=EPOCH, seq=seq, time=NOON, clock_ok=True, body=body)
