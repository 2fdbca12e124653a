"""Fragments of SQL about orders that upper domains may compose."""

from typing import Final

from app.ordering.lifecycle import UNCONFIRMED

_UNCONFIRMED: Final = "({})".format(", ".join(f"'{status.value}'" for status in sorted(UNCONFIRMED)))


def open_orders(relation: str, now: str) -> str:
    """A subquery of one row: how many orders of a relation wait for confirmation, how many are confirmed and not done,
    and what of both has been neither cancelled nor shipped. What lapsed by the moment `now` counts as expired."""
    return f"""SELECT count(*) FILTER (WHERE open.status IN {_UNCONFIRMED}) AS unconfirmed,
        count(*) FILTER (WHERE open.status NOT IN {_UNCONFIRMED}) AS confirmed,
        coalesce(sum(open.gross_minor - open.cancelled_minor - open.shipped_minor), 0)::bigint AS open_minor
    FROM sales_order open
    WHERE open.relation_id = {relation} AND open.closed_at IS NULL
      AND NOT (open.status IN {_UNCONFIRMED} AND coalesce(open.reservation_expires_at <= {now}, false))"""
