"""Count what a member accepted in `wx.requestSubscribeMessage`: one message of each accepted template, once."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final
from uuid import UUID

from app.communication.channels import open_channels
from app.communication.refusals import TemplateUnknown, WeChatNotBound
from app.kernel.act import Work, act
from app.kernel.ids import uuid7
from app.kernel.refusal import BadRequest
from app.kernel.wording import whole_number
from app.network.viewer import Viewer

MOST_TEMPLATES: Final = 5  # of one call of wx.requestSubscribeMessage
MOST_REMAINING: Final = 1000


class Answered(StrEnum):
    """What the member said to one template."""

    ACCEPT = "accept"
    REJECT = "reject"
    BAN = "ban"
    FILTER = "filter"


_IDENTITY: Final = """
SELECT id FROM identity WHERE person_id = $1 AND provider = 'wechat' AND app_id = $2 ORDER BY id DESC LIMIT 1
"""
_ADD: Final = """
INSERT INTO wx_subscribe_quota (id, identity_id, template_id, remaining, changed_at)
SELECT u.id, $1, u.template_id, 1, $2 FROM unnest($3::uuid[], $4::text[]) AS u(id, template_id) ORDER BY u.template_id
ON CONFLICT (identity_id, template_id) DO UPDATE
SET remaining = least(wx_subscribe_quota.remaining + 1, $5), changed_at = EXCLUDED.changed_at
"""


@act
async def report_subscriptions(work: Work, viewer: Viewer, *, client_key: str, answers: Mapping[str, Answered]) -> UUID:
    """Add one message for each accepted template; the same key counts once. Returns the id of the WeChat account.

    What was rejected takes nothing away: messages that were accepted before stay accepted. Raises WeChatNotBound,
    TemplateUnknown; BadRequest for none or too many templates.
    """
    if not 1 <= len(answers) <= MOST_TEMPLATES:
        raise BadRequest("results", len(answers), whole_number(1, MOST_TEMPLATES))
    opened = open_channels()
    bound = await work.row(_IDENTITY, viewer.person_id, opened.app_id)
    if bound is None:
        raise WeChatNotBound
    known = sorted({one.id for one in opened.templates.values()})
    for template_id in answers:
        if template_id not in known:
            raise TemplateUnknown(template_id, known)
    identity_id: UUID = bound["id"]
    said = sorted((template_id, answer.value) for template_id, answer in answers.items())
    earlier = await viewer.same_request(work, "reportSubscriptions", client_key, said, identity_id)
    if earlier is not None:
        return earlier
    accepted = [template_id for template_id, answer in said if answer == Answered.ACCEPT.value]
    await work.run(_ADD, identity_id, work.now, [uuid7() for _ in accepted], accepted, MOST_REMAINING)
    return identity_id
