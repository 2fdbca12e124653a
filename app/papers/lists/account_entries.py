"""A statement of account (对账单): what was posted between a buyer and a seller, and where each posting left them."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any, Final

from app.kernel.money import Money
from app.kernel.page import Page
from app.kernel.refusal import BadRequest
from app.kernel.wording import Said
from app.ledger.post import TransferKind
from app.ledger.rules import AccountKind
from app.ledger.statement import Period, count_entries, opening_balances, statement_entries
from app.network.roles import Permission
from app.network.viewer import Viewer
from app.papers.lists.entry import (
    Column,
    ExportList,
    Kind,
    Reader,
    Row,
    in_pages,
    moment,
    moment_in,
    text,
    uuid_in,
    zone_column,
)

_ACCOUNTS: Final = {
    AccountKind.RECEIVABLE: Said("receivable", "应收"),
    AccountKind.PREPAYMENT: Said("prepayment", "预存款"),
}
_KINDS: Final = {
    TransferKind.SHIPMENT: Said("shipment", "发货"),
    TransferKind.RECEIPT: Said("receipt", "收款"),
    TransferKind.REVERSAL: Said("reversal", "冲销"),
}


def _filters(said: Mapping[str, Any]) -> Period:
    relation_id = uuid_in(said, "relationId")
    if relation_id is None:
        raise BadRequest("relationId", None, Said("the trade relation", "交易关系 id"))
    return Period(relation_id, moment_in(said, "postedFrom"), moment_in(said, "postedBefore"))


async def _pages(viewer: Viewer, period: Period) -> AsyncGenerator[Sequence[Row], None]:
    balances = dict.fromkeys(_ACCOUNTS, 0) | await opening_balances(viewer, period)

    def after(row: Row) -> Row:
        balances[AccountKind(row["account"])] += row["amount_minor"]
        owed, prepaid = balances[AccountKind.RECEIVABLE], -balances[AccountKind.PREPAYMENT]
        return {**dict(row), "receivable_minor": owed, "prepaid_minor": prepaid}

    async def read(page: Page) -> Sequence[Row]:
        return await statement_entries(viewer, period, page)

    async for rows in in_pages(read, lambda row: (row["posted_at"], row["id"])):
        yield [after(row) for row in rows]


def _money(title: Said, column: str, *, summed: bool = False) -> Column:
    def of(row: Row, reader: Reader) -> Money:
        return Money(row[column], row["currency"])

    return Column(title, of, Kind.MONEY, 16, needs=Permission.MONEY_READ, summed=summed)


ACCOUNT_ENTRIES: Final = ExportList(
    name="account_entries",
    title=Said("Statement of account", "对账单"),
    needs=(Permission.MONEY_READ,),
    columns=(
        Column(Said("Posted", "入账时间"), moment("posted_at"), Kind.MOMENT, 18),
        Column(Said("What", "业务类型"), lambda row, reader: reader.say(_KINDS[TransferKind(row["kind"])])),
        Column(Said("Document", "单据"), text("memo"), width=28),
        Column(Said("Account", "账户"), lambda row, reader: reader.say(_ACCOUNTS[AccountKind(row["account"])])),
        Column(Said("Due", "到期时间"), moment("due_at"), Kind.MOMENT, 18),
        Column(Said("Currency", "币种"), text("currency"), width=8),
        _money(Said("Amount", "发生额"), "amount_minor", summed=True),
        _money(Said("Owed afterwards", "应收余额"), "receivable_minor"),
        _money(Said("Prepaid afterwards", "预存款余额"), "prepaid_minor"),
        zone_column(),
    ),
    filters=_filters,
    pages=_pages,
    count=count_entries,
    per=lambda row, reader: row["currency"],
)
