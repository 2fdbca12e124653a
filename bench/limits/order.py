"""A pgbench script with the statements of an order, and the table that it takes their parameters from.

    python -m bench.limits.order < ORDER > RESULT

Some orders are placed in the mall in this process, and their statements heard at the driver. What stands between BEGIN
and COMMIT becomes the script. Every parameter is a pgbench variable, read by one SELECT before BEGIN (in the place of
the session's) from a row for each captured order; ids that were made for that order, its number and its client key are
made anew in each run.
"""

import asyncio
import json
import re
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from uuid import UUID

import asyncpg
import uvloop

from app.settings import settings
from bench.data.world import World, read_world
from bench.limits.captured import CapturedMall, Statement, captured_mall
from bench.orders import OrderScript, order_input
from bench.pages import document

WARM = 3
TABLE = "bench_order"
HEX = "[0-9a-f]"
ID = re.compile(f"{HEX}{{8}}-{HEX}{{4}}-7{HEX}{{3}}-{HEX}{{4}}-{HEX}{{12}}")
BEGINNING, END = "%%%%%%%%-%%%%", "############"
"""What stands for the time and for chance in the ids of a captured order."""
PARAMETER = re.compile(r"\$([0-9]+)")


@dataclass(slots=True)
class Captured:
    """An order as it was placed: its transaction, and what was made for it."""

    transaction: list[Statement]
    began_ms: int
    number: str
    client_key: str
    round_trips: int
    made: dict[UUID, int] = field(default_factory=dict)

    def shown(self, value: object) -> str | None:
        """A parameter as pgbench sends it, with marks for what must be new each time."""
        text = written(value)
        if text is None:
            return None
        marked = text.replace(self.number, f"BENCH-{END}").replace(self.client_key, f"bench {END} {BEGINNING}")
        return ID.sub(self._mark, marked)

    def _mark(self, found: re.Match[str]) -> str:
        one = UUID(found[0])
        if one.int >> 80 < self.began_ms:  # it was there before
            return found[0]
        place = self.made.setdefault(one, len(self.made))
        return f"{BEGINNING}-7{place:03x}-8000-{END}"


def written(value: object) -> str | None:
    """A value in PostgreSQL's own text; None for NULL."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return "{" + ",".join("NULL" if one is None else json.dumps(written(one)) for one in value) + "}"
    return str(value)


async def capture(mall: CapturedMall, world: World, number: int) -> Captured:
    """Place one order in the mall."""
    client_key = f"captured order {number}"
    variables = order_input(world, number, client_key)
    began_ms = time.time_ns() // 1_000_000
    buyer = world.buyers[number % len(world.buyers)]
    data, statements = await mall.ask(buyer.token, document("place_order"), variables)
    order = data["placeOrder"]
    if order["__typename"] != "Order":
        raise RuntimeError(f"the mall refused the order: {order}")
    begin = next(n for n, one in enumerate(statements) if one.sql.startswith("BEGIN"))
    commit = next(n for n, one in enumerate(statements) if one.sql.startswith("COMMIT"))
    return Captured(statements[begin + 1 : commit], began_ms, order["number"], client_key, len(statements))


_NEW = """SELECT left(h, 8) || '-' || substr(h, 9, 4) AS m,
    lpad(to_hex((random() * 281474976710655)::bigint), 12, '0') AS r
    FROM (SELECT lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0') AS h) now"""


async def script(orders: Sequence[Captured], connection: asyncpg.Connection) -> str:
    """The script; its table is made, with a row for each order."""
    first = orders[0]
    if any([one.sql for one in order.transaction] != [one.sql for one in first.transaction] for order in orders):
        raise RuntimeError("orders of five lines are placed with different statements")
    empty = [
        [any(order.transaction[n].params[m] is None for order in orders) for m in range(len(statement.params))]
        for n, statement in enumerate(first.transaction)
    ]
    names = [f"p{n}_{m}" for n, one in enumerate(empty) for m, null in enumerate(one) if not null]
    await connection.execute(f"CREATE TABLE {TABLE} (n int PRIMARY KEY, {', '.join(f'{one} text' for one in names)})")
    records = [
        (place, *(order.shown(value) for value in _values(order.transaction, empty)))
        for place, order in enumerate(orders)
    ]
    await connection.copy_records_to_table(TABLE, columns=["n", *names], records=records)
    fresh = ", ".join(f"replace(replace({one}, '{BEGINNING}', m), '{END}', r) AS {one}" for one in names)
    lines = [
        "\\set turn :turn + 1",  # clients go round, each from another place, as the load on the mall does
        f"\\set n (:turn + :client_id * {len(orders)} / :clients) % {len(orders)}",
        f"SELECT {fresh} FROM {TABLE}, ({_NEW}) new WHERE n = :n \\gset",
        "BEGIN;",
    ]
    for n, statement in enumerate(first.transaction):
        prepared = await connection.prepare(statement.sql)
        kinds = [one.name for one in prepared.get_parameters()]
        lines.append(f"{_with_variables(statement.sql, n, kinds, empty[n])};")
    return "\n".join([*lines, "COMMIT;", ""])


def _values(transaction: Sequence[Statement], empty: list[list[bool]]) -> Iterator[object]:
    for statement, nulls in zip(transaction, empty, strict=True):
        for value, null in zip(statement.params, nulls, strict=True):
            if not null:
                yield value


def _with_variables(sql: str, n: int, kinds: Sequence[str], empty: Sequence[bool]) -> str:
    """The statement with a variable for each parameter, and NULL for those that have no value. pgbench makes a
    parameter of each mention, so that each needs its type."""

    def variable(found: re.Match[str]) -> str:
        m = int(found[1]) - 1
        return f"(NULL::{kinds[m]})" if empty[m] else f"(:p{n}_{m}::{kinds[m]})"

    return PARAMETER.sub(variable, sql.strip().rstrip(";"))


async def make(templates: int) -> OrderScript:
    """Place the orders and make the script of them."""
    told = settings()
    world = await read_world(told.database_url)
    async with captured_mall() as mall:
        for number in range(WARM):
            await capture(mall, world, number)
        orders = [await capture(mall, world, WARM + number) for number in range(templates)]
    connection = await asyncpg.connect(told.database_url)
    try:
        text = await script(orders, connection)
    finally:
        await connection.close()
    return OrderScript(text, [one.round_trips for one in orders])


def main() -> None:
    """One script."""
    told = json.load(sys.stdin)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(asdict(runner.run(make(told["templates"])))))


if __name__ == "__main__":
    main()
