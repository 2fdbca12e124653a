"""Every setting, typed, read once from the environment: `settings()`.

The five names that every hosting platform knows are plain (`DATABASE_URL`, `DIRECT_DATABASE_URL`, `REDIS_URL`, `HOST`,
`PORT`); all others start with `TRIBUTARY_`. A missing database URL means: use the embedded servers in `home`.
"""

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class WeChatTemplate(BaseModel):
    """A template of subscribe messages, as the mini-program's console lists it, and what its fields are filled with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(min_length=1, max_length=100)
    fields: dict[str, str] = Field(min_length=1)


class Settings(BaseSettings):
    """What this process was told. Values of a `.env` are the host's business; nothing is read from files."""

    model_config = SettingsConfigDict(
        env_prefix="TRIBUTARY_", frozen=True, extra="ignore", populate_by_name=True, env_parse_none_str="none"
    )

    # Where things are
    database_url: str = Field("", validation_alias="DATABASE_URL")
    """PostgreSQL 15 or newer; may be PgBouncer in transaction mode."""
    direct_database_url: str = Field("", validation_alias="DIRECT_DATABASE_URL")
    """The same database past any pooler, for migrations; empty: `DATABASE_URL`."""
    redis_url: str = Field("", validation_alias="REDIS_URL")
    """Redis 6.2 or newer, or Valkey."""
    host: str = Field("127.0.0.1", validation_alias="HOST")
    """Where the API listens."""
    port: int = Field(8000, validation_alias="PORT", ge=1, le=65535)
    """On which port."""
    home: Path = Path(".tributary")
    """The embedded servers' data and the demo's secret."""
    pool_size: int = Field(20, ge=1)
    """Database connections of one API or worker process."""

    # Who may come in
    secret_key: str = ""
    """Signs access tokens. Empty: nobody can log in."""
    access_token_seconds: int = Field(900, ge=30)
    """How long an access token counts."""
    refresh_token_days: int = Field(30, ge=1)
    """How long a session lives after its last refresh."""
    registration: Literal["closed", "open"] = "closed"
    """`open`: anybody may register a person and open a network."""
    contact_keys: str = ""
    """Seal what leads say of people: `name:key,…`, a key being 32 bytes in Base64. The first seals, all open, the last
    also finds duplicates; after a change run `tributary reseal`. Empty: no lead comes in."""
    wechat_app_id: str = ""
    """The mini-program's AppID. Empty: nobody logs in with WeChat, and no message goes there."""
    wechat_secret: str = ""
    """The mini-program's AppSecret."""
    wechat_api_url: str = "https://api.weixin.qq.com"
    """Where WeChat's server API is."""
    wechat_templates: dict[str, WeChatTemplate] = {}
    """Subscribe messages as JSON, by kind of notification: `{"order_confirmed": {"id": "…", "fields": {"thing1":
    "title"}}}`. Empty: none are sent."""
    wechat_page: str = ""
    """The mini-program's page that a message opens, with `{type}` and `{id}`. Empty: it opens none."""
    wechat_state: Literal["formal", "trial", "developer"] = "formal"
    """Which version of the mini-program a message opens."""

    # E-mail
    smtp_host: str = ""
    """The mail server. Empty: no e-mail is sent."""
    smtp_port: int = Field(587, ge=1, le=65535)
    """Its port."""
    smtp_security: Literal["starttls", "tls", "plain"] = "starttls"
    """How the connection is kept private; `plain` (not at all) is for a server on the same machine."""
    smtp_user: str = ""
    """Log in as this user. Empty: without logging in."""
    smtp_password: str = ""
    """The user's password."""
    mail_from: str = ""
    """The sender of all e-mail, such as `mall@example.com`. Empty: no e-mail is sent."""

    # Who tells where parcels are
    public_url: str = ""
    """Where this mall is reached from outside, such as `https://mall.example.com`. Empty: e-mails hold no links,
    and links to files begin with a slash."""
    kuaidi100_key: str = ""
    """The account's key at Kuaidi100. Empty: parcels are not subscribed to."""
    kuaidi100_salt: str = ""
    """What Kuaidi100 signs its pushes with, chosen by you: `new,old` while parcels asked for under the old one are on
    their way. Empty: its door is closed."""
    kuaidi100_url: str = "https://poll.kuaidi100.com"
    """Where parcels are subscribed to."""

    # What leaves as a file
    paper_link_seconds: int = Field(600, ge=30)
    """How long the link to a printed document counts."""
    export_hours: int = Field(24, ge=1)
    """How long an exported list is kept, and its link counts."""
    export_most_rows: int = Field(200_000, ge=1, le=1_000_000)
    """The longest list that is exported; a longer one is asked to be narrowed."""
    export_most_mb: int = Field(64, ge=1)
    """The largest file that is kept of an export."""

    # What a client may ask
    introspection: bool = False
    """Tell the schema to whoever asks."""
    graphiql: bool = False
    """Serve GraphiQL at `/graphql` to browsers; it needs `introspection`."""
    max_body_bytes: int = Field(2_000_000, ge=1_000)
    """The largest body of a request."""
    max_depth: int = Field(16, ge=1)
    """How deep a document may be."""
    max_aliases: int = Field(60, ge=1)
    """How many aliases a document may have."""
    max_cost: int = Field(20_000, ge=1)
    """How many fields an answer may hold."""
    remembered_mb: int = Field(64, ge=0)
    """Megabytes of an API process for offers and prices that it has worked out before, found again by the content that
    was read for them. 0: each is worked out anew; slower, with the same answers."""
    operations_per_second: int | None = Field(100, ge=1)
    """How many operations one session may ask in a second, at one process; `none`: as many as it likes."""
    operations_at_once: int = Field(1_000, ge=1)
    """How many it may ask at once, after a pause."""
    compiled_execution: bool = True
    """False: graphql-core executes every field itself; slower, with the same answers."""
    trusted_documents: Literal["off", "allow", "only"] = "allow"
    """`allow`: documents may be asked for by hash; `only`: nothing but what stands in the manifest."""
    trusted_manifest: Path | None = None
    """The file that `tributary documents` wrote when the clients were built."""

    @property
    def migration_url(self) -> str:
        """Where migrations run: past the pooler, where there is one."""
        return self.direct_database_url or self.database_url


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read from the environment at the first call."""
    return Settings()
