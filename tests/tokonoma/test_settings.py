from __future__ import annotations

from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest

from tokonoma.errors import SettingsError
from tokonoma.settings import Settings, as_markdown

README = Path(__file__).parents[2] / "README.md"


def test_without_any_variable_the_defaults_hold() -> None:
    assert Settings.read({}) == Settings()
    assert Settings().port == 3000


def test_a_variable_sets_its_row_and_an_empty_one_does_not() -> None:
    environ = {"PORT": "8080", "TOKONOMA_HANA_SERVICE": " other ", "TOKONOMA_THREADS": ""}
    settings = Settings.read(environ)
    assert (settings.port, settings.hana_service, settings.threads) == (8080, "other", Settings().threads)


@pytest.mark.parametrize("value", ["0", "65536", "-1", "80.5", "eighty", "0x50", "٣٠٠٠", "9" * 5000])
def test_a_wrong_number_is_refused_with_its_name_and_range(value: str) -> None:
    with pytest.raises(SettingsError, match="PORT must be a whole number from 1 to 65535"):
        Settings.read({"PORT": value})


def test_settings_cannot_be_changed_after_they_were_read() -> None:
    with pytest.raises(FrozenInstanceError):
        Settings().port = 1  # type: ignore[misc]


def test_every_default_is_inside_its_own_range() -> None:
    environ = {row.metadata["variable"]: str(row.default) for row in fields(Settings)}
    assert Settings.read(environ) == Settings()


def test_the_readme_shows_the_table_as_it_is() -> None:
    assert as_markdown() in README.read_text()
