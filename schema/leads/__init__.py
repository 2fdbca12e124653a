"""Leads (线索) on the wire.

types.py      a lead as the brand and as a dealer sees it
refusals.py   the refusals of leads
intake.py     leads come in
acts.py       what dealers and the brand do with one
counting.py   leads by number
arranging.py  rules, working hours and capacities
fields.py     root fields
"""

import strawberry

from schema.leads.acts import DealerMutations, PoolMutations
from schema.leads.arranging import ArrangingMutations
from schema.leads.fields import LeadQueries
from schema.leads.intake import IntakeMutations
from schema.leads.refusals import REFUSALS


@strawberry.type
class Queries(LeadQueries):
    """Root fields of leads."""


@strawberry.type
class Mutations(IntakeMutations, DealerMutations, PoolMutations, ArrangingMutations):
    """Mutations of leads."""


__all__ = ["REFUSALS", "Mutations", "Queries"]
