"""`POST /webhooks/carriers/{name}`: verify, keep, acknowledge at once. What a push says takes effect in a worker.

A push that is not signed leaves nothing behind but a line in the log, which holds nothing of what it said.
"""

import logging
from collections.abc import Mapping

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from app import database
from app.fulfilment.carrier import Carrier, Malformed, NotSigned, Reply
from app.fulfilment.connected import WEBHOOKS
from app.fulfilment.take_push import receive_push
from app.kernel import inbox
from app.kernel.refusal import NotFound

LARGEST_PUSH = 262_144
"""Bytes. The history of a parcel is a hundred entries of a hundred characters at most."""

logger = logging.getLogger("tributary.carriers")


def routes(services: Mapping[str, Carrier]) -> list[BaseRoute]:
    """The door of every service that is connected; others are not there."""

    async def push(request: Request) -> Response:
        carrier = services.get(request.path_params["name"])
        if carrier is None:
            return _no_such_door(request)
        return _said(await _received(carrier, request))

    return [Route(f"{WEBHOOKS}/{{name:str}}", push, methods=["POST"])]


async def _received(carrier: Carrier, request: Request) -> Reply:
    try:
        body = await _bounded(request)
        if body is None:
            return carrier.refuse(413, f"at most {LARGEST_PUSH} bytes")
        message = carrier.verify(body, request.headers.get("content-type", ""))
        carrier.read(message)
        if "\\u0000" in message:
            raise Malformed("a NUL cannot be kept")
        new = await receive_push(carrier=carrier.name, message=message)
    except NotSigned as why:
        logger.warning("a push to %s was refused: %s", carrier.name, why)
        return carrier.refuse(403, str(why))
    except Malformed as why:
        logger.warning("a push to %s was refused: %s", carrier.name, why)
        return carrier.refuse(400, str(why))
    except Exception as error:
        if not database.is_away(error):
            raise
        return carrier.refuse(503, "try again later")
    if new:
        inbox.wake()
    return carrier.acknowledge()


async def _bounded(request: Request) -> bytes | None:
    """The body, or None as soon as it is too large."""
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            if len(body) > LARGEST_PUSH:
                return None
    except ClientDisconnect:
        raise Malformed("it was cut short") from None
    return bytes(body)


def _no_such_door(request: Request) -> Response:
    fault = NotFound("carrier", request.path_params["name"])
    language = request.headers.get("accept-language", "en")
    said = {"code": fault.code, "message": fault.message(language)}
    return _said(Reply(404, orjson.dumps(said)))


def _said(reply: Reply) -> Response:
    return Response(reply.body, reply.status, media_type="application/json", headers={"cache-control": "no-store"})
