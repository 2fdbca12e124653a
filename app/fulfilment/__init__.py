"""How the goods of an order reach the buyer: shipments, what carriers say about them, and their arrival.

Owns: shipment, shipment_line, tracking_event
Reads: sales_order, sales_order_line, trade_relation
Promises: nothing leaves that is not open and allocated; what left is worth what was posted for it, to the minor unit
Never: changes a price; takes back what left (that is a return)
Calls: ordering, inventory, network
Tells: ShipmentProgressed
"""
