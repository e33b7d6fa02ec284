"""What the centre is told: one frozen value, read from one TOML file and passed down.

Says which settings there are, what they mean and what they may be. How the file is read and how a
mistake in it is told are the plumbing's. The reference in docs/ is generated from this file.
"""

import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from central_sync.core.enrolment import Rules
from central_sync.core.media.leasing import Terms
from central_sync.settings.training import TrainingSettings
from endcap.plumbing.config_file import Over, load
from endcap.plumbing.config_values import (
    Duration,
    FilePath,
    FolderPath,
    Host,
    LayoutVersion,
    Port,
    SecretPath,
    Settings,
    between,
)
from endcap.plumbing.mqtt_settings import MqttSettings

PREFIX = "ENDCAP_CENTRAL"


class CentreSettings(Settings):
    """Which centre this is."""

    folder: FolderPath = Field(description="The database, the lake, the registry, the releases.")
    name: str = Field(default="Endcap", max_length=80, description="The dashboard's title.")

    @property
    def database(self) -> Path:
        """Where the centre's database is."""
        return self.folder / "centre.sqlite"

    @property
    def work(self) -> Path:
        """Where trainings work; what is in it may go at any time."""
        return self.folder / "work"

    @property
    def bundles(self) -> Path:
        """Where the reports of stores are."""
        return self.folder / "bundles"

    @property
    def chain(self) -> Path:
        """Where what stores are told of the chain is; it is made again when it goes."""
        return self.folder / "chain"

    @property
    def lake(self) -> Path:
        """Where the event lake is."""
        return self.folder / "lake"

    @property
    def registry(self) -> Path:
        """Where registered models are."""
        return self.folder / "registry"

    @property
    def tuf(self) -> Path:
        """Where the signed repository is, which stores read."""
        return self.folder / "tuf"


class HttpTlsSettings(Settings):
    """The certificate of the centre's own HTTP interface."""

    certificate: FilePath = Field(description="The certificate and those up to its root.")
    key: SecretPath = Field(description="Its key. Only its owner may read the file.")
    client_ca: FilePath | None = Field(
        default=None, description="The authority of the stores: who shows its certificate is known."
    )
    people_too: bool = Field(
        default=True,
        description="With client_ca: whether people need a certificate as well, or stores alone.",
    )


class HttpSettings(Settings):
    """The centre's own HTTP interface: dashboard, API, and the releases stores download."""

    host: Host = Field(default="127.0.0.1", description="The address to listen on.")
    port: Port = Field(default=8490, description="The port to listen on.")
    allowed_hosts: tuple[Host, ...] = Field(
        default=("127.0.0.1", "localhost"),
        min_length=1,
        description="Names by which it may be asked for; others are refused.",
    )
    tls: HttpTlsSettings | None = Field(
        default=None, description="Without it, put a proxy with TLS in front."
    )


class CentralMqttSettings(MqttSettings):
    """The broker."""

    shared_subscription: bool = Field(
        default=False,
        description="Spread events over several centres; the broker must know `$share`.",
    )


class ReleaseSettings(Settings):
    """Signing and offering models to stores."""

    keys_folder: FolderPath | None = Field(
        default=None, description="The keys that may sign here; without it nothing is released."
    )
    automatic: bool = Field(
        default=False, description="Release a new champion without being told to."
    )
    model_signatures: bool = Field(
        default=False,
        description="Sign each model for other tools too (OpenSSF); needs `endcap[oms]`.",
    )
    assignment_life: Annotated[Duration, between("1h", "365d")] = Field(
        default=timedelta(days=14),
        description="How long a store may begin what it was assigned; signed anew at half of it.",
    )
    timestamp_expiry: Annotated[Duration, between("1m", "30d")] = Field(
        default=timedelta(days=1), description="How long stores believe that nothing is new."
    )
    snapshot_expiry: Annotated[Duration, between("1m", "90d")] = Field(
        default=timedelta(days=7), description="How long a list of releases is believed."
    )


class RolloutSettings(Settings):
    """How a release goes to the fleet: in waves, with gates between them."""

    automatic: bool = Field(
        default=True, description="Whether a release made by itself gets a rollout by itself."
    )
    plan: FilePath | None = Field(
        default=None,
        description="The plan of those rollouts; without it a hundredth of the fleet, then all.",
    )
    check_every: Annotated[Duration, between("100ms", "1h")] = Field(
        default=timedelta(seconds=5), description="How often to see what the stores told."
    )


class EnrolmentSettings(Settings):
    """How stores become known: the centre's own authority, and how long its word holds."""

    authority: FolderPath | None = Field(
        default=None,
        description="The folder of `central-sync authority init`; `authority` in centre.folder "
        "when absent.",
    )
    certificate_life: Annotated[Duration, between("1h", "730d")] = Field(
        default=timedelta(days=90),
        description="How long a store's certificate holds; it is renewed at two thirds.",
    )
    token_life: Annotated[Duration, between("1m", "7d")] = Field(
        default=timedelta(minutes=15), description="How long an enrolment token holds."
    )
    grace: Annotated[Duration, between("0s", "365d")] = Field(
        default=timedelta(days=45),
        description="How long after its end a certificate still asks for the next.",
    )
    questions_per_second: Annotated[int, Field(ge=1, le=10_000)] = Field(
        default=10, description="How many questions about certificates each address may ask."
    )

    @property
    def rules(self) -> Rules:
        """What core decides by."""
        return Rules(life=self.certificate_life, token_life=self.token_life, grace=self.grace)


