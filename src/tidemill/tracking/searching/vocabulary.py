"""What can be asked about one kind of thing: its names, what each is compared with, and by which operators."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tidemill.core import UsageError, did_you_mean
from tidemill.tracking.searching.grammar import (
    ILIKE,
    IN,
    IS_NOT_NULL,
    IS_NULL,
    LIKE,
    NOT_IN,
    Comparison,
    Value,
    print_comparison,
    read_filter,
    read_order,
)

ATTRIBUTES = "attributes"
TEXT, NUMBER, INSTANT, NUMBER_OR_TEXT = "text", "number", "instant", "number or text"

ALIKE = ("=", "!=", LIKE, ILIKE)
LISTED = (*ALIKE, IN, NOT_IN)
PRESENT = (*ALIKE, IS_NULL, IS_NOT_NULL)
#: What kinds of names are called when a value of another kind is refused.
_KINDS = {
    "params": "parameter (e.g. 'my-value')",
    "tags": "tag (e.g. 'my-value')",
    "datasets": "dataset attributes",
}


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that must hold. of: the entity by its one name, as attributes or metrics; key: by its one name.

    What a thing lacks fulfils no condition but IS NULL.
    """

    of: str
    key: str
    operator: str
    value: Value = None


@dataclass(frozen=True, slots=True)
class Order:
    """By what a list is ordered: things without it at the end, what is no number before those."""

    of: str
    key: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Key:
    """A name with what it is compared with: text, number, instant (ISO 8601 in quotes), or numbers quoted or not.

    filtered, ordered: whether filters and orders may name it.
    """

    name: str
    aliases: tuple[str, ...] = ()
    kind: str = TEXT
    operators: tuple[str, ...] = ALIKE
    filtered: bool = True
    ordered: bool = True


@dataclass(frozen=True, slots=True)
class Entity:
    """A group of names: the keys in `keys`, or, when there are none, any key, all alike `any_key`."""

    name: str
    aliases: tuple[str, ...] = ()
    keys: tuple[Key, ...] = ()
    any_key: Key | None = None

    def key(self, name: str, things: str) -> Key:
        """Return what is known of a name. Raises UsageError for one that is not known."""
        if self.any_key is not None:
            if not name:
                raise UsageError(f"a key of {self.name} is empty; write {self.name}.`the key`")
            return self.any_key
        wanted = _folded(name)
        for each in self.keys:
            if wanted == each.name or wanted in each.aliases:
                return each
        known = [each.name for each in self.keys]
        kind = "attribute" if self.name == ATTRIBUTES else self.name.removesuffix("s")
        raise UsageError(
            f"Invalid {kind} key {name[:80]!r} specified. Valid keys are, for {things}: {', '.join(known)}."
            f"{did_you_mean(wanted, known)}"
        )


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What can be asked about one kind of thing.

    things: what they are called, as in "runs". entities: the attributes first.

    >>> words = Vocabulary("boats", (Entity("attributes", keys=(Key("name"),)), Entity("tags", any_key=Key("tag"))))
    >>> words.read_where("name = 'Ada' and tags.crew LIKE 'a%'")[0]
    Condition(of='attributes', key='name', operator='=', value='Ada')
    """

    things: str
    entities: tuple[Entity, ...]

    def read_where(self, text: str | None) -> tuple[Condition, ...]:
        """Return the conditions of a filter. Raises UsageError for what cannot be read or asked."""
        return tuple(self._condition(each) for each in read_filter(text or ""))

    def read_order(self, text: str) -> Order:
        """Return the order of a text such as "name DESC". Raises UsageError for what cannot be read or ordered by."""
        name, descending = read_order(text)
        entity, key = self._known(name.entity, name.key)
        if not key.ordered:
            allowed = [each.name for each in entity.keys if each.ordered] or "nothing of it"
            raise UsageError(
                f"{self.things} cannot be ordered by {entity.name}.{name.key}; "
                f"use {allowed if isinstance(allowed, str) else ', '.join(allowed)}"
            )
        return Order(entity.name, key.name if entity.keys else name.key, descending)

    def read_orders(self, texts: Iterable[str]) -> tuple[Order, ...]:
        """Return the orders of a list of texts."""
        return tuple(self.read_order(text) for text in texts)

    def checked(self, conditions: Iterable[Condition]) -> tuple[Condition, ...]:
        """Return conditions as a filter gives them. Raises UsageError for one that no filter could give."""
        return tuple(self._condition(Comparison(each.of, each.key, each.operator, each.value)) for each in conditions)

    def _condition(self, given: Comparison) -> Condition:
        entity, key = self._known(given.entity, given.key)
        if not key.filtered:
            raise UsageError(
                f"{self.things} cannot be filtered by {entity.name}.{given.key}; they are ordered by it only"
            )
        if given.operator not in key.operators:
            raise UsageError(
                f"Invalid comparator {given.operator!r} for {entity.name}.{given.key[:80]} of {self.things}; "
                f"use one of {', '.join(key.operators)}"
            )
        name = key.name if entity.keys else given.key
        return Condition(entity.name, name, given.operator, _checked(given, entity.name, key))

    def _known(self, entity: str | None, name: str) -> tuple[Entity, Key]:
        if entity is None:
            return self.entities[0], self.entities[0].key(name, self.things)
        wanted = entity.lower()
        for each in self.entities:
            if wanted == each.name or wanted in each.aliases:
                return each, each.key(name, self.things)
        known = [each.name for each in self.entities]
        raise UsageError(
            f"Invalid entity type {entity[:80]!r}. Valid values are, for {self.things}: {', '.join(known)}."
            f"{did_you_mean(wanted, known)}"
        )


def keys(names: Iterable[str], *, kind: str = TEXT, operators: tuple[str, ...] = ALIKE) -> tuple[Key, ...]:
    """Return keys that are alike but for their names; "name|alias|alias" gives aliases."""
    parts = [text.split("|") for text in names]
    return tuple(Key(name, tuple(aliases), kind, operators) for name, *aliases in parts)


def _checked(given: Comparison, of: str, key: Key) -> Value:
    """Return the value as the key is compared with it. Raises UsageError for a value of another kind."""
    value = given.value
    if value is None or isinstance(value, tuple):
        return value
    if key.kind == NUMBER_OR_TEXT and isinstance(value, str):
        try:
            value = int(value)
        except ValueError:
            raise UsageError(f"{_said(given)}: {given.key} is compared with a whole number") from None
    if key.kind in {NUMBER, NUMBER_OR_TEXT}:
        if isinstance(value, str | bool):
            what = "metric" if of == "metrics" else f"numeric attribute: {key.name}"
            raise UsageError(
                f"Expected numeric value type for {what}. Found '{str(value)[:80]}': {_said(given)}, but it is "
                "compared with a number, not with text"
            )
        return value
    if not isinstance(value, str):
        raise UsageError(
            f"Expected a quoted string value for {_KINDS.get(of, of)}. Got value {value}: {_said(given)}, but it is "
            f"compared with text; put the value in quotes, as '{value}'"
        )
    return value


def _said(given: Comparison) -> str:
    text = print_comparison(given)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _folded(name: str) -> str:
    return name.lower().replace(" ", "_")
