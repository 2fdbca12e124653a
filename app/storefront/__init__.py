"""What a buyer sees of a seller: offers, search, facets. One statement over catalog, pricing and inventory.

Owns: nothing.
Reads: trade_relation, region, category, product, sku, sku_unit, tax_class, tax_rate, listing, listing_audience,
    price_list, price_row, price_assignment, warehouse, stock_level, reservation.
Promises: a list is one statement, prices and availability included; a restricted listing is invisible everywhere to
    relations that are not in its audience; catalog page, preview and order read the same fragment.
Never: writes, or decides more than what is shown.
Calls: pricing, inventory, catalog, network.
Tells: nothing.
"""
