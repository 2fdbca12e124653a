"""Random documents over any schema: aliases, fragments, directives, variables, the same field twice.

They keep GraphQL's grammar; whether they are valid (two fields of one name may not agree) is for the caller to ask.
"""

from random import Random

from graphql import (
    GraphQLArgument,
    GraphQLCompositeType,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_enum_type,
    is_input_object_type,
    is_list_type,
    is_required_argument,
    is_required_input_field,
)

LITERALS = {
    "ID": '"019a9c2e-0000-7000-8000-000000000001"',
    "String": '"text"',
    "Int": "3",
    "Float": "1.5",
    "Boolean": "true",
    "Decimal": '"12.50"',
    "Date": '"2026-11-21"',
    "DateTime": '"2026-11-21T08:00:00Z"',
    "Cursor": '"e1"',
}
SWITCHES = ("yes", "no", "byDefault")
VARIABLES = {"yes": True, "no": False}
DECLARED = "($yes: Boolean!, $no: Boolean!, $byDefault: Boolean = false)"


class Writing:
    """One document on its way. `fields` is how many may still be written."""

    def __init__(self, schema: GraphQLSchema, random: Random, fields: int) -> None:
        self.schema = schema
        self.random = random
        self.fields = fields
        self.fragments: list[str] = []
        self.on: list[tuple[str, GraphQLCompositeType]] = []
        self.used_switch = False

    def document(self, operation: str, root: GraphQLObjectType) -> str:
        """An operation and the fragments that it uses."""
        body = self.selection(root, 0, alone=operation != "query")
        declared = DECLARED if self.used_switch else ""
        return "\n".join([f"{operation} Asked{declared} {body}", *self.fragments])

    def selection(self, kind: GraphQLCompositeType, depth: int, *, alone: bool = False) -> str:
        """A selection set; `alone`: one plain field, as subscriptions must have it."""
        parts: list[str] = []
        for _ in range(1 if alone else self.random.randint(1, 6)):
            self.fields -= 1
            how = 1.0 if alone else self.random.random()
            if how < 0.12:
                parts.append(self.inline_fragment(kind, depth))
            elif how < 0.2:
                parts.append(self.spread(kind, depth))
            else:
                parts.append(self.field(kind, depth, "" if alone else self.directives()))
            if self.fields <= 0:
                break
        return "{ " + " ".join(part for part in parts if part) + (" }" if any(parts) else " __typename }")

    def field(self, kind: GraphQLCompositeType, depth: int, directives: str) -> str:
        fields = kind.fields if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) else {}
        names = [
            name for name, one in fields.items() if self.fields > 0 or not is_composite_type(get_named_type(one.type))
        ]
        if not names or self.random.random() < 0.08:
            return f"{self.random.choice(('', 'kind: '))}__typename{directives}"
        name = self.random.choice(names)
        definition = fields[name]
        given = ", ".join(
            f"{arg}: {self.literal(one.type)}" for arg, one in definition.args.items() if self.wanted(one)
        )
        alias = f"{name}{self.random.choice('AB')}: " if self.random.random() < 0.15 else ""
        below = get_named_type(definition.type)
        text = f"{alias}{name}{f'({given})' if given else ''}{directives}"
        if is_composite_type(below):
            if depth > 7:
                return f"{text} {{ __typename }}"
            text += " " + self.selection(below, depth + 1)
        return text

    def wanted(self, argument: GraphQLArgument) -> bool:
        return is_required_argument(argument) or self.random.random() < 0.1

    def inline_fragment(self, kind: GraphQLCompositeType, depth: int) -> str:
        on = self.other(kind)
        condition = f" on {on.name}" if on is not kind or self.random.random() < 0.5 else ""
        return f"...{condition}{self.directives()} {self.selection(on, depth)}"

    def spread(self, kind: GraphQLCompositeType, depth: int) -> str:
        """A fragment that is there already, or a new one."""
        fitting = [name for name, on in self.on if on is kind]
        if fitting and self.random.random() < 0.5:
            return f"...{self.random.choice(fitting)}{self.directives()}"
        on = self.other(kind)
        body = self.selection(on, depth)
        name = f"Part{len(self.fragments)}"
        self.fragments.append(f"fragment {name} on {on.name} {body}")
        self.on.append((name, on))  # only now: it cannot spread itself
        return f"...{name}{self.directives()}"

    def other(self, kind: GraphQLCompositeType) -> GraphQLCompositeType:
        """The type itself, or one that its objects may also be."""
        others: list[GraphQLCompositeType] = [kind]
        if isinstance(kind, GraphQLObjectType):
            others += kind.interfaces
        else:
            others += self.schema.get_possible_types(kind)
        return self.random.choice(others)

    def directives(self) -> str:
        if self.random.random() > 0.12:
            return ""
        name = self.random.choice(("skip", "include"))
        value = self.random.choice(("true", "false", *(f"${one}" for one in SWITCHES)))
        self.used_switch |= value.startswith("$")
        return f" @{name}(if: {value})"

    def literal(self, kind: GraphQLInputType) -> str:
        bare = get_nullable_type(kind)
        if is_list_type(bare):
            return f"[{self.literal(bare.of_type)}]"
        named = get_named_type(kind)
        if is_enum_type(named):
            assert isinstance(named, GraphQLEnumType)
            return str(next(iter(named.values)))
        if is_input_object_type(named):
            assert isinstance(named, GraphQLInputObjectType)
            given = [
                f"{name}: {self.literal(one.type)}"
                for name, one in named.fields.items()
                if is_required_input_field(one) or (named.is_one_of and name == next(iter(named.fields)))
            ]
            return "{" + ", ".join(given) + "}"
        return LITERALS[named.name]


def whole_declaration(text: str) -> str:
    """The document with every declared switch used, since unused variables are invalid."""
    if DECLARED not in text:
        return text
    used = [one for one in SWITCHES if f"${one})" in text]
    kinds = {"yes": "$yes: Boolean!", "no": "$no: Boolean!", "byDefault": "$byDefault: Boolean = false"}
    return text.replace(DECLARED, "(" + ", ".join(kinds[one] for one in used) + ")")


def document(schema: GraphQLSchema, seed: int, operation: str = "query", fields: int = 60) -> str:
    """The document of this seed."""
    root = {"query": schema.query_type, "mutation": schema.mutation_type, "subscription": schema.subscription_type}
    kind = root[operation]
    assert kind is not None
    return whole_declaration(Writing(schema, Random(seed), fields).document(operation, kind))
