"""The reference of settings is what the programs' models say."""

from pathlib import Path

from endcap.plumbing.config_reference import page


def test_the_page_in_docs_is_up_to_date() -> None:
    written = Path(__file__).parents[3] / "docs" / "configuration.md"
    assert written.read_text("utf-8") == page(), "run: make docs"


def test_every_kind_of_default_is_written_as_the_file_would() -> None:
    text = page()
    assert '| duration | `"5s"` |' in text
    assert '| size | `"2GB"` |' in text
    assert "| whole number, 1 to 65535 | `8480` |" in text
    assert '`["127.0.0.1", "localhost"]`' in text
    assert "### `[[cameras]]`" in text
    assert "| **required** |" in text
    assert "| true or false | `true` |" in text
