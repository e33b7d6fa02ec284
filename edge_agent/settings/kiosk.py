"""What may be set about the store's own HTTP interface: where it listens, and who may ask."""

import ipaddress
import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from endcap.plumbing.config_values import Host, Port, Settings, refusal


def _origin(text: str) -> str:
    """Refuse what no browser sends as an origin."""
    if re.fullmatch(r"https?://[a-z0-9.\-\[\]:]+", text):
        return text
    raise refusal("an exact origin, such as https://kiosk.example:8443, without a path or *")


Origin = Annotated[str, AfterValidator(_origin)]
"""Where a page comes from, as its browser says it."""


class KioskSettings(Settings):
    """The store's own HTTP interface."""

    host: Host = Field(default="127.0.0.1", description="The address to listen on.")
    port: Port = Field(default=8480, description="The port to listen on.")
    allowed_hosts: tuple[Host, ...] = Field(
        default=("127.0.0.1", "localhost"),
        min_length=1,
        description="Names by which browsers may ask for it; others are refused.",
    )
    allowed_origins: tuple[Origin, ...] = Field(
        default=(), max_length=50, description="Pages of elsewhere that may ask, with a key."
    )
    keys: Literal["off", "required"] | None = Field(
        default=None,
        description="Whether a key is needed (see `edge-agent key`); one that concerns a person "
        "always is. Must be said where others than this machine can reach it; off when absent.",
    )

    @property
    def keys_required(self) -> bool:
        """Tell whether nobody may ask without a key."""
        return self.keys == "required"

    @model_validator(mode="after")
    def _closed(self) -> "KioskSettings":
        """Refuse to let a whole network in unless that is said."""
        if self.keys is None and not _loopback(self.host):
            raise refusal(
                f'"required" (edge-agent key new makes them), or "off" to let in whoever '
                f"reaches {self.host}",
                at=("keys",),
            )
        return self


def _loopback(host: str) -> bool:
    """Tell whether only this machine reaches an address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
