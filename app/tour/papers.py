"""What leaves as a file: a sales order as PDF, and a list as XLSX, each behind a link that ends."""

from app.tour.client import expect, new_key
from app.tour.stage import Stage, step

PAPER = """
query Paper($order: ID!) { salesOrderPaper(orderId: $order, locale: "zh") { url expiresAt } }
"""
START = """
mutation Start($input: StartExportInput!) {
  startExport(input: $input) { __typename ... on Export { id title cursor } ... on Refused { message } }
}
"""
FOLLOW = """
subscription Written($id: ID!, $after: Cursor) {
  exportProgressed(exportId: $id, after: $after) {
    __typename
    ... on ExportProgressed { cursor what export { status rowsDone rowsTotal url } }
    ... on CaughtUp { cursor }
    ... on Resync { cursor }
  }
}
"""


@step("The buyer prints the sales order (销售单); the clerk has the lines of Yuecai's orders written as XLSX")
async def files(stage: Stage) -> str:
    buyer, clerk = stage.people["buyer"], stage.people["clerk"]
    link = (await buyer.ask(PAPER, order=stage.order["id"]))["salesOrderPaper"]
    printed = await buyer.fetch(link["url"])
    expect(printed.startswith(b"%PDF-"), "the sales order is no PDF")
    wanted = {"orderLines": {"side": "SELLING", "filter": {"buyerId": buyer.company_id}}}
    export = await clerk.act(START, {"clientKey": new_key(), "of": wanted})
    expect(export["__typename"] == "Export", f"not started: {export}")
    writing = await clerk.listen(export["cursor"], FOLLOW, id=export["id"])
    try:
        done = await writing.hears("the list to be written", lambda one: one["export"]["status"] == "DONE")
    finally:
        await writing.close()
    written = await clerk.fetch(done["export"]["url"])
    expect(written.startswith(b"PK"), "the list is no XLSX")
    return (
        f"{len(printed):,} bytes of PDF, link until {link['expiresAt']}\n"
        f"{export['title']}: {done['export']['rowsDone']} rows, {len(written):,} bytes of XLSX"
    )
