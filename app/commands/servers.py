"""The servers a command works with: those of the environment, else the embedded ones of the home."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import click

from app import embedded
from app.settings import Settings, settings


@contextmanager
def servers_at_hand(*, redis: bool = False) -> Iterator[Settings]:
    """The settings, with a database (and where it is asked for, a Redis) for the time of the command.

    Without DATABASE_URL they are the embedded servers of the home: the running ones, else started and stopped again.
    This process, and children that it starts, see them as DATABASE_URL and REDIS_URL.
    """
    told = named_servers(redis=redis)
    if told is not None:
        yield told
        return
    with embedded.use(settings().home) as servers:
        yield point_at(servers)


def named_servers(*, redis: bool) -> Settings | None:
    """The settings, when they name the servers to use; None when the embedded ones are meant."""
    told = settings()
    if not told.database_url:
        return None
    if redis and not told.redis_url:
        raise click.ClickException("DATABASE_URL is set and REDIS_URL is not: set both, or neither")
    return told


def point_at(servers: embedded.Servers) -> Settings:
    """Make this process and its children use `servers`."""
    os.environ.update(servers.environment())
    settings.cache_clear()
    return settings()


def know_the_secrets(told: Settings) -> None:
    """The home's own secrets sign invitation codes and seal what leads say of people, where the environment names
    none."""
    for name, said, file in (
        ("SECRET_KEY", told.secret_key, told.home / "secret"),
        ("CONTACT_KEYS", told.contact_keys, told.home / "contact-keys"),
    ):
        if not said and file.is_file():
            os.environ[f"TRIBUTARY_{name}"] = file.read_text()
            settings.cache_clear()
