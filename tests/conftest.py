"""What every test may ask for.

`servers` (session): real PostgreSQL and Valkey: `.database_url`, `.redis_url`. Embedded ones, one pair for all workers,
    or those of DATABASE_URL and REDIS_URL.
`home` (function): an empty folder for embedded servers of your own, which the servers' user can enter.
`empty_database` (function): the URL of a new database without any table.
`database` (module): the URL of a new database with all tables, cloned from a migrated template in about 0.2 s; this
    process is connected to it (`app.database`), so acts and queries work. Tests of a module share it: make companies of
    your own in each test. After the module's last test the whole of it is audited; a module that breaks rows on purpose
    says `pytestmark = pytest.mark.unaudited`, one that works below whole orders names the checks that do not apply:
    `pytest.mark.unaudited("timeline_reaches_version")`.
`redis_url` (module): a Valkey database of this worker's own, emptied first.
`counted` (function): `async with counted() as statements:` gathers the SQL of every statement that this process sends
    meanwhile, BEGIN and COMMIT included: one element is one round trip.
`counted_by_server` (function): `async with counted_by_server() as calls:` afterwards holds what PostgreSQL itself
    counted in this database (pg_stat_statements), of every process: normalised SQL -> calls.

Tests and fixtures run on one event loop for the whole session. A test that asks for no server starts none.
"""

import asyncio
import json
import os
import secrets
import shutil
import signal
import threading
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from redis.asyncio import Redis

from app import database as db
from app import embedded, tables
from app.kernel.event_log import publish
from workers.invariants import CHECKS, audit

SECRET = "a secret for the tests only, and long enough for HS256"
CONTACT_KEYS = f"tests:{b64encode(b'a key of 32 bytes for tests only').decode()}"
HANDED_DOWN = "TRIBUTARY_TEST_SERVERS"  # from the pytest that starts workers to its workers

# Nobody's data is worth a disk flush here
FAST = {"fsync": "off", "full_page_writes": "off", "max_connections": "400"}


@dataclass(frozen=True, slots=True)
class TestServers:
    """Where the servers listen, and the migrated database that others are cloned from."""

    __test__ = False

    database_url: str
    redis_url: str
    template: str


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "unaudited(*checks): these checks (or none named: all) do not hold afterwards")
    _forget_who_started_us()
    os.environ.setdefault("TRIBUTARY_SECRET_KEY", SECRET)
    os.environ.setdefault("TRIBUTARY_CONTACT_KEYS", CONTACT_KEYS)
    os.environ.setdefault("TRIBUTARY_REGISTRATION", "open")
    starts_workers = not hasattr(config, "workerinput") and getattr(config.option, "numprocesses", None)
    if starts_workers:
        stack = ExitStack()
        servers = stack.enter_context(_servers())
        os.environ[HANDED_DOWN] = json.dumps(asdict(servers))
        config.add_cleanup(stack.close)


