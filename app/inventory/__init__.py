"""Stock: what lies where, and to whom it has been promised.

Owns: warehouse, stock_level, reservation, stock_move.
Reads: network, trade_relation, region, sku.
Promises: reserved + allocated + held never exceed what is on hand; an expired reservation counts as free at the next
    lock, whether or not a worker was alive; stock rows are locked in one order (SKU, warehouse).
Never: sells, prices, or decides about an order; knows an order only by its id.
Calls: catalog, network.
Tells: StockAdjusted.
"""
