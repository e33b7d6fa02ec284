"""What the dashboard shows of gaps, models, trainings and releases, as values. Decides nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class OpenGap:
    """A facing that stands empty in a store, as its cameras told.

    `unseen` is why it is out of sight now: it was empty when last seen; empty where it is in sight.
    """

    store: str
    camera: str
    facing: str
    gtin: str | None
    opened: datetime
    unseen: str = ""


@dataclass(frozen=True, slots=True)
class UnknownFacing:
    """A facing of which nothing is known since `since`: it may be full, and it may be empty.

    `reason` is hidden, camera or together, as endcap.wire.events.FacingUnknown has it.
    """

    store: str
    camera: str
    facing: str
    gtin: str | None
    since: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a model, and on which data it was measured."""

    name: str
    value: float
    data: str


@dataclass(frozen=True, slots=True)
class Version:
    """A registered model; `aliases` are champion, candidate, both or none.

    `restriction` are terms, its own or its data's, that keep it out of business; empty without any.
    """

    kind: str
    version: str
    sha256: str
    created: datetime
    aliases: tuple[str, ...]
    metrics: tuple[Figure, ...]
    licence: str
    restriction: str


@dataclass(frozen=True, slots=True)
class Training:
    """A training, why it was, and what became of it: both figures, and the reason in words."""

    training: int
    kind: str
    started: datetime
    finished: datetime | None
    outcome: str
    reason: str
    version: str | None
    metric: str | None
    candidate: float | None
    champion: float | None
    rows: int | None
    events: int
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Release:
    """A release: live once signed, no more once revoked; `models` maps a kind to its version.

    `restricted` maps the kinds that are not for business to the terms that say so.
    """

    release: int
    created: datetime
    signed_at: datetime | None
    revoked_at: datetime | None
    notes: str
    models: Mapping[str, str]
    restricted: Mapping[str, str]
    stores: int


@dataclass(frozen=True, slots=True)
class Wish:
    """The release that a store should want, and when it was told so."""

    store: str
    release: int
    assigned: datetime
    told_at: datetime | None


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened to a store in a rollout: it was given a release, or told of one."""

    at: datetime
    what: str
    release: int
    detail: str
