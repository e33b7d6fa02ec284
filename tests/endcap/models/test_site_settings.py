"""Numbers a release may set: known ones within bounds, unknown ones let through."""

from endcap.models.site_settings import BOUNDS, bad_setting


def test_what_is_within_bounds_is_fine() -> None:
    for (part, name), (low, high) in BOUNDS.items():
        assert bad_setting({part: {name: low}}) == ""
        assert bad_setting({part: {name: high}}) == ""
        assert bad_setting({part: {name: high + 1}}).startswith(f"setting {part}.{name} is ")
        assert bad_setting({part: {name: low - 1}})


def test_what_is_not_known_is_a_newer_programs() -> None:
    assert bad_setting({"gaps": {"later": 1e9}, "later": {"empty": -5.0}}) == ""
