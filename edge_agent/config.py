"""What a store is told: one frozen value, read from one TOML file and passed down.

Says which settings there are, what they mean and what they may be. How the file is read and how a
mistake in it is told are the plumbing's. The reference in docs/ is generated from this file.
"""

import os
import re
from collections.abc import Mapping
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationInfo

from edge_agent.settings.feeds import FeedSettings, SalesSettings
from edge_agent.settings.kiosk import KioskSettings
from edge_agent.settings.masks import Mask
from edge_agent.settings.media import MediaSettings
from edge_agent.settings.privacy import PrivacySettings
from edge_agent.settings.shoppers import ShopperSettings
from edge_agent.settings.stock import StockSettings
from endcap.plumbing.config_file import Over, load
from endcap.plumbing.config_values import (
    Duration,
    FilePath,
    FolderPath,
    FollowedPath,
    LayoutVersion,
    Opening,
    Settings,
    Size,
    TimeZone,
    WebAddress,
    at_least,
    between,
    refusal,
    spelled,
    unique,
)
from endcap.plumbing.mqtt_settings import MqttSettings, TlsSettings
from endcap.wire.identifiers import NAME_PATTERN, STORE_PATTERN

PREFIX = "ENDCAP_EDGE"
_SCHEMES = ("rtsp", "rtsps", "http", "https")

StoreName = Annotated[
    str,
    spelled(
        STORE_PATTERN,
        "lower-case letters, digits and dashes, 3 to 41 characters, "
        "starting with a letter or digit",
    ),
]
"""A store's identifier, as the wire knows it."""

CameraName = Annotated[
    str,
    spelled(
        NAME_PATTERN,
        "lower-case letters, digits, dots, dashes and underscores, at most 63 characters, "
        "starting with a letter or digit",
    ),
]
"""A camera's name, as the wire knows it."""


Currency = Annotated[str, spelled("[A-Z]{3}", "three capital letters, such as EUR")]
"""A currency's code."""


def _source(text: str, info: ValidationInfo) -> str:
    """Return where a camera's pictures come from; a relative path starts at the file's folder."""
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):", text)
    if scheme and scheme[1] in _SCHEMES and re.fullmatch(r"[^\s]+://[^\s/]+\S*", text):
        return text
    if scheme or not text.strip() or "\0" in text:
        near = get_close_matches(scheme[1].lower(), _SCHEMES, n=1) if scheme else []
        raise refusal(
            "an address (rtsp, rtsps, http, https), a device such as /dev/video0, "
            "a video file or a folder of pictures",
            f"{near[0]}{text[len(scheme[1]) :]}" if near and scheme else None,
        )
    return str((info.context or {}).get("folder", Path()) / text)


CameraSource = Annotated[str, AfterValidator(_source)]
"""An address, a device, a file or a folder; never another of FFmpeg's protocols."""


def _window(span: str) -> str:
    """Refuse what is no span of the clock."""
    found = re.fullmatch(r"(([01]\d|2[0-3]):[0-5]\d)-(([01]\d|2[0-3]):[0-5]\d)", span)
    if found and found[1] != found[3]:
        return span
    raise refusal("a span of the clock such as 22:00-06:00, which may go over midnight")


MaintenanceWindow = Annotated[str, AfterValidator(_window)]
"""When a store may be changed: `22:00-06:00`."""


class StoreSettings(Settings):
    """Which store this is."""

    id: StoreName = Field(description="The store's name in topics, certificates and releases.")
    name: str = Field(
        default="", max_length=80, description="What people call it, for the kiosk's page."
    )
    timezone: TimeZone = Field(description="Where its days begin and end.")
    opening: Opening = Field(
        default="08:00-20:00", description="When shoppers are in, in local time."
    )
    currency: Currency = Field(default="EUR", description="What prices are in.")
    device: str = Field(
        default="", max_length=60, description="The kind of device, told to the centre."
    )
    region: str = Field(default="", max_length=60, description="Its region, told likewise.")
    size: str = Field(
        default="", max_length=60, description="Its size, in the chain's own words, told likewise."
    )


