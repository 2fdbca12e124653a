"""What a buyer asks for, as it is judged by preview and place alike; and what no order can be."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from app.kernel.quantity import parse_quantity
from app.kernel.refusal import BadRequest
from app.kernel.text import storable
from app.kernel.wording import Said

MOST_LINES: Final = 1000
LONGEST: Final = {"buyerReference": 120, "remarks": 2000, "pickerName": 120, "plateNumber": 20, "unit": 20}


class DeliveryMethod(StrEnum):
    """How the goods reach the buyer."""

    DELIVERY = "delivery"  # 送货: the seller brings them and charges freight
    PICKUP = "pickup"  # 自提: the buyer sends somebody
    COLLECT = "collect"  # 到付: a carrier brings them, and the buyer pays it


@dataclass(frozen=True, slots=True)
class AskedLine:
    """One line. `unit` None is the listing's ordering unit; `expected_unit_price` is what the buyer saw."""

    sku_id: UUID
    quantity: Decimal
    unit: str | None = None
    expected_unit_price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class AskedOrder:
    """One order with one seller. `network_id` is needed only where the two trade in several networks."""

    seller_id: UUID
    lines: tuple[AskedLine, ...] = ()
    network_id: UUID | None = None
    ship_to_id: UUID | None = None
    delivery_method: DeliveryMethod = DeliveryMethod.DELIVERY
    picker_name: str | None = None
    plate_number: str | None = None
    requested_on: date | None = None
    buyer_reference: str | None = None
    remarks: str | None = field(default=None)

    @property
    def sku_ids(self) -> list[UUID]:
        """Each SKU once, in a stable order."""
        return sorted({line.sku_id for line in self.lines})

    def checked(self) -> AskedOrder:
        """The order with every quantity as exact as a column holds it.

        BadRequest for quantities that are none, texts that are too long and more than 1,000 lines.
        """
        if len(self.lines) > MOST_LINES:
            raise BadRequest("lines", len(self.lines), Said(f"at most {MOST_LINES} lines", f"最多 {MOST_LINES} 行"))
        for name, text in (
            ("buyerReference", self.buyer_reference),
            ("remarks", self.remarks),
            ("pickerName", self.picker_name),
            ("plateNumber", self.plate_number),
            *(("unit", line.unit) for line in self.lines),
        ):
            if text is not None and (len(text) > LONGEST[name] or not storable(text)):
                raise BadRequest(
                    name,
                    text,
                    Said(
                        f"a text of at most {LONGEST[name]} characters, without NUL",
                        f"最多 {LONGEST[name]} 个字符的文本（不含 NUL）",
                    ),
                )
        lines = (
            replace(line, quantity=parse_quantity(line.quantity, f"lines[{position}].quantity"))
            for position, line in enumerate(self.lines)
        )
        return replace(self, lines=tuple(lines))

    def said(self) -> dict[str, Any]:
        """The whole request as plain values, for the fingerprint of the client key."""
        return {
            "seller": self.seller_id,
            "network": self.network_id,
            "shipTo": self.ship_to_id,
            "method": self.delivery_method,
            "picker": self.picker_name,
            "plate": self.plate_number,
            "requestedOn": self.requested_on,
            "reference": self.buyer_reference,
            "remarks": self.remarks,
            "lines": [
                [line.sku_id, _text(line.quantity), line.unit, _text(line.expected_unit_price)] for line in self.lines
            ],
        }


def _text(value: Decimal | None) -> str | None:
    return None if value is None else format(value.normalize(), "f")
