"""Leads (线索): somebody who may buy, offered to the dealer whose territory it is, and followed to an order or its end.

Owns: lead, lead_assignment, lead_event, lead_rule, lead_settings, lead_capacity, lead_cursor
Reads: category, company, membership, network, person, publisher, region, sales_order, territory_grant, trade_relation
Promises: a lead is with exactly one dealer, in the pool with a reason, or at its end; an offer that lapsed counts as
    lapsed whether or not a worker is alive; turns are fair; who a person is lies sealed and is shown to the brand and
    to the dealer that accepted
Never: writes what says who somebody is into a fact, a log, an error or a masked answer; changes a closed assignment
Calls: network
Tells: LeadChanged
"""
