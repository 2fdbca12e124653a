"""Where the tables come from: the model modules, and the migrations that Tortoise runs.

The models describe the tables for this and for nothing else; whoever serves reads and writes by statements
(`app.database`), and loads neither the models nor Tortoise.
"""

from collections.abc import Callable
from typing import Any

import asyncpg
from tortoise.context import TortoiseContext
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.operations import AlterModelOptions

from app.database import address, check_server

APP = "tributary"
MODEL_MODULES = (
    "app.network.models",
    "app.catalog.models",
    "app.inventory.models",
    "app.ledger.models",
    "app.pricing.models",
    "app.ordering.models",
    "app.fulfilment.models",
    "app.insight.models",
    "app.leads.models",
    "app.communication.models",
    "app.papers.models",
)
MIGRATION_LOCK = 0x7472_6962  # "trib": who holds it migrates, everybody else waits


async def migrate(url: str, tell: Callable[[str], None] = lambda name: None) -> None:
    """Bring the database at `url` up to the newest migration, from empty if it is; `tell` hears each one's name.

    Two starters at once are safe: the second waits for the first and finds nothing to do. `url` must reach
    PostgreSQL itself, not a transaction pooler. Raises `UnsuitableServer`.
    """
    guard = await asyncpg.connect(**address(url))
    try:
        await guard.execute("SELECT pg_advisory_lock($1)", MIGRATION_LOCK)
        await guard.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        await check_server(guard)
        config = orm_config(url)
        async with TortoiseContext() as context:
            await context.init(config=config)
            executor = MigrationExecutor(context.db(), config["apps"])
            await executor.migrate(
                direction="forward", progress=lambda event, _, name: tell(name) if event == "apply_done" else None
            )
    finally:
        await guard.close()


async def missing_migrations() -> list[str]:
    """What the models need and the history lacks, one operation each; `make migrations` writes them. Asks no server."""
    config = orm_config("postgres://localhost/nowhere")
    async with TortoiseContext() as context:
        await context.init(config=config, init_connections=False)
        assert context._apps is not None
        found = await MigrationAutodetector(context._apps, config["apps"]).changes()
    # a model's docstring is its table's comment in the history: words alone need no migration
    return [
        f"{type(operation).__name__} {getattr(operation, 'model_name', '')} {getattr(operation, 'name', '')}"
        for writer in found
        for operation in writer.operations
        if not isinstance(operation, AlterModelOptions)
    ]


def orm_config(url: str) -> dict[str, Any]:
    """Tortoise's configuration: all models in one app, with one line of migrations."""
    credentials = address(url) | {"minsize": 1, "maxsize": 2}
    return {
        "connections": {"default": {"engine": "tortoise.backends.asyncpg", "credentials": credentials}},
        "apps": {APP: {"models": list(MODEL_MODULES), "migrations": "migrations", "default_connection": "default"}},
        "use_tz": True,
        "timezone": "UTC",
    }


TORTOISE_ORM = orm_config("postgres://localhost/nowhere")
"""For Tortoise's own command line, which compares models with migrations and asks no server."""