class RemoteSettings(Settings):
    """Settings and errands for stores, and the reports they bring."""

    order_life: Annotated[Duration, between("1h", "365d")] = Field(
        default=timedelta(days=30),
        description="How long signed settings and orders of media are good; renewed at the half.",
    )
    keep_bundles: Annotated[Duration, between("1h", "365d")] = Field(
        default=timedelta(days=30), description="How long reports of stores are kept."
    )


class ReviewSettings(Settings):
    """Small pictures of facings that people are asked about."""

    keep_waiting: Annotated[Duration, between("1h", "90d")] = Field(
        default=timedelta(days=14), description="How long a picture waits for an answer."
    )
    keep_answered: Annotated[Duration, between("1d", "3650d")] = Field(
        default=timedelta(days=365), description="How long an answered one is kept, to learn from."
    )


class LakeSettings(Settings):
    """The Parquet files that training reads."""

    every: Annotated[Duration, between("1s", "1d")] = Field(
        default=timedelta(minutes=1), description="How often events are written to the lake."
    )
    keep: Annotated[Duration, between("400d", "36500d")] = Field(
        default=timedelta(days=1095),
        description="How long events stay in the lake; forecasts want two years and more.",
    )
    recent: Annotated[Duration, between("1d", "3650d")] = Field(
        default=timedelta(days=90),
        description="How long events that are in the lake stay in the database, too.",
    )


class ChainSettings(Settings):
    """What all stores sold together, told to each of them."""

    enabled: bool = Field(
        default=True, description="Whether stores are told how items sell in the whole chain."
    )
    every: Annotated[Duration, between("1s", "7d")] = Field(
        default=timedelta(hours=6),
        description="How often to sum up; a store is told of each day once.",
    )


class MediaSettings(Settings):
    """In-store media: how campaigns' budgets are leased to stores."""

    lease_period: Annotated[Duration, between("1s", "30d")] = Field(
        default=timedelta(hours=4),
        description="How long a lease of a store lasts that is heard at once.",
    )
    lease_longest: Annotated[Duration, between("1m", "90d")] = Field(
        default=timedelta(days=3),
        description="The longest lease; a store that is silent for longer gets none.",
    )
    lease_every: Annotated[Duration, between("1s", "1h")] = Field(
        default=timedelta(minutes=1), description="How often to see whether leases are due."
    )
    renew_below: float = Field(
        default=0.25,
        ge=0.01,
        le=0.9,
        description="The next lease is made when so much of the last, or of its time, is left.",
    )
    reserve: Annotated[float, Field(ge=0.0, le=0.9)] = Field(
        default=0.05, description="The share of what is free that is kept for stores that run dry."
    )

    @property
    def terms(self) -> Terms:
        """What core leases by."""
        return Terms(
            period=self.lease_period,
            shortest=min(Terms().shortest, self.lease_period),
            longest=max(self.lease_longest, self.lease_period),
            reserve=self.reserve,
            renew_below=self.renew_below,
        )


class LogSettings(Settings):
    """What is told of the centre's own doings."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least that is told."
    )
    format: Literal["json", "text"] = Field(
        default="json", description="json for machines, text for people."
    )


class CentralConfig(Settings):
    """The centre, whole."""

    version: LayoutVersion = Field(default=1, description="The version of this file's layout.")
    centre: CentreSettings = Field(description="Which centre this is.")
    http: HttpSettings = Field(default=HttpSettings(), description="The HTTP interface.")
    mqtt: CentralMqttSettings = Field(description="The broker.")
    training: TrainingSettings = Field(default=TrainingSettings(), description="Learning.")
    releases: ReleaseSettings = Field(default=ReleaseSettings(), description="Releases.")
    rollouts: RolloutSettings = Field(default=RolloutSettings(), description="Rollouts.")
    enrolment: EnrolmentSettings = Field(
        default=EnrolmentSettings(), description="How stores become known."
    )
    remote: RemoteSettings = Field(
        default=RemoteSettings(), description="Settings and errands for stores."
    )
    review: ReviewSettings = Field(
        default=ReviewSettings(), description="Pictures that people are asked about."
    )
    lake: LakeSettings = Field(default=LakeSettings(), description="The lake.")
    chain: ChainSettings = Field(default=ChainSettings(), description="The chain's signals.")
    media: MediaSettings = Field(default=MediaSettings(), description="In-store media.")
    log: LogSettings = Field(default=LogSettings(), description="The log.")

    @property
    def authority(self) -> Path:
        """Where the centre's authority is, when there is one."""
        return self.enrolment.authority or self.centre.folder / "authority"

    @property
    def certificates(self) -> tuple[Path, ...]:
        """The certificates that are named here, ours and those we believe."""
        http, mqtt = self.http.tls, self.mqtt.tls
        named = (http.certificate, http.client_ca) if http else ()
        known = (mqtt.certificate, mqtt.ca) if mqtt else ()
        return tuple(one for one in (*named, *known) if one is not None)


def inherited_environment() -> Mapping[str, str]:
    """Return the environment that children of this process are given."""
    return dict(os.environ)


def load_config(
    path: Path, environment: Mapping[str, str] | None = None, *, check_files: bool = True
) -> CentralConfig:
    """Return the configuration in `path`, with overrides such as `ENDCAP_CENTRAL__HTTP__PORT`.

    Raises:
        ConfigError: anything is wrong; it tells all of it, a line each.
    """
    over = Over(environment=os.environ if environment is None else environment, prefix=PREFIX)
    return load(path, CentralConfig, over=over, check_files=check_files)
