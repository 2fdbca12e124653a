"""Orders: what a buyer asks of a seller, at which price, and what has become of it.

Owns: cart, cart_line, sales_order, sales_order_line, sales_order_line_discount, sales_order_event,
    cancellation_request, cancellation, freight_rule, order_amendment, desk_limit, order_tag, order_note, order_tally,
    order_tally_move
Reads: company, membership, network, person, publisher, region, ship_to, ship_to_approval, sku, tax_class, tax_rate,
    trade_relation
Promises: preview and place share one arithmetic and name every problem at once; what was agreed is frozen when the
    order is placed; `status` stores decisions, payment and fulfilment status follow from the counters in the same act
Never: spans two sellers; prices an order again; shows a brand the money of others
Calls: storefront, pricing, inventory, ledger, network
Tells: OrderChanged, ChannelOrderChanged
"""