class StorageSettings(Settings):
    """Where the store keeps what it knows."""

    folder: FolderPath = Field(description="The database, the models and the update journal.")
    max_size: Annotated[Size, at_least("16MB")] = Field(
        default=2_000_000_000, description="The database never grows beyond this."
    )
    retention: Annotated[Duration, between("30d", "3650d")] = Field(
        default=timedelta(days=730), description="How long sales, forecasts and gaps are kept."
    )
    sent: Annotated[Duration, between("1h", "365d")] = Field(
        default=timedelta(days=7), description="How long events are kept that the centre has."
    )

    @property
    def database(self) -> Path:
        """Where the store's database is."""
        return self.folder / "store.db"

    @property
    def models(self) -> Path:
        """Where installed model files are, by their hash."""
        return self.folder / "models"

    @property
    def tuf(self) -> Path:
        """Where verified metadata is."""
        return self.folder / "tuf"

    @property
    def identity(self) -> Path:
        """Where the store's key and certificate are, once it has enrolled."""
        return self.folder / "identity"


class UpdateSettings(Settings):
    """Where better models come from, and whom to trust for them."""

    url: WebAddress = Field(description="The centre; metadata is below /tuf/metadata/ there.")
    root: FilePath = Field(description="The root.json that this store was given at its birth.")
    shadow: Annotated[Duration, between("0s", "7d")] = Field(
        default=timedelta(minutes=10),
        description="How long, at most, new models are tried on what the old ones are asked.",
    )
    shadow_cpu: float = Field(
        default=0.1, ge=0.01, le=1.0, description="The share of one core that this may take."
    )
    likeness: float = Field(
        default=0.3,
        ge=0.0,
        le=1.0,
        description="The least likeness of new answers to the old ones; 0 asks for none.",
    )
    probation: Annotated[Duration, between("1s", "7d")] = Field(
        default=timedelta(minutes=10),
        description="How long new models serve with the old ones standing by.",
    )
    check_every: Annotated[Duration, between("1m", "1d")] = Field(
        default=timedelta(hours=1),
        description="How often fresh signatures are looked for; an assignment is followed at once.",
    )
    bandwidth: Annotated[Size, at_least("16KB")] | None = Field(
        default=None, description="The most that a download takes in a second; all when absent."
    )
    window: MaintenanceWindow | None = Field(
        default=None,
        description="When new models may be brought and put in place, in the store's local time; "
        "at any time when absent. Going back is never delayed.",
    )
    tls: TlsSettings | None = Field(
        default=None, description="For a centre with its own authority, or that asks who we are."
    )


class CameraSettings(Settings):
    """One camera."""

    name: CameraName = Field(description="Its name in events and in the planogram.")
    source: CameraSource = Field(
        repr=False,
        description="rtsp, rtsps, http or https address; /dev/video0; a video; a folder of "
        "pictures.",
    )
    every: Annotated[Duration, between("100ms", "1d")] = Field(
        default=timedelta(seconds=5), description="How often a picture is looked at."
    )
    enabled: bool = Field(
        default=True,
        description="Whether it is looked through; its facings are unknown while it is not.",
    )
    review: bool = Field(
        default=False,
        description="Whether small pictures of single facings may leave the store, people blanked, "
        "for people at the centre to say what they show.",
    )
    questions: int = Field(
        default=24, ge=0, le=500, description="With review: how many are chosen a day at most."
    )
    mask: Mask = Field(
        default=(),
        max_length=20,
        description="Polygons of [x, y], shares of the picture: people are shown nothing outside. "
        "Round about the facings when absent.",
    )


class CatalogueSettings(Settings):
    """What the store sells."""

    file: FollowedPath = Field(
        description="A CSV of gtin, name, brand, department, category, size, price."
    )


class PlanogramSettings(Settings):
    """What should stand where."""

    file: FollowedPath = Field(
        description="A CSV: camera, facing, gtin, x, y, w, h as shares of the picture."
    )


class DemandSettings(Settings):
    """What the store forecasts, and from what it learns."""

    horizon: Annotated[Duration, between("7d", "28d")] = Field(
        default=timedelta(days=28),
        description="How far ahead sales are forecast; whole days count.",
    )
    silence: bool = Field(
        default=True,
        description="Whether an item that sells often and falls silent counts as out of stock.",
    )


class ModelSettings(Settings):
    """How models run."""

    threads: int = Field(default=1, ge=1, le=16, description="Threads of each model.")
    reference_folder: FolderPath | None = Field(
        default=None, description="Models to begin with; those of the program when absent."
    )


