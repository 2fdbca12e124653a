"""What we are measured against: the least that the same work can cost on this stack.

captured.py    the statements that the mall really sends for a request, heard at the driver
bare.py        hand-written handlers with those statements: Starlette, asyncpg, orjson
pages.py       the JSON of those handlers, equal to the mall's
order.py       a pgbench script with the statements of an order
broadcast.py   a bare broadcaster on the same messages
accepted.py    a bare accepted socket on the mall's own server
plain.py       a document executed by graphql-core as it comes
"""
