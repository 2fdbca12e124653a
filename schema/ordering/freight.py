"""A seller's freight rules on the wire."""

import decimal
from collections.abc import Mapping
from typing import Annotated, Any

import strawberry

from app.kernel.money import Money as Amount
from app.kernel.text import text
from app.ordering import cart
from app.ordering.save_freight_rule import FreightTerms, save_freight_rule
from schema.context import Info
from schema.money import Money
from schema.refusals import KeyReused
from schema.scalars import uuid_of


@strawberry.type(description="What delivery costs (运费): base + per kg + per m³, free from a goods value on.")
class FreightRule:
    """One row of `freight_rule`."""

    id: strawberry.ID = strawberry.field(description="Its id.")
    network_id: strawberry.ID = strawberry.field(description="The network.")
    region_code: str | None = strawberry.field(
        description="The region, with all inside it; the nearest rule counts. Null: where no other rule does."
    )
    base: Money = strawberry.field(description="For every order.")
    per_kg: Money = strawberry.field(description="For every kilogram on top.")
    per_m3: Money = strawberry.field(description="For every cubic metre on top.")
    free_above: Money | None = strawberry.field(description="Free from this goods value on; null: never.")
    tax_class: str = strawberry.field(description="The code of its tax class.")

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "FreightRule":
        currency = row["currency"]
        return cls(
            id=strawberry.ID(str(row["id"])),
            network_id=strawberry.ID(str(row["network_id"])),
            region_code=row["region_id"],
            base=Money.minor(row["base_minor"], currency),
            per_kg=Money.minor(row["per_kg_minor"], currency),
            per_m3=Money.minor(row["per_m3_minor"], currency),
            free_above=Money.maybe(row["free_above_minor"], currency),
            tax_class=row["tax_class"],
        )


@strawberry.input(description="The freight rule of one region; it replaces the one there was.")
class SaveFreightRuleInput:
    """Input of `saveFreightRule`. Amounts are in the network's currency and in the price's own tax mode."""

    client_key: str = strawberry.field(description="Same key and input: same answer, done once.")
    network_id: strawberry.ID = strawberry.field(description="The network.")
    region_code: str | None = strawberry.field(
        default=None, description="The region; null: where no other rule counts."
    )
    base: decimal.Decimal = strawberry.field(default=decimal.Decimal(0), description="For every order.")
    per_kg: decimal.Decimal = strawberry.field(default=decimal.Decimal(0), description="For every kilogram on top.")
    per_m3: decimal.Decimal = strawberry.field(default=decimal.Decimal(0), description="For every cubic metre on top.")
    free_above: decimal.Decimal | None = strawberry.field(
        default=None, description="Free from this goods value on; null: never."
    )
    tax_class: str = strawberry.field(description="The code of its tax class.")


SaveFreightRuleResult = Annotated[FreightRule | KeyReused, strawberry.union("SaveFreightRuleResult")]


async def saved_freight_rule(info: Info, input: SaveFreightRuleInput) -> FreightRule:
    """Save the rule and read it again."""
    viewer, network_id = info.context.viewer, uuid_of(input.network_id, "network")
    currency = await cart.network_currency(viewer, network_id)

    def minor(value: decimal.Decimal, field: str) -> int:
        return Amount.parse(value, currency, field).minor

    rule_id = await save_freight_rule(
        viewer,
        client_key=text("clientKey", input.client_key, 200),
        network_id=network_id,
        region_code=input.region_code,
        tax_class=input.tax_class,
        terms=FreightTerms(
            base_minor=minor(input.base, "base"),
            per_kg_minor=minor(input.per_kg, "perKg"),
            per_m3_minor=minor(input.per_m3, "perM3"),
            free_above_minor=None if input.free_above is None else minor(input.free_above, "freeAbove"),
        ),
    )
    return FreightRule.of(await cart.freight_rule(viewer, rule_id))
