"""A wire error tells what is wrong and what to do."""

from endcap.wire.errors import UnreadableError


def test_an_error_carries_its_hint() -> None:
    error = UnreadableError("not JSON", hint="send JSON")
    assert str(error) == "not JSON; send JSON"
    assert (error.problem, error.hint) == ("not JSON", "send JSON")