def _forget_who_started_us() -> None:
    """Children of the tests must not depend on it: a shell's background job ignores SIGINT, make talks to make, and
    an image that is to stay small compiles every module again in every one of the hundred processes we start."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.default_int_handler)
    for name in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "PYTHONDONTWRITEBYTECODE"):
        os.environ.pop(name, None)


@pytest.fixture(scope="session")
def servers() -> Iterator[TestServers]:
    if HANDED_DOWN in os.environ:
        yield TestServers(**json.loads(os.environ[HANDED_DOWN]))
    else:
        with _servers() as started:
            yield started


@pytest.fixture
def home() -> Iterator[Path]:
    with _enterable_folder() as folder:
        yield folder


@pytest.fixture
async def empty_database(servers: TestServers) -> AsyncIterator[str]:
    async with _new_database(servers.database_url, "template0") as url:
        yield url


@pytest.fixture(scope="module")
async def database(servers: TestServers, request: pytest.FixtureRequest) -> AsyncIterator[str]:
    async with _new_database(servers.database_url, servers.template) as url:
        await db.connect(url, pool_size=20, prepare=_spy.watch)
        try:
            yield url
            await _assert_clean(request.node.get_closest_marker("unaudited"))
        finally:
            await db.disconnect()


async def _assert_clean(unaudited: pytest.Mark | None) -> None:
    """Whatever the tests did, the books add up, and every fact can be published."""
    if unaudited is not None and not unaudited.args:
        return
    left_out = set(unaudited.args) if unaudited is not None else set()
    assert left_out <= {check.name for check in CHECKS}
    while (await publish()).moved:
        pass
    findings = await audit([check for check in CHECKS if check.name not in left_out], unpublished_after=timedelta(0))
    assert findings == [], "\n".join(map(str, findings))


@pytest.fixture(scope="module")
async def redis_url(servers: TestServers) -> str:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    url = f"{servers.redis_url.rsplit('/', 1)[0]}/{int(worker) % 15 + 1}"
    async with Redis.from_url(url) as redis:
        await redis.flushdb()
    return url


@pytest.fixture
def counted(database: str) -> Callable[[], AbstractAsyncContextManager[list[str]]]:
    return _spy.counted


@pytest.fixture
def counted_by_server(database: str) -> Callable[[], AbstractAsyncContextManager[dict[str, int]]]:
    @asynccontextmanager
    async def count() -> AsyncIterator[dict[str, int]]:
        calls: dict[str, int] = {}
        connection = await asyncpg.connect(database)
        try:
            this = await connection.fetchval("SELECT oid FROM pg_database WHERE datname = current_database()")
            await connection.execute("SELECT pg_stat_statements_reset(0, $1, 0)", this)
            yield calls
            rows = await connection.fetch("SELECT query, calls FROM pg_stat_statements WHERE dbid = $1", this)
            for query, times in rows:
                if "pg_stat_statements" not in query:
                    calls[query] = calls.get(query, 0) + times
        finally:
            await connection.close()

    return count


class _Spy:
    """Listens at the driver, on every connection of this process's pool."""

    def __init__(self) -> None:
        self._listening: list[list[str]] = []

    async def watch(self, connection: asyncpg.Connection) -> None:
        connection.add_query_logger(self._heard)

    def _heard(self, record: asyncpg.connection.LoggedQuery) -> None:
        for statements in self._listening:
            statements.append(record.query)

    @asynccontextmanager
    async def counted(self) -> AsyncIterator[list[str]]:
        statements: list[str] = []
        await asyncio.sleep(0)  # the driver tells on the loop's next turn
        self._listening.append(statements)
        try:
            yield statements
            await asyncio.sleep(0)
        finally:
            self._listening.remove(statements)


_spy = _Spy()


@contextmanager
def _servers() -> Iterator[TestServers]:
    template = f"tributary_template_{secrets.token_hex(4)}"
    with ExitStack() as stack:
        if os.environ.get("DATABASE_URL"):
            found = embedded.Servers(os.environ["DATABASE_URL"], os.environ["REDIS_URL"])
        else:
            found = stack.enter_context(embedded.start(stack.enter_context(_enterable_folder()), FAST))
        _elsewhere(lambda: asyncio.run(_make_template(found.database_url, template)))
        try:
            yield TestServers(found.database_url, found.redis_url, template)
        finally:
            _elsewhere(lambda: asyncio.run(_administer(found.database_url, f"DROP DATABASE {template} WITH (FORCE)")))


@contextmanager
def _enterable_folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="tributary-tests-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def _elsewhere(work: Callable[[], None]) -> None:
    """Run in a thread of its own: the tests' event loop stays untouched."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:  # handed to the waiting thread below
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]


async def _make_template(url: str, name: str) -> None:
    await _administer(url, f"CREATE DATABASE {name} TEMPLATE template0")
    await tables.migrate(_named(url, name))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What was not tried on this machine is said, and not passed over in silence."""
    if shutil.which("soffice") is None:
        terminalreporter.write_line("LibreOffice (soffice) is not installed: it has opened no exported list.")


@asynccontextmanager
async def _new_database(url: str, template: str) -> AsyncIterator[str]:
    name = f"tributary_test_{secrets.token_hex(6)}"
    await _administer(url, f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield _named(url, name)
    finally:
        await _administer(url, f"DROP DATABASE {name} WITH (FORCE)")


async def _administer(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _named(url: str, database: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))
