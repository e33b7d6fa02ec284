"""What both programs are told of their MQTT broker."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from endcap.plumbing.config_values import (
    Duration,
    FilePath,
    Host,
    Port,
    SecretPath,
    Settings,
    between,
    refusal,
)
from endcap.plumbing.mqtt_link import Broker, Tls


class TlsSettings(Settings):
    """The files of a TLS connection on which both sides prove who they are."""

    ca: FilePath = Field(description="Certificates of the authority that the other side must have.")
    certificate: FilePath | None = Field(
        default=None, description="Our certificate; its common name is the store's id."
    )
    key: SecretPath | None = Field(
        default=None, description="The certificate's key. Only its owner may read the file."
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        """Refuse half a pair."""
        if self.certificate is not None and self.key is None:
            raise refusal("a certificate needs its key: add key", at=("certificate",))
        if self.key is not None and self.certificate is None:
            raise refusal("a key needs its certificate: add certificate", at=("key",))
        return self


class MqttSettings(Settings):
    """The broker."""

    host: Host = Field(description="Where the broker is.")
    port: Port = Field(default=8883, description="8883 with TLS, usually 1883 without.")
    protocol: Literal["5", "3.1.1"] = Field(
        default="5", description="3.1.1 for a broker that knows no MQTT 5."
    )
    username: str | None = Field(
        default=None, min_length=1, description="Only for a broker that asks for one."
    )
    password_file: SecretPath | None = Field(
        default=None, description="A file with the password, which only its owner may read."
    )
    keepalive: Annotated[Duration, between("2s", "5m")] = Field(
        default=timedelta(minutes=1),
        description="How soon a dead connection is noticed when there is nothing to say; "
        "with something to say it takes 9 seconds.",
    )
    tls: TlsSettings | None = Field(default=None, description="Without it nothing is encrypted.")

    @model_validator(mode="after")
    def _named(self) -> Self:
        """Refuse a password without a user."""
        if self.password_file is not None and self.username is None:
            raise refusal("a password needs a user: add username", at=("password_file",))
        return self

    def broker(self, client_id: str) -> Broker:
        """Return the broker as a link wants it; reads the password file.

        Raises:
            OSError: the password file cannot be read.
        """
        return Broker(
            host=self.host,
            port=self.port,
            client_id=client_id,
            protocol=self.protocol,
            tls=None if self.tls is None else Tls(self.tls.ca, self.tls.certificate, self.tls.key),
            username=self.username,
            password=_password(self.password_file),
            keepalive=self.keepalive,
        )


def _password(file: Path | None) -> str | None:
    """Return the first line of a password file."""
    return None if file is None else file.read_text("utf-8").partition("\n")[0].strip("\r")
