"""The inbox: what members are told, how many of it are unread, and reading on one device what another shows."""

from app.tour.client import expect
from app.tour.stage import Stage, step

FOLLOW = """
subscription Inbox($after: Cursor) {
  inboxChanged(after: $after) {
    __typename
    ... on InboxChanged { cursor what unread notification { kind title text } }
    ... on CaughtUp { cursor }
    ... on Resync { cursor }
  }
}
"""
NEWEST = """
query Newest {
  viewer {
    unread
    notifications(first: 3, unreadOnly: true) { edges { cursor node { title text linkType } } }
    notificationSettings { language quietHours { start end } }
  }
}
"""
READ = """
mutation Read($input: MarkReadInput!) {
  markRead(input: $input) { __typename ... on MarkedRead { marked unread } }
}
"""


@step("The owner's phone shows what it was told of, in its own language; read here, the badge is gone everywhere")
async def read(stage: Stage) -> str:
    owner, badge = stage.people["phone"], stage.inboxes["phone"]
    await badge.hears(
        "the last notification", lambda one: f"{stage.order_of_lead['number']}。" in one["notification"]["text"]
    )
    viewer = (await owner.ask(NEWEST))["viewer"]
    told = [edge["node"] for edge in viewer["notifications"]["edges"]]
    expect(viewer["unread"] >= len(told) >= 1, "the inbox is empty")
    newest = viewer["notifications"]["edges"][0]["cursor"]
    done = await owner.act(READ, {"upTo": newest})
    expect(done["__typename"] == "MarkedRead", f"not marked: {done}")
    heard = await badge.hears("the badge to go", lambda one: one["what"] == "read" and one["unread"] == done["unread"])
    quiet = viewer["notificationSettings"]["quietHours"]
    lines = [f"{one['title']}: {one['text']}" for one in told]
    silent = "" if quiet is None else f"; what is not urgent waits from {quiet['start']} to {quiet['end']}"
    return "\n".join([*lines, f"unread {viewer['unread']} → {heard['unread']}{silent}"])
