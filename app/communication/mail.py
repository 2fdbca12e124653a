"""E-mail by SMTP: text and HTML, in the reader's language, or in both where nobody knows which that is.

Sending is no act: SMTP is the outside. An e-mail that may have been taken is sent again under the same Message-ID, by
which mail programs know it.
"""

from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from html import escape
from typing import Final

import aiosmtplib

from app.communication.deliver import SENT, Message, Outcome
from app.communication.kinds import DeliveryState
from app.communication.unsubscribe import unsubscribe_address
from app.communication.wording import rendered
from app.settings import Settings

TIMEOUT_S: Final = 15.0
OPEN: Final = {"en": "Open it", "zh": "查看详情"}
WHY: Final = {
    "en": "You get this because your notification settings ask for it.",
    "zh": "您收到此邮件是因为您的通知设置中开启了该类提醒。",
}
STOP: Final = {"en": "Send me no more of this kind", "zh": "不再接收此类邮件"}


def composed(message: Message, told: Settings, now: datetime) -> EmailMessage:
    """The e-mail: one Message-ID for one delivery, however often it is sent."""
    languages = (message.locale,) if message.locale else ("zh", "en")
    parts = [(one, *rendered(message.kind, message.params, one)) for one in languages]
    link = f"{told.public_url.rstrip('/')}/{message.link_type.value}/{message.link_id}" if told.public_url else None
    stop = unsubscribe_address(told, message.member_id, message.kind)
    mail = EmailMessage()
    mail["Subject"] = " / ".join(title for _, title, _ in parts)
    mail["From"] = told.mail_from
    mail["To"] = message.address
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{message.delivery_id}@{told.mail_from.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    if stop is not None:  # RFC 2369 and RFC 8058: mail programs show a button
        mail["List-Unsubscribe"] = f"<{stop}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content("\n\n".join(_text(*one, link=link, stop=stop) for one in parts) + "\n")
    body = "<hr>".join(_html(*one, link=link, stop=stop) for one in parts)
    mail.add_alternative(f'<!doctype html><html lang="{languages[0]}"><body>{body}</body></html>', subtype="html")
    mail["Content-Language"] = ", ".join(languages)  # setting the content drops what was said of it before
    return mail


def _text(language: str, title: str, text: str, *, link: str | None, stop: str | None) -> str:
    lines = [title, "", text]
    lines += [f"{OPEN[language]}: {link}"] if link else []
    lines += ["", WHY[language]]
    lines += [f"{STOP[language]}: {stop}"] if stop else []
    return "\n".join(lines)


def _html(language: str, title: str, text: str, *, link: str | None, stop: str | None) -> str:
    more = f'<p><a href="{escape(link)}">{OPEN[language]}</a></p>' if link else ""
    end = f' <a href="{escape(stop)}">{STOP[language]}</a>' if stop else ""
    return f"<h3>{escape(title)}</h3><p>{escape(text)}</p>{more}<p><small>{WHY[language]}{end}</small></p>"


async def send_mail(message: Message, told: Settings, now: datetime) -> Outcome:
    """Give the e-mail to the mail server. 4xx and lost connections are tried again, 5xx are for good."""
    try:
        await aiosmtplib.send(
            composed(message, told, now),
            hostname=told.smtp_host,
            port=told.smtp_port,
            username=told.smtp_user or None,
            password=told.smtp_password or None,
            use_tls=told.smtp_security == "tls",
            start_tls=told.smtp_security == "starttls",
            timeout=TIMEOUT_S,
        )
    except aiosmtplib.SMTPRecipientsRefused as refused:
        return _refused(refused.recipients[0].code if refused.recipients else 0)
    except aiosmtplib.SMTPAuthenticationError:
        return Outcome(DeliveryState.WAITING, "smtp_log_in")  # somebody will mend the settings
    except aiosmtplib.SMTPResponseException as refused:
        return _refused(refused.code)
    except (aiosmtplib.SMTPException, OSError, TimeoutError):
        return Outcome(DeliveryState.WAITING, "no_connection")
    return SENT


def _refused(code: int) -> Outcome:
    return Outcome(DeliveryState.FAILED if 500 <= code < 600 else DeliveryState.WAITING, f"smtp_{code}")
