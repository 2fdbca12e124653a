"""WeChat's `code2Session`: which WeChat account stands behind a code of `wx.login`.

HTTP, so never inside an act. The `session_key` that WeChat answers with is neither stored nor told to anybody.
"""

import importlib

import orjson

from app.network.accept_invitation import WeChatAccount
from app.network.refusals import LogInRefused, WhyRefused
from app.settings import settings

TIMEOUT_S = 5.0

# https://developers.weixin.qq.com: 40029 invalid code, 40163 code been used, 45011 100 calls a minute and user,
# 40226 high-risk user blocked, -1 system busy.
_REASONS = {
    40029: WhyRefused.WECHAT_CODE_INVALID,
    40163: WhyRefused.WECHAT_CODE_INVALID,
    45011: WhyRefused.WECHAT_TOO_OFTEN,
    40226: WhyRefused.WECHAT_USER_BLOCKED,
}
_RETRY_AFTER_S = {WhyRefused.WECHAT_TOO_OFTEN: 60, WhyRefused.WECHAT_UNAVAILABLE: 5}


async def code_to_account(code: str) -> WeChatAccount:
    """The account behind a code, which counts once and for five minutes. LogInRefused says why not."""
    told = settings()
    if not told.wechat_app_id or not told.wechat_secret:
        raise LogInRefused(WhyRefused.CLOSED)
    httpx = importlib.import_module("httpx")  # a twentieth of the start, for the malls that ask WeChat
    asked = {
        "appid": told.wechat_app_id,
        "secret": told.wechat_secret,
        "js_code": code,
        "grant_type": "authorization_code",
    }
    try:
        async with httpx.AsyncClient(base_url=told.wechat_api_url, timeout=TIMEOUT_S) as client:
            response = await client.get("/sns/jscode2session", params=asked)
        # WeChat sends JSON as text/plain
        said = orjson.loads(response.content) if response.status_code == 200 else None
    except (httpx.HTTPError, orjson.JSONDecodeError):
        said = None
    if not isinstance(said, dict):
        raise _refusal(WhyRefused.WECHAT_UNAVAILABLE)
    if said.get("errcode"):
        raise _refusal(_REASONS.get(said["errcode"], WhyRefused.WECHAT_UNAVAILABLE))
    open_id, union_id = said.get("openid"), said.get("unionid")
    if not isinstance(open_id, str) or not 1 <= len(open_id) <= 120:
        raise _refusal(WhyRefused.WECHAT_UNAVAILABLE)
    return WeChatAccount(told.wechat_app_id, open_id, union_id if isinstance(union_id, str) else None)


def _refusal(reason: WhyRefused) -> LogInRefused:
    return LogInRefused(reason, _RETRY_AFTER_S.get(reason))
