"""How an entity is declared.

A frozen ``Entity`` names table, columns, search, data classes, form fields, actions and rights of one kind
of record. List, search, sort, pages, totals, export, import, recycle bin, history, default form and every
generic test read this one declaration. It holds attributes and functions, never strings to evaluate, and
never names a widget: custom screens are found through ``widgets/views.py``.

Titles are English source strings given through ``language.mark``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, FromClause

from models.base import Base
from models.permissions import Permission
from services.commands import Changes


class Kind(StrEnum):
    """What a value is, hence how it is shown, typed, compared, exported and imported."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    PHONE = "phone"
    EMAIL = "email"
    URL = "url"
    INTEGER = "integer"
    QUANTITY = "quantity"
    """Decimal with the company's quantity precision."""
    PRICE = "price"
    """Decimal with the company's price precision."""
    AMOUNT = "amount"
    """Decimal in CNY with two decimals."""
    PERCENT = "percent"
    """Decimal; 13 means 13 %."""
    DATE = "date"
    TIME = "time"
    """Moment in time, ``datetime`` with time zone; shown in local time."""
    YES_NO = "yes_no"
    CHOICE = "choice"
    """Key of ``system.choice``; ``dictionary`` names its kind."""
    CHOICES = "choices"
    """Keys of several choices of one kind, a list; None for none."""
    STATE = "state"
    """One of the states of a document; ``labels`` gives their titles."""
    USER = "user"
    """Id of ``organisation.user``."""
    REFERENCE = "reference"
    """Id of a record of the entity named by ``reference``."""
    REGION = "region"
    """Administrative division, six digits of GB/T 2260."""
    PICTURE = "picture"
    """Id of an attachment (``system.attachment``) of the record's own that is a picture. The table's SQL says
    ``CALL app.holds_file(table, column)``."""
    FILE = "file"
    """The same for a file of any type."""


NUMBERS = frozenset({Kind.INTEGER, Kind.QUANTITY, Kind.PRICE, Kind.AMOUNT, Kind.PERCENT})
"""Kinds whose values are right-aligned and may be summed."""
FILES = frozenset({Kind.PICTURE, Kind.FILE})
"""Kinds whose value belongs to one record alone, so that no file fills it and no batch sets it."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of lists and exports.

    ``sort`` is what the column sorts by where that is not itself (the pinyin of a name).
    ``opens`` names the entity that a click on the value opens, ``opens_id`` the id to open;
    without ``opens_id`` the row's own id.
    ``total`` puts it into the totals row; ``right`` hides it from those without.
    ``shown`` is False for columns that a user has to choose first. ``labels``: what states, or some texts such as the
    names of what is built in, are called in the language in force.
    """

    key: str
    title: str
    value: ColumnElement[Any]
    kind: Kind = Kind.TEXT
    width: int = 120
    sort: ColumnElement[Any] | None = None
    sortable: bool = True
    total: bool = False
    dictionary: str | None = None
    labels: Mapping[str, str] | None = None
    opens: str | None = None
    opens_id: ColumnElement[Any] | None = None
    opens_entity: ColumnElement[str] | None = None
    """The entity key to open where it differs from row to row, as in journals; needs ``opens_id``."""
    right: Permission | None = None
    shown: bool = True


@dataclass(frozen=True, slots=True)
class Field:
    """One input of the form, of batch editing, of the import template.

    ``key`` is the attribute of the mapped class. ``group`` is the title of the box it stands in.
    ``wide`` gives it the whole width. ``right`` hides it from those without. ``check`` returns a template that says
    what is wrong, or None.
    ``aliases`` are other headers under which imported files name it, in any language.
    """

    key: str
    title: str
    kind: Kind = Kind.TEXT
    group: str = ""
    required: bool = False
    length: int | None = None
    dictionary: str | None = None
    reference: str | None = None
    default: Callable[[], object] | None = None
    check: Callable[[Any], str | None] | None = None
    help: str = ""
    wide: bool = False
    editable: bool = True
    once: bool = False
    """Chosen when the record is made, and never changed: its kind, what it belongs to."""
    right: Permission | None = None
    right_to_set: Permission | None = None
    """Others only read it; the database asks for the right too."""
    aliases: tuple[str, ...] = ()
    claimed: str = ""
    """The SQL function that says which of many values belong to other records already, where one means one record
    in more tables than an index covers (``services.importing.claims``)."""

    @property
    def rights(self) -> tuple[Permission, ...]:
        """All that somebody needs who wants to fill it."""
        return tuple(each for each in (self.right, self.right_to_set) if each is not None)


