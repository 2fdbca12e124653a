"""The servers a command works with: those of the environment, else the embedded ones of the home."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from app import embedded
from app.settings import Settings, settings


@contextmanager
def servers_at_hand() -> Iterator[Settings]:
    """The settings, with a database and a Redis for the time of the command.

    Without DATABASE_URL they are the embedded servers of the home: the running ones, else started and stopped again.
    This process, and children that it starts, see them as DATABASE_URL and REDIS_URL.
    """
    if settings().database_url:
        yield settings()
        return
    with embedded.use(settings().home) as servers:
        yield point_at(servers)


def point_at(servers: embedded.Servers) -> Settings:
    """Make this process and its children use `servers`."""
    os.environ.update(servers.environment())
    settings.cache_clear()
    return settings()
