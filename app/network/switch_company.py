"""Switch company: the same log-in goes on for another company of the person."""

from uuid import UUID

from app.kernel.act import Work, act
from app.network.log_in import Tokens, tokens_of
from app.network.refusals import LogInRefused, WhyRefused
from app.network.viewer import Viewer

_SWITCH = """
UPDATE session SET membership_id = m.id FROM membership m
WHERE session.id = $1 AND m.person_id = $2 AND m.company_id = $3 AND m.status = 'active' RETURNING m.id
"""


@act
async def switch_company(work: Work, viewer: Viewer, *, company_id: UUID) -> Tokens:
    """An access token for another company; the device keeps its refresh token, and the old access token its company
    until it expires. LogInRefused when the person is no active member there. Asking twice does no harm."""
    switched = await work.row(_SWITCH, viewer.session_id, viewer.person_id, company_id)
    if switched is None:
        raise LogInRefused(WhyRefused.NO_MEMBERSHIP)
    return tokens_of(viewer.session_id, switched["id"], None)