@dataclass(frozen=True, slots=True)
class Context:
    """Who asks, as conditions of data classes need it."""

    user_id: int
    below: tuple[int, ...] = ()
    """Ids of the users below, himself included."""
    days: int = 0
    """How many days are asked for, where a data class counts days."""


@dataclass(frozen=True, slots=True)
class DataClass:
    """A saved filter (数据分类) that comes with the program."""

    key: str
    title: str
    condition: Callable[[Context], ColumnElement[bool]]
    days: int | None = None
    """How many days it counts unless somebody wants others; ``title`` names them as ``{days}``. With others it is
    called ``key=60`` in queries (``data_classes.find_class``)."""


@dataclass(frozen=True, slots=True)
class SearchThrough:
    """Quick search also finds records whose ``own`` column is the ``key`` of a row of another table that matches.

    Customers by the names of their contacts: own customer.id, key contact.customer_id, search contact.search.
    """

    own: ColumnElement[Any]
    key: ColumnElement[Any]
    search: ColumnElement[Any]


@dataclass(frozen=True, slots=True)
class Ask:
    """What an action with a command needs to know: an argument of the command, asked for before it is done.

    ``kind`` TEXT or USER; a user that is not given is whoever acts. ``right``: asked only of who has it.
    """

    argument: str
    title: str
    kind: Kind = Kind.TEXT
    required: bool = False
    right: Permission | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """Something that can be done with a record or a selection, beyond editing it.

    ``states`` are those of the record's ``state`` in which it is offered, empty for all. What it does is
    bound to ``key`` by the custom screen (``widgets/views.py``); the entity only declares that it exists. One with a
    ``command`` is also done by lists with everything chosen: ``command(work, ids=…, **asked)``.
    """

    key: str
    title: str
    permission: Permission
    states: frozenset[str] = frozenset()
    shortcut: str = ""
    icon: str = ""
    command: Callable[..., Changes] | None = None
    asks: tuple[Ask, ...] = ()


@dataclass(frozen=True, slots=True)
class Companion:
    """Records of ``entity`` that stand in the rows of another one and refer to it by ``through``: the contact beside
    his company, in files that are imported and in the grid of new records.

    ``fields`` have keys ``prefix.key``. ``unique`` are keys (without prefix) by which one that the other record
    has already is recognised. It is made where a row fills ``name``; a row without it makes none.
    """

    entity: str
    prefix: str
    through: str
    fields: tuple[Field, ...]
    unique: tuple[str, ...]
    name: str

    @property
    def keys(self) -> frozenset[str]:
        """Keys of ``fields``."""
        return frozenset(each.key for each in self.fields)

    def bare(self, key: str) -> str:
        """``key`` without the prefix."""
        return key.removeprefix(f"{self.prefix}.")


@dataclass(frozen=True, slots=True)
class Along:
    """Records of the kind go along when the record of kind ``parent`` that they hang on gets another owner (ORG-13).

    The same as ``app.moves_with`` says in the kind's SQL, which counts and moves them; a test holds both together.
    """

    parent: str
    """Entity key."""
    offered: tuple[str, ...] = ("all",)
    """What may go: ``open``, ``all`` or both."""
    chosen: str = "none"
    """``none``, or what goes unless somebody says otherwise."""


