"""`/notifications/unsubscribe`: what the link and the button of an e-mail lead to.

GET only asks, because mail servers open links to look at them; POST does it (RFC 8058, one click).
"""

from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import BaseRoute, Route

from app.communication.unsubscribe import PATH, read_token, stop_mail

_HEADERS = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
}


def _page(status: int, body: str) -> HTMLResponse:
    frame = '<!doctype html><html><head><meta charset="utf-8"><title>Tributary</title></head><body>{}</body></html>'
    return HTMLResponse(frame.format(body), status, headers=_HEADERS)


async def unsubscribe(request: Request) -> HTMLResponse:
    """404 for a token that is not ours."""
    token = request.query_params.get("token", "")
    found = read_token(token)
    if found is None:
        return _page(404, "<p>这个链接无效。</p><p>This link is not valid.</p>")
    if request.method == "POST":
        await stop_mail(*found)
        return _page(200, "<p>您不会再收到此类邮件。</p><p>You will get no more e-mails of this kind.</p>")
    button = "<button>不再接收此类邮件 / Send me no more of this kind</button>"
    return _page(200, f'<form method="post" action="{PATH}?token={escape(token)}">{button}</form>')


ROUTES: list[BaseRoute] = [Route(PATH, unsubscribe, methods=["GET", "POST"])]
