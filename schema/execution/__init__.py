"""Execution with what is plain in a selection compiled, per document, into one function.

A resolver, an argument, an awaitable, a permission: that is graphql-core's work, field by field. Everything below it
that is only read off objects (attributes, methods that take nothing but the object, lists, unions, leaves) is written
by a function made once per selection (`source`), many times faster.

Such a function only ever succeeds. Whatever is not as it should be (null where none may be, a value that its scalar
does not take, an attribute that raises, something to await) makes it give up, and graphql-core completes that value
again, with its own nulls, errors, paths and order. So the errors of compiled execution are graphql-core's own, and only
the success of a plain read has to be the same by our doing.

    plain      which fields and objects are plain, and the exception that gives up
    leaves     leaf values as graphql-core writes them, the usual ones quickly
    source     Python for the function that writes one object
    plan       one operation of one document: collected fields and functions, as they are needed
    plans      the plans of the documents in memory, bounded
    unchanging objects whose answers are remembered with them
    executor   the hook into graphql-core
"""

from schema.execution.executor import CompiledExecutor, executor_with
from schema.execution.plans import Plans
from schema.execution.unchanging import Unchanging

__all__ = ["CompiledExecutor", "Plans", "Unchanging", "executor_with"]
