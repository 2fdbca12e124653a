"""The catalog: what exists in a network, and what each seller offers of it.

Owns: tax_class, tax_rate, category, product, media, sku, sku_unit, listing, listing_audience.
Reads: network, trade_relation.
Promises: only the brand writes products; a batch is saved whole or not at all, with every problem named; at any moment
    a tax class has at most one rate; text is found in Chinese and English by one tokenizer.
Never: knows prices, stock or orders.
Calls: network.
Tells: ListingChanged.
"""
