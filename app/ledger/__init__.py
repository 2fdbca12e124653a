"""The one ledger: what a buyer owes, what it has paid ahead, what is promised, and how far its seller trusts it.

Owns: ledger_account, ledger_transfer, ledger_entry, ledger_hold, credit_line
Reads: network, trade_relation
Promises: entries of a transfer sum to zero; balance and held are written by `post` and `hold` only, in the transaction
    of the entries; every unit of value is in exactly one part of the exposure
Never: decides about an order, and knows one only by its id; changes or deletes an entry
Calls: network
Tells: AccountChanged
"""
