"""The outside world of these tests: a WeChat and a mail server, real ones, and the settings that name them."""

from collections.abc import Callable, Iterator

import pytest
from redis import Redis

from app.settings import settings
from tests.communication.mailbox import Mailbox, mailbox
from tests.communication.telling import Outside, environment
from tests.communication.weixin import Weixin, weixin


@pytest.fixture
def wx() -> Iterator[Weixin]:
    with weixin() as server:
        yield server


@pytest.fixture
def mail() -> Iterator[Mailbox]:
    with mailbox() as box:
        yield box


@pytest.fixture
def outside(wx: Weixin, mail: Mailbox, redis_url: str, set_up: Callable[..., None]) -> Outside:
    """Both channels are open, for this process. Redis holds nothing of an earlier WeChat's."""
    with Redis.from_url(redis_url) as redis:
        redis.flushdb()
    said = environment(wx, mail, redis_url)
    set_up(**said)
    return Outside(wx, mail, said)


@pytest.fixture
def set_up(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Settings of this process, as it would read them from its environment."""

    def change(**said: str) -> None:
        for name, value in said.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()

    settings.cache_clear()
    yield change
    monkeypatch.undo()
    settings.cache_clear()