@dataclass(frozen=True, slots=True)
class Entity:
    """One kind of record. See the module's docstring."""

    key: str
    title: str
    plural: str
    icon: str
    model: type[Base]
    label: ColumnElement[str]
    """What the record is called in tabs, completers and messages."""
    columns: tuple[Column, ...]
    fields: tuple[Field, ...]
    classes: tuple[DataClass, ...] = ()
    class_columns: tuple[str, ...] = ()
    """Keys of choice or state columns each of whose values is a data class too, called ``column=value``."""
    actions: tuple[Action, ...] = ()
    source: Callable[[], FromClause] | None = None
    """The model's table joined with what ``columns`` need; None for the table alone. Joins are outer and to
    at most one row, so that pages are cut before joining."""
    order: tuple[str, ...] = ("-id",)
    """Keys of columns a list is sorted by at first, ``-`` for descending; ``id`` is always a key."""
    detail: ColumnElement[str] | None = None
    """A second line for completers and search results, such as the model of a product."""
    searchable: bool = True
    """The table has the ``search`` column (models/sql/app/20_search.sql)."""
    search_through: tuple[SearchThrough, ...] = ()
    sought: tuple[str, ...] = ()
    """Titles of what quick search looks in, for the search box, where the table is ``searchable``: as many as its
    SQL names, and what is searched through; a test holds both together."""
    lines: str | None = None
    """Entity key of its lines, for documents."""
    create_by_form: bool = True
    """False where records come from other documents or functions only."""
    comes_from: str = ""
    """Where such records come from, for a list that has none yet: a source string."""
    importable: bool = False
    unique: tuple[str, ...] = ()
    """Field keys by which an imported row is recognised as one that exists."""
    companion: Companion | None = None
    """Second records that a row of a file may hold."""

    along: tuple[Along, ...] = ()
    """What its records go along with when that gets another owner."""

    custom: bool = False
    """The office may add fields of its own (PLT-38); its table joins by ``app.customise``."""

    def permission(self, verb: str) -> str:
        """The right to ``verb`` (view, create, edit, delete, export, import) records of this entity.

        A member of ``Permission`` for every entity of the registry; a test holds both together.
        """
        return f"{self.key}.{verb}"

    def column(self, key: str) -> Column:
        """The column called ``key``; KeyError if there is none."""
        for column in self.columns:
            if column.key == key:
                return column
        raise KeyError(f"{self.key} has no column {key!r}")

    def field(self, key: str) -> Field:
        """The field called ``key``; KeyError if there is none."""
        for field_ in self.fields:
            if field_.key == key:
                return field_
        raise KeyError(f"{self.key} has no field {key!r}")


@dataclass(frozen=True, slots=True)
class Facet:
    """One condition of an advanced search, shown as a removable chip. ``value`` depends on the operator."""

    column: str
    operator: str
    """A key of services.facets.OPERATORS."""
    value: Any = None


@dataclass(frozen=True, slots=True)
class Group:
    """Several conditions of which all or any have to hold; groups may hold groups (PLT-12)."""

    joint: str
    """all or any."""
    parts: tuple[Facet | Group, ...]


Condition = Facet | Group
"""What stands in a search: one condition, or a group of them."""


def facets_in(conditions: tuple[Condition, ...]) -> tuple[Facet, ...]:
    """Every single condition in ``conditions``, those inside groups too, from left to right."""
    found: list[Facet] = []
    for part in conditions:
        found.extend((part,) if isinstance(part, Facet) else facets_in(part.parts))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Query:
    """What a list shows: an entity, a data class, words, facets and an order. Hashable, so it can be a key."""

    entity: str
    data_class: str = "all"
    words: str = ""
    facets: tuple[Condition, ...] = ()
    """All of them have to hold."""
    order: tuple[str, ...] = field(default_factory=tuple)
    conditions: tuple[Callable[[Context], ColumnElement[bool]], ...] = ()
    """Fixed conditions, such as those of a section of the 360° view."""
    deleted: bool = False
    """True for the recycle bin."""
