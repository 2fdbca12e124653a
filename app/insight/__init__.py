"""What a seller knows of its customers (客户): what they buy, since when they are silent, what they owe.

Owns: customer_figures
Reads: company, invitation, lead_assignment, membership, network, region, sales_order, trade_relation
Promises: a page of customers is one statement, however they are filtered and sorted; figures are true in the
    transaction of the order or posting they come from; what a channel manager sees lies in its scope
Never: writes (its table is kept by triggers of the tables it counts); shows a brand the money of its dealers' customers
Calls: leads, ledger, network, ordering
Tells: nothing
"""
