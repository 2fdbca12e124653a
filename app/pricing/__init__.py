"""Prices: a seller's lists, to whom they apply, and which price a buyer gets for a quantity.

Owns: price_list, price_row, price_assignment.
Reads: network, trade_relation, region, sku, sku_unit, listing, listing_audience.
Promises: the first list that has an eligible row wins, never the cheapest; the answer names every list considered;
    no price is a state, not zero.
Never: changes a price that an order has frozen; gives discounts.
Calls: catalog, network.
Tells: PricesChanged.
"""
