"""Fragments of SQL about stock that upper domains may compose."""

# Free stock of one SKU over the seller's active warehouses that serve a region, in base units; expired reservations
# count as given back, and are looked for only where something is reserved. As in `rules.serves`: a warehouse without a
# list serves everywhere, and where no region is known (NULL) every warehouse serves. A scalar subquery:
# FREE.format(network="l.network_id", seller="l.seller_id", sku="l.sku_id", region="rel.region_path", now="$3").
FREE = """coalesce((
    SELECT sum(fs.on_hand - fs.reserved - fs.allocated - fs.held + CASE WHEN fs.reserved > 0 THEN coalesce((
        SELECT sum(fr.quantity) FROM reservation fr
        WHERE fr.warehouse_id = fs.warehouse_id AND fr.sku_id = fs.sku_id
          AND fr.stage = 'reserved' AND fr.quantity > 0 AND fr.expires_at <= {now}), 0) ELSE 0 END)
    FROM stock_level fs JOIN warehouse fw ON fw.id = fs.warehouse_id
    WHERE fs.sku_id = {sku} AND fw.network_id = {network} AND fw.company_id = {seller} AND fw.status = 'active'
      AND (fw.serves_regions IS NULL OR {region} IS NULL
           OR EXISTS (SELECT 1 FROM unnest(fw.serves_regions) AS served WHERE starts_with({region}, served)))), 0)"""
