"""The reader of SQL reads what the cards are judged by."""

from tests.architecture.source import names, tables_read, tables_written


def test_tables_are_found_wherever_they_stand() -> None:
    statements = [
        """
        WITH relation AS MATERIALIZED (SELECT r.id FROM trade_relation r WHERE r.id = $1 FOR NO KEY UPDATE),
             best(sku_id, n) AS (SELECT 1, 2), moved AS (UPDATE stock_level SET on_hand = 1 FROM relation RETURNING *)
        SELECT count(*) FROM relation JOIN best ON true LEFT JOIN company AS c ON EXISTS (SELECT FROM network)
        CROSS JOIN LATERAL (SELECT 1 FROM region, ship_to s, unnest($2::uuid[]) WHERE extract(day FROM now()) > 1) x
        """,
        "DELETE FROM cart_line USING cart WHERE cart.id = cart_line.cart_id",
        "INSERT INTO sku (id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET code = 'x'",
    ]
    assert tables_read(statements) >= {"trade_relation", "company", "network", "region", "ship_to", "cart"}
    assert not tables_read(statements) & {"relation", "best", "moved"}
    assert tables_written(statements) == {"stock_level", "cart_line", "sku"}


def test_a_line_of_a_card_lists_names() -> None:
    assert names("cart, cart_line; and more words.") == {"cart", "cart_line"}
    assert names("nothing; it reads") == names("nothing.") == set()
