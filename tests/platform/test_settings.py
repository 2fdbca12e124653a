"""Settings come from the environment only, typed, and closed where nothing is said."""

import os

import pytest
from pydantic import ValidationError

from app.settings import Settings


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name in ("DATABASE_URL", "DIRECT_DATABASE_URL", "REDIS_URL", "HOST", "PORT") or name.startswith(
            "TRIBUTARY_"
        ):
            monkeypatch.delenv(name)


def test_an_empty_environment_is_closed() -> None:
    told = Settings()
    assert (told.secret_key, told.registration, told.introspection, told.graphiql) == ("", "closed", False, False)
    assert (told.host, told.port, str(told.home)) == ("127.0.0.1", 8000, ".tributary")
    assert (told.access_token_seconds, told.refresh_token_days) == (900, 30)


def test_plain_names_and_prefixed_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://pooler/mall")
    monkeypatch.setenv("PORT", "8123")
    monkeypatch.setenv("TRIBUTARY_REGISTRATION", "open")
    told = Settings()
    assert (told.database_url, told.port, told.registration) == ("postgres://pooler/mall", 8123, "open")
    assert told.migration_url == "postgres://pooler/mall"
    monkeypatch.setenv("DIRECT_DATABASE_URL", "postgres://server/mall")
    assert Settings().migration_url == "postgres://server/mall"


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "0"), ("PORT", "http"), ("TRIBUTARY_REGISTRATION", "ajar"), ("TRIBUTARY_POOL_SIZE", "0")],
)
def test_nonsense_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError, match=name.removeprefix("TRIBUTARY_").lower() + "|" + name):
        Settings()