class OutboxSettings(Settings):
    """What waits for the centre."""

    resend_after: Annotated[Duration, between("1s", "1h")] = Field(
        default=timedelta(seconds=30), description="When events without an answer go again."
    )
    max_rows: int = Field(
        default=1_000_000,
        ge=1_000,
        le=100_000_000,
        description="Beyond this the least important events are shed, and that is told.",
    )


class LogSettings(Settings):
    """What is told of the agent's own doings."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least that is told."
    )
    format: Literal["json", "text"] = Field(
        default="json", description="json for machines, text for people."
    )


class RemoteSettings(Settings):
    """What the centre may change in this store, and ask of it, by signed orders."""

    allow: tuple[Literal["cameras", "log", "models", "outbox", "updates"], ...] = Field(
        default=("cameras", "log", "models", "outbox", "updates"),
        description="Sections that may be set from afar. Addresses, folders and trust never.",
    )
    errands: tuple[Literal["restart", "upload-bundle"], ...] = Field(
        default=("restart", "upload-bundle"), description="What may be asked for."
    )
    trial: Annotated[Duration, between("20s", "1h")] = Field(
        default=timedelta(minutes=2),
        description="New settings must serve within this, or the earlier ones come back.",
    )


class EdgeConfig(Settings):
    """A store, whole. Without [mqtt] and [updates] it is complete on its own."""

    version: LayoutVersion = Field(default=1, description="The version of this file's layout.")
    store: StoreSettings = Field(description="Which store this is.")
    storage: StorageSettings = Field(description="Where the store keeps what it knows.")
    kiosk: KioskSettings = Field(default=KioskSettings(), description="The HTTP interface.")
    mqtt: MqttSettings | None = Field(
        default=None, description="The broker; without it the store stands alone."
    )
    updates: UpdateSettings | None = Field(
        default=None, description="The source of models; without it those of the program stay."
    )
    cameras: Annotated[tuple[CameraSettings, ...], unique("name")] = Field(
        default=(), max_length=64, description="The cameras that see shelves."
    )
    catalogue: CatalogueSettings | None = Field(default=None, description="What the store sells.")
    planogram: PlanogramSettings | None = Field(default=None, description="What stands where.")
    sales: SalesSettings | None = Field(default=None, description="The point of sale's feed.")
    feed: FeedSettings = Field(default=FeedSettings(), description="The days to come.")
    stock: StockSettings = Field(
        default=StockSettings(), description="What is ordered and marked down."
    )
    shoppers: ShopperSettings = Field(
        default=ShopperSettings(), description="Whom the store remembers."
    )
    media: MediaSettings = Field(default=MediaSettings(), description="Places for campaigns.")
    privacy: PrivacySettings = Field(
        default=PrivacySettings(), description="What the centre may be told of baskets."
    )
    demand: DemandSettings = Field(default=DemandSettings(), description="Forecasts.")
    models: ModelSettings = Field(default=ModelSettings(), description="How models run.")
    outbox: OutboxSettings = Field(
        default=OutboxSettings(), description="What waits for the centre."
    )
    log: LogSettings = Field(default=LogSettings(), description="The log.")
    remote: RemoteSettings = Field(
        default=RemoteSettings(), description="What the centre may change and ask."
    )


def credentials_folder(environment: Mapping[str, str] | None = None) -> Path | None:
    """Return where systemd hands over credentials; None where it does not."""
    told = (os.environ if environment is None else environment).get("CREDENTIALS_DIRECTORY")
    return Path(told) if told else None


def watchdog_words() -> Mapping[str, str]:
    """Return what systemd says of its watchdog; nothing where there is none."""
    names = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")
    return {name: os.environ[name] for name in names if name in os.environ}


def load_config(
    path: Path,
    environment: Mapping[str, str] | None = None,
    *,
    remote: Mapping[str, Any] = MappingProxyType({}),
    check_files: bool = True,
    starting: bool = False,
) -> EdgeConfig:
    """Return the configuration in `path`, with overrides such as `ENDCAP_EDGE__KIOSK__PORT`.

    `remote` are settings from afar: they go before the file, and the environment before both.

    Raises:
        ConfigError: anything is wrong; it tells all of it, a line each.
    """
    over = Over(
        settings=remote,
        source="settings from afar",
        environment=os.environ if environment is None else environment,
        prefix=PREFIX,
    )
    return load(path, EdgeConfig, over=over, check_files=check_files, starting=starting)
