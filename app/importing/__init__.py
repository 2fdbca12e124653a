"""Importing products, listings, relations, prices, stock and leads from CSV and XLSX files, many rows to an act.

Owns: nothing.
Reads: network, company, trade_relation, membership, person, category, tax_class, tax_rate, product, sku, listing,
    warehouse, price_list, price_row.
Promises: a row applies whole or not, and its result says which and why; the same file again changes nothing; a file
    is streamed, so its size does not matter.
Never: writes a table itself: it calls the acts of the domains, in the name of a member whose roles count.
Calls: network, catalog, inventory, pricing, leads.
Tells: nothing.
"""
