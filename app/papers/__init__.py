"""Papers: what leaves the mall as a file, printed documents (PDF) and lists (XLSX), and the links they are fetched by.

Owns: export_job, export_chunk
Reads: company, listing, membership, network, price_list, price_row, product, publisher, region, sales_order,
    sales_order_line, ship_to, shipment, shipment_line, shipment_package, sku, stock_level, trade_relation, warehouse
Promises: a file shows what its reader may see at the moment it is made, and only to that member; an export is one
    consistent snapshot, whole or not there, however often a worker dies
Never: changes a document; shows a price on a delivery note unless it was asked for; says who a lead is; keeps a file
    longer than it says
Calls: insight, leads, fulfilment, ordering, storefront, pricing, inventory, ledger, catalog, network
Tells: ExportProgressed
"""
