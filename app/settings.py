"""Every setting, typed, read once from the environment: `settings()`.

The five names that every hosting platform knows are plain (`DATABASE_URL`, `DIRECT_DATABASE_URL`, `REDIS_URL`, `HOST`,
`PORT`); all others start with `TRIBUTARY_`. A missing database URL means: use the embedded servers in `home`.
"""

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What this process was told. Values of a `.env` are the host's business; nothing is read from files."""

    model_config = SettingsConfigDict(env_prefix="TRIBUTARY_", frozen=True, extra="ignore", populate_by_name=True)

    # Where things are
    database_url: str = Field("", validation_alias="DATABASE_URL")
    """PostgreSQL 15 or newer; may be PgBouncer in transaction mode."""
    direct_database_url: str = Field("", validation_alias="DIRECT_DATABASE_URL")
    """The same database past any pooler, for migrations; empty: `database_url`."""
    redis_url: str = Field("", validation_alias="REDIS_URL")
    """Redis 6.2 or newer, or Valkey."""
    host: str = Field("127.0.0.1", validation_alias="HOST")
    port: int = Field(8000, validation_alias="PORT", ge=1, le=65535)
    home: Path = Path(".tributary")
    """The embedded servers' data and the demo's secret."""
    pool_size: int = Field(20, ge=1)
    """Database connections of one API or worker process."""

    # Who may come in
    secret_key: str = ""
    """Signs access tokens. Empty: nobody can log in."""
    access_token_seconds: int = Field(900, ge=30)
    refresh_token_days: int = Field(30, ge=1)
    registration: Literal["closed", "open"] = "closed"
    """`open`: anybody may register a person and open a network."""
    wechat_app_id: str = ""
    wechat_secret: str = ""
    wechat_api_url: str = "https://api.weixin.qq.com"

    # What a client may ask
    introspection: bool = False
    graphiql: bool = False
    """Serve GraphiQL at `/graphql` to browsers; it needs `introspection`."""
    max_body_bytes: int = Field(2_000_000, ge=1_000)
    max_depth: int = Field(16, ge=1)
    max_aliases: int = Field(60, ge=1)
    max_cost: int = Field(20_000, ge=1)

    @property
    def migration_url(self) -> str:
        """Where migrations run: past the pooler, where there is one."""
        return self.direct_database_url or self.database_url


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read from the environment at the first call."""
    return Settings()
