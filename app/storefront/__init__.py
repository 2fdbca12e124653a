"""What a buyer sees of a seller: offers, search, facets. One statement over catalog, pricing and inventory.

Owns: nothing; it reads
Promises: a list is one statement, prices and availability included; a restricted listing is invisible everywhere to
    relations that are not in its audience; catalog page, preview and order read the same fragment
Never: writes, or decides more than what is shown
Calls: pricing, inventory, catalog, network
Tells: nothing
"""
