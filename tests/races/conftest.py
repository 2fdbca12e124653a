"""Two API processes for the races of a module."""

from collections.abc import Iterator

import pytest

from tests.races.processes import Apis, api_processes


@pytest.fixture(scope="module")
def apis(database: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apis]:
    """Two of them on the module's database. None may log a traceback."""
    with api_processes(2, database, redis_url, tmp_path_factory.mktemp("apis")) as started:
        yield started
    assert "Traceback" not in started.logged(), started.logged()
