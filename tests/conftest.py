"""Settings of every test: properties are bounded, and the same on every machine."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "endcap",
    deadline=None,  # a busy machine is no failure
    derandomize=True,
    max_examples=100,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("endcap")
