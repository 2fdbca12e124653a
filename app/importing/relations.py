"""Trade relations: the seller's buyers with their terms; a buyer that is new to the mall may be invited."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from app.importing.cells import Cells
from app.importing.columns import Column
from app.importing.kind import Kind, Subject
from app.importing.outcome import APPLIED, UNCHANGED, Outcome, Result, refused
from app.importing.refusals import CellNotValid
from app.kernel.money import Money
from app.kernel.refusal import BadRequest
from app.kernel.wording import EMPTY, TO_KNOW_THE_BUYER, Said
from app.network.rules import MOST_MINUTES, MOST_NET_DAYS
from app.network.save_relations import MOST_RELATIONS, RelationInput, RelationSaved, save_relations
from app.network.tokens import door_is_open, invitation_code

_TAX_MODES = {
    "included": "included",
    "含税": "included",
    "excluded": "excluded",
    "未税": "excluded",
    "不含税": "excluded",
}
_FUNDINGS = {
    "credit": "credit",
    "授信": "credit",
    "信用": "credit",
    "prepayment": "prepayment",
    "预存款": "prepayment",
    "预付款": "prepayment",
    "预付": "prepayment",
}
_FIELDS = {
    "customerCode": "customer_code",
    "registrationCode": "registration_code",
    "company.name": "company",
    "company.registrationCode": "registration_code",
    "company.regionCode": "company_region",
    "companyRegion": "company_region",
    "regionCode": "region",
    "taxMode": "tax_mode",
    "netDays": "net_days",
    "orderMinimum": "order_minimum",
    "reservationMinutes": "reservation_minutes",
    "ownerName": "owner_name",
    "ownerLogin": "owner_login",
}


@dataclass(frozen=True, slots=True)
class RelationRow:
    """One row; `terms` are the fields that it says."""

    customer_code: str | None
    registration_code: str | None
    company: str | None
    company_region: str | None
    terms: tuple[tuple[str, Any], ...]
    owner_name: str | None
    owner_login: str | None


class Relations(Kind[RelationRow]):
    """`tributary import relations`."""

    name = "relations"
    most: ClassVar[int] = MOST_RELATIONS
    columns = (
        Column("customer_code", ("客户编码", "客户编号", "经销商编码", "dealer code", "customer", "customer id")),
        Column("registration_code", ("统一社会信用代码", "社会信用代码", "税号", "tax id", "company registration")),
        Column("company", ("公司名称", "客户名称", "经销商名称", "经销商", "company name", "customer name", "dealer")),
        Column("company_region", ("公司所在地区", "注册地", "company region code")),
        Column("region", ("地区编码", "销售区域", "区域", "地区", "region code")),
        Column("currency", ("币种", "货币")),
        Column("tax_mode", ("含税方式", "税务方式", "是否含税", "tax")),
        Column("funding", ("付款方式", "资金方式", "结算方式", "payment")),
        Column("net_days", ("账期", "账期天数", "payment days", "credit days")),
        Column("order_minimum", ("起订金额", "最小订单金额", "minimum order")),
        Column("reservation_minutes", ("预留分钟", "库存预留分钟", "reservation")),
        Column("ship_to_approval", ("收货地址需审批", "地址审批", "ship to approval")),
        Column("grants_money_to_brand", ("品牌可见金额", "grants money to brand")),
        Column("owner_name", ("负责人", "联系人", "owner", "contact")),
        Column("owner_login", ("负责人账号", "登录账号", "手机号", "邮箱", "email", "phone", "login")),
    )

    async def prepare(self) -> None:
        """Invitations need the secret that signs their codes; without it, a file that names owners is refused."""
        if self.present & {"owner_name", "owner_login"} and not door_is_open():
            raise BadRequest(
                "TRIBUTARY_SECRET_KEY",
                None,
                Said("the API's secret, to write invitations", "与 API 相同的密钥，用于签发邀请"),
            )

    def read(self, cells: Cells) -> RelationRow:
        """One row. A buyer is known by its customer code or its registration code."""
        row = RelationRow(
            customer_code=cells.maybe_code("customer_code"),
            registration_code=cells.maybe_code("registration_code"),
            company=cells.maybe("company"),
            company_region=cells.maybe_code("company_region"),
            terms=tuple(self._terms(cells).items()),
            owner_name=cells.maybe("owner_name"),
            owner_login=cells.maybe_code("owner_login"),
        )
        if not row.customer_code and not row.registration_code:
            raise CellNotValid(column="customer_code", value=EMPTY, expected=TO_KNOW_THE_BUYER)
        return row

    def subjects(self, item: RelationRow) -> list[Subject]:
        """The buyer, under each of its two codes."""
        codes = (("customer_code", item.customer_code), ("registration_code", item.registration_code))
        return [Subject(column, f"{column} {code}", item) for column, code in codes if code]

    async def save(self, items: Sequence[RelationRow], client_key: str) -> list[Outcome]:
        """Relations opened or changed; the result file holds the invitation codes, which are told only once."""
        saved = await save_relations(
            self.place.viewer,
            network_id=self.place.network_id,
            client_key=client_key,
            items=[
                RelationInput(
                    one.customer_code,
                    one.registration_code,
                    one.company,
                    one.company_region,
                    dict(one.terms),
                    one.owner_name,
                    one.owner_login,
                )
                for one in items
            ],
        )
        return [self._outcome(one) for one in saved]

    def _outcome(self, saved: RelationSaved) -> Outcome:
        if saved.why is not None:
            column = _FIELDS.get(saved.field, saved.field)
            return refused(column, saved.value, saved.why.message(self.place.viewer.locale))
        if saved.invitation_id is not None:
            return Outcome(Result.APPLIED, invitation_code=invitation_code(saved.invitation_id))
        return UNCHANGED if saved.what == "unchanged" else APPLIED

    def _terms(self, cells: Cells) -> dict[str, Any]:
        """What the row says of the terms. An empty cell of a limit is no limit; any other empty cell says nothing."""
        said: dict[str, Any] = {
            "currency": cells.maybe("currency"),
            "tax_mode": cells.among("tax_mode", _TAX_MODES),
            "funding": cells.among("funding", _FUNDINGS),
            "net_days": cells.whole("net_days", 0, MOST_NET_DAYS),
            "ship_to_approval": cells.flag("ship_to_approval"),
            "grants_money_to_brand": cells.flag("grants_money_to_brand"),
            "region_code": cells.maybe_code("region"),
        }
        terms = {name: value for name, value in said.items() if value is not None}
        if "order_minimum" in self.present:
            terms["order_minimum_minor"] = self._money(cells, terms.get("currency", self.place.currency))
        if "reservation_minutes" in self.present:
            terms["reservation_minutes"] = cells.whole("reservation_minutes", 1, MOST_MINUTES)
        return terms

    def _money(self, cells: Cells, currency: str) -> int | None:
        amount = cells.maybe_number("order_minimum")
        if amount is None:
            return None
        try:
            return Money.parse(amount, currency, "order_minimum").minor
        except BadRequest as error:
            raise CellNotValid(column=error.field, value=error.value, expected=error.expected) from None
