from __future__ import annotations

import re
from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest

from tokonoma.bindings import HanaBinding
from tokonoma.errors import SettingsError
from tokonoma.hana.schema import APPROUTER_TIMEOUT, Schema, longest_select
from tokonoma.settings import Settings, as_markdown

README = Path(__file__).parents[2] / "README.md"


def test_without_any_variable_the_defaults_hold() -> None:
    assert Settings.read({}) == Settings()
    assert Settings().port == 3000


def test_a_variable_sets_its_row_and_an_empty_one_does_not() -> None:
    environ = {"PORT": "8080", "TOKONOMA_HANA_SERVICE": " other ", "TOKONOMA_THREADS": ""}
    settings = Settings.read(environ)
    assert (settings.port, settings.hana_service, settings.threads) == (8080, "other", Settings().threads)


@pytest.mark.parametrize(
    "value", ["0", "65536", "-1", "80.5", "eighty", "0x50", "٣٠٠٠", "9" * 5000, "000000000001" + "0" * 5000]
)
def test_a_wrong_number_is_refused_with_its_name_and_range(value: str) -> None:
    with pytest.raises(SettingsError, match="PORT must be a whole number from 1 to 65535"):
        Settings.read({"PORT": value})


@pytest.mark.parametrize(
    ("environ", "numbers"),
    [
        ({"TOKONOMA_THREADS": "8"}, "(8) must be smaller than TOKONOMA_THREADS (8)"),
        ({"TOKONOMA_HANA_CONNECTIONS": "16"}, "(16) must be smaller than TOKONOMA_THREADS (16)"),
        (
            {"TOKONOMA_HANA_CONNECTIONS": "9", "TOKONOMA_THREADS": "4"},
            "(9) must be smaller than TOKONOMA_THREADS (4)",
        ),
    ],
)
def test_a_thread_stays_free_of_hana(environ: dict[str, str], numbers: str) -> None:
    with pytest.raises(SettingsError, match="TOKONOMA_HANA_CONNECTIONS " + re.escape(numbers)):
        Settings.read(environ)


def test_few_threads_are_fine_with_fewer_connections() -> None:
    settings = Settings.read({"TOKONOMA_THREADS": "2", "TOKONOMA_HANA_CONNECTIONS": "1"})
    assert (settings.threads, settings.connections) == (2, 1)


def test_by_default_every_request_ends_before_the_approuter_gives_up() -> None:
    """And the sentence in the table says what it is made of."""
    settings = Settings()
    assert longest_select(settings) < APPROUTER_TIMEOUT
    parts = settings.statement_timeout + settings.pool_wait + 2 * settings.connect_timeout
    assert f"this, the wait, two connects and {longest_select(settings) - parts:g} s" in as_markdown()


def test_long_statements_are_allowed_and_what_follows_is_said(caplog: pytest.LogCaptureFixture) -> None:
    """Programs that come without the approuter may have patience."""
    binding = HanaBinding("pyhana", "localhost", 443, "user", "password")
    Schema(binding, Settings())
    assert not caplog.text
    Schema(binding, Settings.read({"TOKONOMA_HANA_STATEMENT_TIMEOUT": "600"}))
    assert "A request may take 612 s, and the approuter gives up after 30" in caplog.text


def test_settings_cannot_be_changed_after_they_were_read() -> None:
    with pytest.raises(FrozenInstanceError):
        Settings().port = 1  # type: ignore[misc]


def test_every_default_is_inside_its_own_range() -> None:
    environ = {row.metadata["variable"]: str(row.default) for row in fields(Settings)}
    assert Settings.read(environ) == Settings()


def test_the_readme_shows_the_table_as_it_is() -> None:
    assert as_markdown() in README.read_text()
