"""What must hold of notifications and of what left the mall for them."""

from app.communication.kinds import NotificationKind
from app.communication.notices import PRIORITY
from workers.invariants.check import Check

_KINDS = ", ".join(f"('{kind.value}', {PRIORITY[kind].value})" for kind in NotificationKind)

COMMUNICATION = (
    Check(
        "notification_kind_is_known",
        "Every notification is of a kind that there are words for.",
        f"""
        SELECT n.id AS subject, n.kind AS found, 'a known kind' AS expected
        FROM notification n WHERE n.kind NOT IN (SELECT kind FROM (VALUES {_KINDS}) AS k(kind, priority))
        """,
    ),
    Check(
        "notifications_follow_facts",
        "Nobody was told of what is not published yet.",
        """
        SELECT r.name AS subject, r.last_no AS found, 'at most ' || p.last_no AS expected
        FROM event_reader r, publisher p WHERE r.last_no > p.last_no
        """,
    ),
    Check(
        "delivery_is_its_members",
        "What leaves the mall for a notification goes to the member whose it is, as urgently as its kind is.",
        f"""
        SELECT d.id AS subject, d.member_id || ', ' || d.priority AS found,
               n.member_id || ', ' || k.priority AS expected
        FROM notification_delivery d
        JOIN notification n ON n.id = d.notification_id
        JOIN (VALUES {_KINDS}) AS k(kind, priority) ON k.kind = n.kind
        WHERE d.member_id <> n.member_id OR d.priority <> k.priority
        """,
    ),
    Check(
        "one_message_leaves",
        "A notification leaves the mall by one channel: another takes over only where the first did not send it.",
        """
        SELECT d.notification_id AS subject, count(*) AS found, 'at most 1' AS expected
        FROM notification_delivery d WHERE d.state IN ('sent', 'sending', 'waiting')
        GROUP BY d.notification_id HAVING count(*) > 1
        """,
    ),
    Check(
        "no_message_forgotten",
        "What is due is sent, and what is being sent is settled, in a while.",
        """
        SELECT id AS subject, state || ' since ' || coalesce(claimed_at, due_at) AS found, 'settled' AS expected
        FROM notification_delivery
        WHERE (state = 'waiting' AND due_at < $1) OR (state = 'sending' AND claimed_at < $1)
        """,
    ),
    Check(
        "quota_is_of_a_wechat_account",
        "Subscriptions are counted for accounts of WeChat's only.",
        """
        SELECT q.id AS subject, i.provider AS found, 'wechat' AS expected
        FROM wx_subscribe_quota q JOIN identity i ON i.id = q.identity_id WHERE i.provider <> 'wechat'
        """,
    ),
)
