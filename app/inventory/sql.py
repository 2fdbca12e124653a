"""Fragments of SQL about stock that upper domains may compose."""

# Free stock of one SKU over the seller's active warehouses, in base units; expired reservations count as given back.
# A scalar subquery: FREE.format(network="l.network_id", seller="l.seller_id", sku="l.sku_id", now="$3").
FREE = """coalesce((
    SELECT sum(fs.on_hand - fs.reserved - fs.allocated - fs.held + coalesce((
        SELECT sum(fr.quantity) FROM reservation fr
        WHERE fr.warehouse_id = fs.warehouse_id AND fr.sku_id = fs.sku_id
          AND fr.stage = 'reserved' AND fr.quantity > 0 AND fr.expires_at <= {now}), 0))
    FROM stock_level fs JOIN warehouse fw ON fw.id = fs.warehouse_id
    WHERE fs.sku_id = {sku} AND fw.network_id = {network} AND fw.company_id = {seller} AND fw.status = 'active'), 0)"""
