"""Parse and validate once per text.

Keyed by the text itself and bounded by the length of all texts together, for a syntax tree is many times the size of
its text. Only valid documents are kept, and only what is kept is compiled (`schema.execution`). (A cache that raises
inside the parsing hook loses the error on a streaming transport: the client gets a bare `complete`. So errors are
returned here, never raised.)
"""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, NamedTuple

from graphql import (
    ASTValidationRule,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    parse,
    specified_rules,
    validate,
)
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from schema.execution import Plans
from schema.limits import Judgement, Limits, judge, judge_variables
from schema.trusted import TrustedDocuments

KEPT_LENGTH = 500_000  # code points of all the texts that are remembered
MOST_ERRORS = 10  # validation stops there; every message may print a whole value
LONGEST_KEPT = 20_000  # code points; a longer text is validated every time


class Prepared(NamedTuple):
    """A text ready to be executed, or the reasons why it is not. `document` is None when it does not parse."""

    document: DocumentNode | None
    errors: list[GraphQLError]
    judgement: Judgement


UNJUDGED = Judgement([], {}, False)


class Documents:
    """The documents of one schema that were seen lately."""

    def __init__(self, limits: Limits, *, introspection: bool = True, trusted: TrustedDocuments | None = None) -> None:
        self.limits = limits
        self.trusted = trusted or TrustedDocuments()
        self.rules: tuple[type[ASTValidationRule], ...] = (
            *specified_rules,
            MaybeNullValidationRule,
            OneOfInputValidationRule,
        )
        if not introspection:
            self.rules += (NoSchemaIntrospectionCustomRule,)
        self.kept: OrderedDict[str, Prepared] = OrderedDict()
        self.kept_length = 0
        self.learned: dict[str, str] = {}  # texts that are kept, by the hash under which they came
        self.hashes: dict[str, str] = {}  # and the other way round
        self.plans = Plans()

    def asked(self, schema: GraphQLSchema, text: str | None, extensions: Mapping[str, Any] | None) -> Prepared:
        """The document that a request means, by its text or its hash. GraphQLError when it means none."""
        asked = self.trusted.asked(text, extensions, self.learned)
        prepared = self.prepare(schema, asked.text)
        if asked.learn and asked.text in self.kept:
            self.learned[asked.learn] = asked.text
            self.hashes[asked.text] = asked.learn
        return prepared

    def prepare(self, schema: GraphQLSchema, text: str) -> Prepared:
        """The document of a text, from memory when it was seen before."""
        if found := self.kept.get(text):
            self.kept.move_to_end(text)
            return found
        prepared = self.read(schema, text)
        short = len(text) <= LONGEST_KEPT or text in self.trusted.texts
        if prepared.document is not None and not prepared.errors and short:
            self.keep(text, prepared, prepared.document)
        return prepared

    def keep(self, text: str, prepared: Prepared, document: DocumentNode) -> None:
        """Remember it, and forget what was not asked for longest where there is no room."""
        self.kept[text] = prepared
        self.kept_length += len(text)
        self.plans.admit(document, at_once=text in self.trusted.texts)
        while self.kept_length > KEPT_LENGTH:
            forgotten, old = self.kept.popitem(last=False)
            self.kept_length -= len(forgotten)
            self.learned.pop(self.hashes.pop(forgotten, ""), None)
            if old.document is not None:
                self.plans.forget(old.document)

    def read(self, schema: GraphQLSchema, text: str) -> Prepared:
        """Parse and validate. Our limits come first, so that nothing else ever sees an oversized document."""
        limits = self.limits
        try:
            document = parse(
                text,
                max_lexical_tokens=limits.tokens,
                max_comments=limits.tokens,
                max_source_length=limits.source_length,
            )
        except GraphQLError as error:
            if error.message.endswith("Parsing aborted."):  # a limit of the parser, which names it
                error.extensions = {"code": "TOO_LARGE"}
            return Prepared(None, [error], UNJUDGED)
        judgement = judge(schema, document, limits)
        errors = judgement.errors or validate(
            schema, document, self.rules, max_errors=MOST_ERRORS, hide_suggestions=True
        )
        return Prepared(document, errors, judgement)

    def errors_with(
        self, schema: GraphQLSchema, prepared: Prepared, variables: Mapping[str, Any] | None
    ) -> list[GraphQLError]:
        """What is wrong with a prepared document under the variables of one request."""
        if prepared.errors or not prepared.judgement.page_variables or prepared.document is None:
            return prepared.errors
        return judge_variables(schema, prepared.document, prepared.judgement, variables or {}, self.limits)
