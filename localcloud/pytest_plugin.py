"""A local HANA in the tests of any project; pytest finds it by itself where the distribution is installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from localcloud.hana.local import LocalHana

# Everything else is imported where it is used: pytest loads this also for tests that want no HANA.

_SEED = "local_hana_seed"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini(
        _SEED,
        "what `local_hana` is filled with: a script, or a folder of .hdbtable, .hdbview and .csv files",
        type="string",
    )


@pytest.fixture(scope="session")
def local_hana(pytestconfig: pytest.Config) -> Iterator[LocalHana]:
    """A running local HANA that all tests share, filled from the ini option `local_hana_seed`."""
    from localcloud.hana.local import LocalHana

    with LocalHana(seed=_seed(pytestconfig)) as hana:
        yield hana


@pytest.fixture
def own_local_hana(pytestconfig: pytest.Config) -> Iterator[LocalHana]:
    """The same for one test alone: it may break it, and leaves no data to the next one."""
    from localcloud.hana.local import LocalHana

    with LocalHana(seed=_seed(pytestconfig)) as hana:
        yield hana


@pytest.fixture
def local_hana_connection(local_hana: LocalHana) -> Iterator[Any]:
    """A hdbcli connection of `local_hana`'s runtime user, closed after the test."""
    from hdbcli import dbapi

    connection = connect(local_hana)
    yield connection
    with suppress(dbapi.Error):
        connection.close()


def connect(hana: LocalHana, *, owner: bool = False, **options: object) -> Any:
    """A new hdbcli connection with validated TLS, in `hana`'s schema; `options` are hdbcli's own and win.

    As the runtime user, who reads and writes data, or as the schema's owner, who may also define tables.
    Raises dbapi.Error where it cannot be had.
    """
    from localcloud.hana import connecting

    return connecting.connect(hana.binding(), owner=owner, **options)


def _seed(config: pytest.Config) -> Path | None:
    """The seed's path, beside the settings; blanks are a part of it, and quotes may be around."""
    value = config.getini(_SEED)
    written = [value] if isinstance(value, str) else list(value)
    if len(written) > 1:
        raise pytest.UsageError(f"{_SEED}: one path is expected, and there are {len(written)}")
    seed = written[0].strip() if written else ""
    if len(seed) > 1 and seed[0] == seed[-1] and seed[0] in "\"'":
        seed = seed[1:-1]
    return (config.inipath or config.rootpath / "pytest.ini").parent / seed if seed else None
