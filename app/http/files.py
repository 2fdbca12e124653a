"""Files: `GET /files/{token}` sends what a signed link leads to, to whoever holds the link.

A link that is not ours is a 404, one whose time is over a 410; a member who lost the right gets the same 404 as
somebody who never had it. Each says so in a sentence, in the reader's language.
"""

import logging
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from app.kernel.refusal import Fault, Forbidden, NotFound
from app.kernel.wording import preferred_locale
from app.papers.fetch import PDF, File, LinkExpired, fetch
from app.papers.links import PATH, read_link
from app.papers.press import NotPrinted, PressBusy

logger = logging.getLogger("tributary.files")

PRIVATE = {
    "cache-control": "private, no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",  # the address is the right to read
    "x-robots-tag": "noindex",
}


class NoSuchFile(Fault):
    """The link was not signed by us, or its member may not see the document."""

    code = "NOT_FOUND"
    en = "There is no such file. Ask for it again in the mall."
    zh = "文件不存在，请在商城中重新获取。"


async def send_file(request: Request) -> Response:
    """The file, or why not."""
    link = read_link(request.path_params["token"])
    if link is None:
        return _refused(request, NoSuchFile(), 404)
    try:
        file = await fetch(link)
    except LinkExpired as over:
        return _refused(request, over, 410)
    except (NotFound, Forbidden):
        return _refused(request, NoSuchFile(), 404)
    except (PressBusy, NotPrinted, TimeoutError) as error:
        if not isinstance(error, PressBusy):
            logger.error("%s %s is not printed: %r", link.kind.name, link.document_id, error)
        return _refused(request, PressBusy(), 503)
    return StreamingResponse(file.body, media_type=file.media_type, headers=_headers(file))


def _headers(file: File) -> dict[str, str]:
    """A name in Chinese as RFC 5987 spells it, beside one in ASCII; a document is shown, a list is saved."""
    shown = "inline" if file.media_type == PDF else "attachment"
    name = f"{shown}; filename=\"{_ascii(file.plain_name)}\"; filename*=UTF-8''{quote(file.name, safe='')}"
    return {**PRIVATE, "content-disposition": name, "content-length": str(file.size)}


def _ascii(name: str) -> str:
    """Without what would end the quoted name or is not ASCII."""
    return "".join(one if one.isascii() and (one.isalnum() or one in "-_.") else "-" for one in name)


def _refused(request: Request, why: Fault, status: int) -> Response:
    language = preferred_locale(request.headers.get("accept-language"))
    return PlainTextResponse(
        why.message(language), status, headers={**PRIVATE, "content-language": "zh-CN" if language == "zh" else "en"}
    )


ROUTES: list[BaseRoute] = [Route(f"{PATH}{{token}}", send_file, methods=["GET"])]
