"""Papers on pages: whatever stands on a paper stands in its file, however much it is and however it is written."""

import io
import re

import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.papers.layout import as_pdf
from app.papers.paper import Box, Heading, Paper, Total


def paper(
    *,
    rows: int = 3,
    name: str = "外墙乳胶漆",
    fact: str = "PO-1",
    remark: str = "",
    landscape: bool = True,
    box: str = "佛山",
) -> Paper:
    return Paper(
        title="销售单",
        subtitle="SO-1",
        language="zh-CN",
        author="Brand",
        landscape=landscape,
        facts=(("订单编号", "SO-1"), ("客户单号", fact), ("币种", "CNY"), ("状态", "已确认")),
        boxes=(Box("供货方", ("Brand",)), Box("购货方", (box,))),
        headings=(Heading("序号", 20), Heading("品名", 200), Heading("数量", 60, "right")),
        rows=tuple((f"n{place}", name, f"q{place}") for place in range(rows)),
        totals=(Total("合计", "1,000.00 元", strong=True),),
        page_of="第 {page} 页，共 {pages} 页",
        footer="打印时间",
        lacking="〓 代表：{codes}。",
        remarks=(Box("备注", (remark,)),) if remark else (),
        signatures=("制单", "收货人"),
    )


def pages(made: Paper) -> list[str]:
    return [one.extract_text() for one in pypdf.PdfReader(io.BytesIO(as_pdf(made))).pages]


def bare(text: str) -> str:
    """Without white space, so that where lines end makes no difference."""
    return re.sub(r"\s", "", text)


def test_two_hundred_lines_with_long_names_repeat_the_heading_and_lose_nothing() -> None:
    long = "外墙乳胶漆耐候型抗碱防霉" * 12
    found = pages(paper(rows=200, name=long))
    assert len(found) == 19
    for number, text in enumerate(found, 1):
        assert f"第 {number} 页，共 {len(found)} 页" in text
        assert "品名" in text
    whole = " ".join(found)
    assert [n for n in range(200) if not re.search(rf"\bn{n}\b", whole) or not re.search(rf"\bq{n}\b", whole)] == []
    # parts of a row that goes on overleaf are on two pages
    assert sum(bare(text).count("防霉") for text in found) == 200 * 12
    assert "收货人" in found[-1]


@pytest.mark.parametrize("landscape", [True, False])
def test_remarks_of_two_thousand_lines_go_on_overleaf(landscape: bool) -> None:
    found = pages(paper(remark="\n".join(f"r{n}." for n in range(2000)), landscape=landscape))
    whole = " ".join(found)
    assert [n for n in range(2000) if f"r{n}." not in whole] == []
    assert len(found) > 20
    assert "收货人" in found[-1]


def test_long_facts_and_parties_are_whole() -> None:
    fact, box = "".join(f"<{n}>" for n in range(60)), "区".join(str(n) for n in range(150))
    (text,) = pages(paper(fact=fact, box=box))
    assert fact in bare(text)
    assert box in bare(text)


def test_a_paper_without_rows_and_a_page_that_is_just_full() -> None:
    assert "品名" in pages(paper(rows=0))[0]
    for rows in range(18, 34):
        found = pages(paper(rows=rows))
        whole = " ".join(found)
        assert all(re.search(rf"\bn{n}\b", whole) for n in range(rows)), rows
        assert "1,000.00 元" in found[-1]
        assert len(found) <= 2
        if len(found) == 2:
            assert re.search(rf"\bn{rows - 1}\b", found[1]), "totals alone on a page"


def test_characters_that_no_font_has_are_shown_and_named() -> None:
    (text,) = pages(paper(name="𬭎锈钢🎨", fact="鿭"))
    assert "〓锈钢〓" in text
    assert "〓 代表：U+9FED, U+2CB4E, U+1F3A8。" in text
    assert "代表" not in pages(paper())[0]


def test_signs_of_the_trade_are_set_and_what_nobody_sees_is_not() -> None:
    (text,) = pages(paper(name="Φ20㎜ ≥5℃ ①⑳ Ⅲ型 ★→□ ㎡\ufe0f\u200b\tend", fact="cafe\u0301"))
    assert "Φ20㎜ ≥5℃ ①20 Ⅲ型 ★→□ ㎡ end" in text
    assert "café" in text
    assert "〓" not in text


@given(st.text(max_size=80))
@settings(max_examples=60, deadline=None)
def test_any_text_can_be_printed(text: str) -> None:
    if any("\ud800" <= one <= "\udfff" for one in text):
        return
    assert as_pdf(paper(name=text, fact=text, remark=text, box=text)).startswith(b"%PDF-")
