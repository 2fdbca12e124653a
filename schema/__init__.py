"""The published contract: what a client may say and hear. Translation only; a resolver decides nothing.

build.py      Query, Mutation and Subscription from the domains' classes
endpoint.py   /graphql over HTTP: bodies in, answers out, statuses
socket.py     /graphql over graphql-transport-ws: one socket, many operations, close codes
messages.py   the shape of that protocol's messages
operation.py  one operation of a socket: a query, a mutation, a stream, or following
outbox.py     what waits to be sent to one socket, bounded
sessions.py   sockets end with their session, their rights, or their credentials
live.py       who listens to which company's events, and handing them out
audience.py   who asks the same with the same rights is told by one reading and one text
question.py   what a subscription asks of each event, executed
incoming.py   JSON and text from outside, refused with the field's name
documents.py  parse and validate once per text
limits.py     depth, aliases, directives, root fields, page sizes and cost of a document
errors.py     refusals as union members, faults as coded errors, everything else masked with a trace id
scalars.py    Decimal, Date, DateTime, Cursor, and ids
graphiql/     the query page, served by us
"""
