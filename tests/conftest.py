"""Settings of every test: properties are bounded, and the same on every machine."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "endcap",
    deadline=None,  # a busy machine is no failure
    derandomize=True,
    max_examples=100,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("endcap")

Figure = Callable[[str], None]


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Figure:
    """Return what tells a measured figure: on the screen with -s, and to --junitxml."""

    def tell(text: str) -> None:
        print(text)  # noqa: T201 - with -s
        record_property("figure", text)

    return tell
