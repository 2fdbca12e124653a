"""Leads (线索): who came from a fair, a web form or a call centre, row by row; each is offered to a dealer at once."""

from collections.abc import Sequence
from typing import ClassVar

from app.importing.cells import Cells
from app.importing.columns import Column
from app.importing.kind import Kind, Subject
from app.importing.outcome import APPLIED, UNCHANGED, Outcome, refused
from app.importing.refusals import CellNotValid
from app.kernel.wording import EMPTY
from app.leads.contact import Contact
from app.leads.keys import contact_keys
from app.leads.refusals import ContactNotValid
from app.leads.submit import MOST_AT_ONCE, NewLead, RowEnded, submit_leads

_FIELDS = {"externalId": "external_id", "regionCode": "region", "productLine": "product_line"}


class Leads(Kind[NewLead]):
    """`tributary import leads`. The same source and external id is the same lead, so the same file again changes
    nothing; what is refused of a person is not repeated in the result."""

    name = "leads"
    most: ClassVar[int] = MOST_AT_ONCE
    columns = (
        Column("source", ("来源", "线索来源", "渠道", "lead source"), required=True),
        Column("external_id", ("线索编号", "外部编号", "编号", "lead id", "id"), required=True),
        Column("name", ("姓名", "联系人", "客户姓名", "contact", "full name"), required=True),
        Column("phone", ("手机号", "电话", "手机", "联系电话", "mobile", "telephone")),
        Column("email", ("邮箱", "电子邮箱", "e-mail", "mail")),
        Column("region", ("地区编码", "区域", "地区", "region code")),
        Column("address", ("地址", "详细地址", "street")),
        Column("campaign", ("活动", "推广活动", "市场活动")),
        Column("category", ("分类", "产品分类", "category code")),
        Column("product_line", ("产品线", "意向产品", "product line")),
        Column("note", ("备注", "需求", "留言", "remarks", "comment")),
    )

    async def prepare(self) -> None:
        """Refuses the file with ContactDoorClosed where nothing can be sealed."""
        contact_keys()

    def read(self, cells: Cells) -> NewLead:
        """One row."""
        try:
            contact = Contact.checked(
                cells.text("name"),
                cells.maybe_code("phone"),
                cells.maybe("email"),
                cells.maybe("address"),
                cells.maybe("note"),
            )
        except ContactNotValid as error:
            raise CellNotValid(column=error.field, value=EMPTY, expected=error.expected) from None
        return NewLead(
            source=cells.text("source"),
            contact=contact,
            external_id=cells.code("external_id"),
            campaign=cells.maybe("campaign"),
            region_code=cells.maybe_code("region"),
            category_code=cells.maybe_code("category"),
            product_line=cells.maybe("product_line"),
        )

    def subjects(self, item: NewLead) -> list[Subject]:
        """The lead, by its id at its source."""
        said = (item.contact.packed(), item.campaign, item.region_code, item.category_code, item.product_line)
        return [Subject("external_id", f"{item.source} {item.external_id}", said)]

    async def save(self, items: Sequence[NewLead], client_key: str) -> list[Outcome]:
        """Each lead by itself."""
        ended = await submit_leads(
            self.place.viewer, network_id=self.place.network_id, leads=list(items), client_key=client_key
        )
        return [self._outcome(one) for one in ended]

    def _outcome(self, ended: RowEnded) -> Outcome:
        if ended.why is not None:
            field = getattr(ended.why, "field", "")
            return refused(_FIELDS.get(field, field), "", ended.why.message(self.place.viewer.locale))
        assert ended.submitted is not None
        return UNCHANGED if ended.submitted.known else APPLIED
