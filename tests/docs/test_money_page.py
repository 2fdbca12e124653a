"""The numbers of docs/money.md: recomputed by the mall's own rules. That a real order shows the same ones is tested in
test_pages.py, beside the demo."""

from decimal import Decimal

from app.kernel.money import Money, share_given_back, split
from app.kernel.tax import TaxMode, line_tax, tax_after_discount
from tests.docs.markdown import ROOT, table

PAGE = ROOT / "docs" / "money.md"


def minor(shown: str) -> int:
    """An amount as the page writes it, in minor units."""
    return Money.parse(shown.replace(",", ""), "CNY").minor


def rate_bp(shown: str) -> int:
    return int(Decimal(shown.removesuffix("%").strip()) * 100)


def test_the_lines_are_taxed_as_shown() -> None:
    *lines, order = table(PAGE, "line", "gross", "rate", "net", "tax")
    assert len(lines) == 3
    for _, gross, rate, net, tax in lines:
        taxed = line_tax(minor(gross), rate_bp(rate), TaxMode.INCLUDED)
        assert (taxed.net, taxed.tax) == (minor(net), minor(tax))
    for column in (1, 3, 4):
        assert sum(minor(line[column]) for line in lines) == minor(order[column])


def test_the_discount_is_shared_as_shown() -> None:
    rates = {line[0]: rate_bp(line[2]) for line in table(PAGE, "line", "gross", "rate", "net", "tax")[:-1]}
    rows = table(PAGE, "line", "gross before", "share", "gross after", "net", "tax")
    shares, taxed = tax_after_discount([(minor(row[1]), rates[row[0]]) for row in rows], 10_000, TaxMode.INCLUDED)
    assert shares == [minor(row[2]) for row in rows] == split(10_000, [minor(row[1]) for row in rows])
    assert [(one.gross, one.net, one.tax) for one in taxed] == [tuple(map(minor, row[3:])) for row in rows]


def test_the_parts_of_a_line_are_as_shown() -> None:
    rows = table(PAGE, "step", "left so far", "of", "line", "left in all", "this part")
    before: dict[str, int] = {}
    for _, left, ordered, line, in_all, part in rows:
        share = share_given_back(minor(line), int(left), int(ordered), before.get(line, 0))
        assert share == minor(part)
        before[line] = before.get(line, 0) + share
        assert before[line] == minor(in_all)
    assert [minor(line) for line in before] == list(before.values())


def test_the_exposure_adds_up() -> None:
    rows = table(PAGE, "step", "pending", "open", "receivable", "exposure", "available")
    for _, *parts, exposure, available in rows:
        assert sum(map(minor, parts)) == minor(exposure) == 30_000_000 - minor(available)
