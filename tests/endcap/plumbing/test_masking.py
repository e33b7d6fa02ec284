"""Secrets stay out of what people read."""

import pytest

from endcap.plumbing.masking import masked, names_secret


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("rtsp://admin:pw@10.0.0.9/live", "rtsp://***@10.0.0.9/live"),
        ("rtsp://admin:p@s/w:d@10.0.0.9/live", "rtsp://***@10.0.0.9/live"),
        ("http://token@host/ and rtsp://a:b@c", "http://***@host/ and rtsp://***@c"),
        ("http://host/snap?user=me&pwd=abc&size=2", "http://host/snap?user=me&pwd=***&size=2"),
        ('password = "a b c" rest', "password = *** rest"),
        ("api_key: 'xyz'", "api_key: ***"),
        ("http://host/plain", "http://host/plain"),
    ],
)
def test_what_is_secret_is_masked(text: str, shown: str) -> None:
    assert masked(text) == shown


def test_names_of_secrets() -> None:
    assert names_secret("password")
    assert names_secret("api_token")
    assert not names_secret("password_file")
    assert not names_secret("keepalive")
