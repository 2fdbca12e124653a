"""Networks, companies, trade relations, territories, ship-to addresses, members with roles, sessions; the Viewer.

Owns: region, company, network, trade_relation, relation_event, territory_grant, ship_to, ship_to_approval, person,
      identity, membership, invitation, session, log_in_failure.
Promises: a viewer is read by one statement, so a revocation counts at the next request; the relations of a network form
      no cycle; a company always has an owner; a level is one more than the seller's lowest.
Never: reads an order, a price, stock or an account; calls WeChat inside an act; stores a password, a code or a token.
Calls: kernel.
Tells: RelationChanged, MembershipChanged.
"""
