"""How the goods of an order reach the buyer: shipments and their packages, what carriers say about them, and what was
signed for.

Owns: shipment, shipment_line, shipment_package, shipment_package_change, waybill, tracking_event, logistics_rule
Reads: network, sales_order, sales_order_line, trade_relation
Promises: nothing leaves that is not open and allocated; what left is worth what was posted for it, to the minor unit;
    news count in the order in which they happened, in whatever order and however often they come; nothing is signed
    for that was not shipped, and what is missing has a reason
Never: changes a price; takes back what left (that is a return)
Calls: ordering, inventory, network
Tells: ShipmentProgressed
"""
