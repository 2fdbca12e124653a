"""Words every domain uses: money, quantity, tax, refusal, lifecycle, ids, clock, page.

Owns: client_key, event, event_audience, event_reader, inbox, job_done, outbox, publisher; the arithmetic of money
    and quantities, how a no is said, how a status moves, ids, time and pages.
Promises: exact arithmetic rounded once and half up, shares that sum exactly, one clock, ordered ids.
Never: imports a domain. The words named above also know nothing of an ORM, a queue, HTTP or GraphQL.
Calls: nothing.
Tells: nothing; it carries what the domains tell.
"""
