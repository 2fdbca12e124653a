"""The published contract: what a client may say and hear. Translation only; a resolver decides nothing.

build.py      Query, Mutation and Subscription from the domains' classes
endpoint.py   /graphql over HTTP: bodies in, answers out, statuses
socket.py     /graphql over graphql-transport-ws: one socket, many operations, close codes
outbox.py     what waits to be sent to one socket, bounded
incoming.py   JSON and text from outside, refused with the field's name
documents.py  parse and validate once per text
limits.py     depth, aliases, directives, root fields, page sizes and cost of a document
errors.py     refusals as union members, faults as coded errors, everything else masked with a trace id
scalars.py    Decimal, Date, DateTime, Cursor, and ids
graphiql/     the query page, served by us
"""
