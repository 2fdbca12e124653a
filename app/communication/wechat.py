"""WeChat subscribe messages (订阅消息): `POST /cgi-bin/message/subscribe/send`.

HTTP, so never inside an act. An answer of WeChat's says for certain what became of a message; a lost answer does not,
and then the message counts as used and is not said again.
"""

import logging
from collections.abc import Mapping
from datetime import UTC
from typing import Any, Final
from zoneinfo import ZoneInfo

import httpx
import orjson
from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.communication.access_token import NoToken, SharedToken
from app.communication.deliver import SENT, Message, Outcome
from app.communication.kinds import DeliveryState
from app.communication.template_fields import fitted
from app.communication.wording import rendered
from app.kernel.wording import is_chinese
from app.settings import Settings, WeChatTemplate

TIMEOUT_S: Final = 8.0
MESSAGE_ZONE: Final = ZoneInfo("Asia/Shanghai")  # what a phone in WeChat's country shows

# https://developers.weixin.qq.com: 40001, 40014 invalid token, 42001 expired token, 43101 the user accepts no more,
# -1 system busy, 45009 and 45011 called too often. Every other code is about the message and will not change.
TOKEN_CODES: Final = frozenset({40001, 40014, 42001})
BUSY_CODES: Final = frozenset({-1, 45009, 45011, 50002})
NO_QUOTA: Final = 43101

# httpx tells whole addresses at INFO, and this one's holds the token
logging.getLogger("httpx").setLevel(logging.WARNING)


class WeChat:
    """Sends messages for one mini-program, with the token that all processes share."""

    def __init__(self, redis: Redis, told: Settings) -> None:
        self._told = told
        self._token = SharedToken(redis, told, self._client)

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self._told.wechat_api_url, timeout=TIMEOUT_S)

    async def send(self, message: Message, template: WeChatTemplate) -> Outcome:
        """Send one message. A token that WeChat refuses is renewed once."""
        data = template_data(message, template)
        if data is None:
            return Outcome(DeliveryState.FAILED, "does_not_fit")
        said = {
            "touser": message.address,
            "template_id": template.id,
            "miniprogram_state": self._told.wechat_state,
            "lang": "zh_CN" if message.locale is None or is_chinese(message.locale) else "en_US",
            "data": {name: {"value": value} for name, value in data.items()},
        }
        if self._told.wechat_page:
            page = self._told.wechat_page.replace("{type}", message.link_type.value)
            said["page"] = page.replace("{id}", str(message.link_id))
        try:
            token = await self._token.get()
            outcome = await self._post(token, said)
            if outcome is None:
                outcome = await self._post(await self._token.renewed(token), said)
        except NoToken as error:
            return Outcome(DeliveryState.WAITING, error.code)
        except (RedisError, OSError):
            return Outcome(DeliveryState.WAITING, "no_redis")
        return outcome or Outcome(DeliveryState.WAITING, "token_refused")

    async def _post(self, token: str, said: Mapping[str, Any]) -> Outcome | None:
        """What WeChat answers; None when it does not take the token."""
        try:
            async with self._client() as client:
                response = await client.post(
                    "/cgi-bin/message/subscribe/send", params={"access_token": token}, json=said
                )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            return Outcome(DeliveryState.WAITING, "no_connection")  # nothing was said yet
        except httpx.HTTPError:
            return Outcome(DeliveryState.UNKNOWN, "no_answer", used=True)
        return _outcome(response)


def _outcome(response: httpx.Response) -> Outcome | None:
    try:
        said = orjson.loads(response.content) if response.status_code == 200 else None
    except orjson.JSONDecodeError:
        said = None
    code = said.get("errcode") if isinstance(said, dict) else None
    if not isinstance(code, int):
        return Outcome(DeliveryState.UNKNOWN, f"http_{response.status_code}", used=True)
    if code == 0:
        return SENT
    if code in TOKEN_CODES:
        return None
    if code == NO_QUOTA:
        return Outcome(DeliveryState.DROPPED, "no_quota", no_quota=True)
    return Outcome(DeliveryState.WAITING if code in BUSY_CODES else DeliveryState.FAILED, f"wechat_{code}")


def template_data(message: Message, template: WeChatTemplate) -> dict[str, str] | None:
    """The fields of a template, each within its limits; None when one of them cannot be filled."""
    title, text = rendered(message.kind, message.params, message.locale or "zh")
    at = message.at.replace(tzinfo=message.at.tzinfo or UTC).astimezone(MESSAGE_ZONE)
    given = {**message.params, "title": title, "text": text, "at": at.isoformat()}
    fields = {place: fitted(place, given.get(source, "")) for place, source in template.fields.items()}
    kept = {place: value for place, value in fields.items() if value is not None}
    return kept if len(kept) == len(fields) else None
