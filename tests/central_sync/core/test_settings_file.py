"""Settings have a shape; what they mean is the store's to say."""

from datetime import date

import pytest

from central_sync.core.settings_file import changes, problems


def test_settings_are_sections_of_plain_values() -> None:
    settings = {
        "log": {"level": "debug"},
        "cameras": [{"name": "a", "source": "rtsp://cam/1"}, {"name": "b"}],
        "anything": {"deep": {"list": [1, 2.5, True]}},
    }
    assert problems(settings) == ()
    assert problems({}) == ()


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"Log Level": {}}, "'Log Level' is no section's name"),
        ({"level": "debug"}, "level: must be a table: write [level], or [[level]] for each of sev"),
        ({"cameras": ["a"]}, "cameras: must be a table"),
        ({"log": {"since": date(2026, 1, 1)}}, "log: a date or a time is no setting"),
        ({"log": {"all": [{"since": date(2026, 1, 1)}]}}, "log: a date or a time is no setting"),
        ({f"s{one}": {} for one in range(51)}, "51 sections; at most 50 fit into an order"),
        ({"log": {"text": "x" * 200_000}}, "more than 100 KB"),
    ],
)
def test_what_is_no_setting_is_told(settings: dict[str, object], told: str) -> None:
    (problem,) = problems(settings)
    assert problem.startswith(told)


def test_what_changes_is_told_by_section() -> None:
    assert changes({}, {"log": {"level": "debug"}}) == ('log: {"level": "debug"}',)
    assert changes({"log": {}, "models": {}}, {"log": {}}) == (
        "models: back to the file of the store",
    )
