"""The mechanism's own tables (schema ``app``), the data dictionary and the company's settings."""

from __future__ import annotations

import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Computed,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, CIDR, INET, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import TODAY, Base, Owned, Recorded


class UserScope(Base):
    """What one active user may and sees, precomputed: one row read once per query by every policy.

    Kept by statement triggers on users, positions and roles (models/sql/app/10_scope.sql).
    """

    __tablename__ = "user_scope"
    __table_args__ = (UniqueConstraint("login"), {"schema": "app"})

    login: Mapped[str]
    rights: Mapped[list[str]] = mapped_column(ARRAY(Text))
    owner_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    """Himself and everybody below him."""
    position_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    departments: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    """His position's, or the nearest one above that has one; records are shared with departments too."""
    reads_all: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    """Kinds whose every record he reads without standing above the owners: customer service (ORG-12)."""
    branch_id: Mapped[int | None] = mapped_column(BigInteger)
    warehouse_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    networks: Mapped[list[str] | None] = mapped_column(ARRAY(CIDR))
    hours_from: Mapped[datetime.time | None]
    hours_to: Mapped[datetime.time | None]
    """Outside of networks and hours the row counts as absent (ORG-08)."""
    encrypted: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether it counts as absent for a connection that others could listen to (ORG-21)."""
    limited: Mapped[bool] = mapped_column(
        Computed("networks IS NOT NULL OR hours_from IS NOT NULL OR encrypted", persisted=True)
    )
    """Whether any of the three has to be asked at all."""


class History(Base):
    """The change history (数据日志): one row per changed record, written by triggers only."""

    __tablename__ = "history"
    __table_args__ = (Index(None, "entity", "record_id", "id"), Index(None, "at"), {"schema": "app"})

    at: Mapped[datetime.datetime] = mapped_column(server_default=text("clock_timestamp()"))
    transaction: Mapped[int] = mapped_column(BigInteger)
    login: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(BigInteger)
    client: Mapped[str | None]
    entity: Mapped[str]
    record_id: Mapped[int] = mapped_column(BigInteger)
    action: Mapped[str]
    """create, change, delete, restore or purge."""
    changes: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """{column: [old, new]}; on purge the whole last row."""


class Epoch(Base):
    """From which history row on transaction numbers are those of one server.

    A logical restore begins them anew: without epochs it would look like a forgery.
    """

    __tablename__ = "epoch"
    __table_args__ = {"schema": "app"}

    system_identifier: Mapped[int] = mapped_column(BigInteger)
    first_history_id: Mapped[int] = mapped_column(BigInteger)
    opened_at: Mapped[datetime.datetime] = mapped_column(server_default=text("now()"))


class Seal(Base):
    """One link of the chain over finished history rows: those of ``epoch_id`` with transactions from
    ``from_transaction`` up to, without, ``to_transaction``."""

    __tablename__ = "seal"
    __table_args__ = {"schema": "app"}

    epoch_id: Mapped[int] = mapped_column(BigInteger)
    from_transaction: Mapped[int] = mapped_column(BigInteger)
    to_transaction: Mapped[int] = mapped_column(BigInteger)
    rows: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[str]
    """SHA-256, in hexadecimal, over the seal before and the digests of the rows in order."""
    sealed_at: Mapped[datetime.datetime] = mapped_column(server_default=text("now()"))


class Request(Base):
    """Idempotency keys: what a click has done, so that repeating it does nothing more."""

    __tablename__ = "request"
    __table_args__ = (UniqueConstraint("key"), Index(None, "at"), {"schema": "app"})

    key: Mapped[UUID]
    login: Mapped[str]
    command: Mapped[str]
    digest: Mapped[str]
    """Of what was asked: the same key with other contents is refused."""
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    at: Mapped[datetime.datetime] = mapped_column(server_default=text("now()"))


class Deletion(Base):
    """One deletion: what went into the recycle bin together (PLT-33)."""

    __tablename__ = "deletion"
    __table_args__ = {"schema": "app"}

    at: Mapped[datetime.datetime] = mapped_column(server_default=text("now()"))
    user_id: Mapped[int | None] = mapped_column(BigInteger)
    entity: Mapped[str]
    record_id: Mapped[int] = mapped_column(BigInteger)
    taken_along: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    """{entity key: number of records}."""


class ImportRun(Base):
    """One import of a file (PLT-19): who, when, which file, what became of its rows. Written by functions only."""

    __tablename__ = "import_run"
    __table_args__ = (Index(None, "user_id", "id"), {"schema": "app"})

    user_id: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime.datetime] = mapped_column(server_default=text("now()"))
    transaction: Mapped[int] = mapped_column(BigInteger)
    """Records join a run in its own transaction only."""
    entity: Mapped[str]
    file_name: Mapped[str]
    duplicates: Mapped[str]
    """skip, update or create."""
    created: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    updated: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    skipped: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    rejected: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    undone_at: Mapped[datetime.datetime | None]
    undone_by: Mapped[int | None] = mapped_column(BigInteger)


class ImportRecord(Base):
    """A record that an import made or changed, with what it takes to undo that."""

    __tablename__ = "import_record"
    __table_args__ = (
        UniqueConstraint("import_id", "entity", "record_id"),
        Index(None, "entity", "record_id"),
        {"schema": "app"},
    )

    import_id: Mapped[int] = mapped_column(BigInteger)
    entity: Mapped[str]
    record_id: Mapped[int] = mapped_column(BigInteger)
    action: Mapped[str]
    """create or update."""
    version: Mapped[int] = mapped_column(Integer)
    """The record's version when the import ended: another one means that somebody has worked on it since."""
    previous: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """{column: [before, after]} of what an update changed."""


class Numbering(Base):
    """How the documents of one kind are numbered (PLT-36)."""

    __tablename__ = "numbering"
    __table_args__ = (
        UniqueConstraint("entity"),
        CheckConstraint(
            "date_part IN ('', 'YYYY', 'YY', 'YYYYMM', 'YYMM', 'YYYYMMDD', 'YYMMDD')", name="date_part"
        ),
        CheckConstraint("digits BETWEEN 1 AND 10", name="digits"),
        # a counter that starts anew within what the date part says would give a number twice
        CheckConstraint(
            "resets = 'never' OR resets = 'year' AND date_part <> ''"
            " OR resets = 'month' AND date_part ~ 'MM' OR resets = 'day' AND date_part ~ 'DD'",
            name="resets",
        ),
        {"schema": "app"},
    )

    entity: Mapped[str]
    prefix: Mapped[str]
    date_part: Mapped[str] = mapped_column(server_default=text("'YYYYMMDD'"))
    """A to_char pattern; empty for none."""
    digits: Mapped[int] = mapped_column(Integer, server_default=text("4"))
    """At least so many; a longer number is not cut."""
    resets: Mapped[str] = mapped_column(server_default=text("'day'"))
    """When the counter begins at 1 again: never, year, month, day."""
    per_branch: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    """Whether each branch that has a prefix of its own counts by itself (ORG-01)."""
    changes: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    """How often the pattern was changed; its version for who edits it."""


class Counter(Base):
    """The numbers given of a series, from ``first`` to ``last`` without gaps."""

    __tablename__ = "counter"
    __table_args__ = (UniqueConstraint("series"), {"schema": "app"})

    series: Mapped[str]
    """The text before the digits; a question mark for each place of the date that begins no new count."""
    first: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))
    last: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))


class Applied(Base):
    """What was last applied: checksum of SQL files and migrations, the newest migration."""

    __tablename__ = "applied"
    __table_args__ = {"schema": "app"}

    checksum: Mapped[str]
    version: Mapped[str]
    tables: Mapped[str]
    """Digest of the migrations up to ``version`` as they were when they ran."""
    at: Mapped[datetime.datetime] = mapped_column(server_default=text("now()"))


class Child(Base):
    """Which records hang on which when one is deleted: filled by ``app.goes_with`` and ``app.holds``."""

    __tablename__ = "child"
    __table_args__ = (UniqueConstraint("parent", "child", "column_name"), {"schema": "app"})

    parent: Mapped[str]
    child: Mapped[str]
    column_name: Mapped[str]
    entity_column: Mapped[str | None]
    """The child's column that says which kind of record ``column_name`` means, where it may be any."""
    holds: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    """True: the parent cannot be deleted while it has such children; False: they go with it."""


class HeldKind(Base):
    """Whose records of one kind are besides their owner's, and which of them are open: filled by ``app.held_by``."""

    __tablename__ = "held_kind"
    __table_args__ = (UniqueConstraint("entity"), {"schema": "app"})

    entity: Mapped[str]
    people: Mapped[list[str]] = mapped_column(ARRAY(Text))
    """Columns that name one person or several."""
    open_when: Mapped[str | None]
    """A condition over the table's own columns; None for a kind that knows no end."""
    personal: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    """Of use to nobody but its owner: a job change leaves it where it is."""


class Along(Base):
    """What goes along when a record gets another owner (ORG-13): filled by ``app.moves_with`` and ``app.moves_not``."""

    __tablename__ = "along"
    __table_args__ = (
        UniqueConstraint("parent", "child", "column_name", name="uq_along_parent_child_column_name"),
        CheckConstraint("offered <@ ARRAY['open', 'all']", name="offered"),
        CheckConstraint("chosen = 'none' OR chosen = ANY (offered)", name="chosen"),
        {"schema": "app"},
    )

    parent: Mapped[str]
    child: Mapped[str]
    column_name: Mapped[str]
    """The child's column that holds the parent's id."""
    offered: Mapped[list[str]] = mapped_column(ARRAY(Text))
    """What may go: open, all; empty for a kind that never does."""
    chosen: Mapped[str]
    """none, or what goes unless somebody says otherwise."""


class Offered(Base):
    """Posting functions that ``app.post`` runs for staff: filled by ``app.offer``."""

    __tablename__ = "offered"
    __table_args__ = (UniqueConstraint("command"), {"schema": "app"})

    command: Mapped[str]


class Guarded(Base):
    """The rule under which a table is seen and edited, as its policies have it: filled by ``app.guard``.

    Definer functions, which row-level security does not bind, ask it through ``app.visible_ids``.
    """

    __tablename__ = "guarded"
    __table_args__ = (UniqueConstraint("entity"), {"schema": "app"})

    entity: Mapped[str]
    sees: Mapped[str]
    """The right to see it."""
    edits: Mapped[str]
    visible: Mapped[str]
    """The rule in force; the sharing model of its kind may open it to all."""
    editable: Mapped[str]
    own_visible: Mapped[str] = mapped_column(server_default=text("'false'"))
    """The rule while the kind is private."""
    own_editable: Mapped[str] = mapped_column(server_default=text("'false'"))
    editable_while: Mapped[str | None]
    """What has to hold of a row besides, before staff change it (``app.editable_while``)."""
    refusal: Mapped[str | None]
    """What they are told otherwise."""
    deletable: Mapped[str | None]
    """Of whom, among those who may edit it, a record goes into the recycle bin (``app.deletable_while``)."""
    searched: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """What of the rule quick search knows (``app.ways_of``): by whose ids and warehouses a row is found, and through
    which columns it is shared. None where the rule says more than that, or nothing is searched."""


class Part(Base):
    """A table whose rows are seen with a record: filled by ``app.guard_part``, so that the sharing model of the
    record's kind opens them too."""

    __tablename__ = "part"
    __table_args__ = (UniqueConstraint("entity"), {"schema": "app"})

    entity: Mapped[str]
    whole: Mapped[str]
    sees: Mapped[str]
    visible: Mapped[str]
    """The rule while the whole's kind is private."""


class Sharing(Base):
    """How far records of one kind are open to colleagues (ORG-11): filled by ``app.shared_kind``."""

    __tablename__ = "sharing"
    __table_args__ = (
        UniqueConstraint("kind"),
        CheckConstraint("level IN ('private', 'read', 'write')", name="level"),
        {"schema": "app"},
    )

    kind: Mapped[str]
    entities: Mapped[list[str]] = mapped_column(ARRAY(Text))
    level: Mapped[str] = mapped_column(server_default=text("'private'"))


class Section(Base):
    """One section of what customer service sees of customers (ORG-12): filled by ``app.customer_section``."""

    __tablename__ = "section"
    __table_args__ = (UniqueConstraint("key"), {"schema": "app"})

    key: Mapped[str]
    entities: Mapped[list[str]] = mapped_column(ARRAY(Text))
    """Kinds of which all records are read."""
    rights: Mapped[list[str]] = mapped_column(ARRAY(Text))
    shown: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))


class ExportLog(Base):
    """One line of the export log (导出日志): who took which records out of the program as a file or on paper, and how
    many (PLT-18). Written by ``app.log_export`` alone, kept for good."""

    __tablename__ = "export_log"
    __table_args__ = (Index(None, "at"), {"schema": "system"})

    at: Mapped[datetime.datetime] = mapped_column(server_default=text("clock_timestamp()"))
    login: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(BigInteger)
    computer: Mapped[str | None]
    """What the PC is called, as the login said it; the program where it was not this one (psql)."""
    address: Mapped[str | None] = mapped_column(INET)
    entity: Mapped[str]
    conditions: Mapped[str]
    """What the list was narrowed to, in the words that the person read: what a record or a choice was called then."""
    filter: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """The same by keys: data class, words, conditions, order, columns."""
    exported: Mapped[int] = mapped_column(BigInteger)
    """Number of rows."""
    format: Mapped[str]
    """xlsx, csv, or print."""


class Choice(Recorded, Base):
    """One choice of the data dictionary (PLT-37). ``key`` is ``kind.code`` and never changes."""

    __tablename__ = "choice"
    __table_args__ = (UniqueConstraint("key"), Index(None, "kind", "position"), {"schema": "system"})

    key: Mapped[str]
    kind: Mapped[str]
    parent_key: Mapped[str | None]
    zh: Mapped[str]
    en: Mapped[str]
    colour: Mapped[str | None]
    position: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    active: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))


class CustomField(Recorded, Base):
    """A field that the office added to a table (PLT-38): the column ``key`` of the table ``entity``.

    A real column, made by the triggers of models/sql/system/20_custom_field.sql, and no key of a jsonb value: its
    type, default, dictionary and grants are the database's own, the history has it field by field, two people
    who change different fields are no conflict, and sorting by it needs no expression. It is never dropped:
    switched off, it leaves the screens and keeps its values.
    """

    __tablename__ = "custom_field"
    __table_args__ = (
        UniqueConstraint("entity", "key"),
        CheckConstraint("key ~ '^custom_[0-9]+$'", name="key"),
        CheckConstraint("length(btrim(title)) > 0", name="title"),
        CheckConstraint(
            "kind IN ('text', 'long_text', 'number', 'amount', 'date', 'yes_no', 'choice', 'choices', 'file')",
            name="kind",
        ),
        {"schema": "system"},
    )

    entity: Mapped[str]
    """Key of a table that joined by ``app.customise``."""
    key: Mapped[str]
    """Name of the column, given by the trigger."""
    title: Mapped[str]
    kind: Mapped[str]
    dictionary: Mapped[str | None]
    """Kind of ``system.choice`` of choices; one of its own where none is given."""
    group_title: Mapped[str | None]
    required: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    initial: Mapped[str | None]
    """What new records start with: as it is written in the database, or as a person writes it."""
    position: Mapped[int | None] = mapped_column(Integer)
    searched: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    """Found by quick search; texts only."""
    indexed: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    """Long lists are often sorted by it: it has an index."""
    active: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))


class Setting(Base):
    """One setting of the company (ADM-05)."""

    __tablename__ = "setting"
    __table_args__ = (UniqueConstraint("key"), {"schema": "system"})

    key: Mapped[str]
    value: Mapped[Any] = mapped_column(JSONB)
    changed_on: Mapped[datetime.date] = mapped_column(server_default=TODAY)


class Preference(Base):
    """One setting of one user: layout, column widths, style, language."""

    __tablename__ = "preference"
    __table_args__ = (UniqueConstraint("user_id", "key"), {"schema": "system"})

    user_id: Mapped[int] = mapped_column(BigInteger)
    key: Mapped[str]
    value: Mapped[Any] = mapped_column(JSONB)


class SavedSearch(Owned, Base):
    """A search of one list under a name (PLT-12). Seen by its owner, those it is shared with, or everybody."""

    __tablename__ = "saved_search"
    __table_args__ = (
        Index(
            "ix_saved_search_name",
            "owner_id",
            "entity",
            "name",
            unique=True,
            postgresql_where=text("deleted_at IS NULL"),
        ),
        Index(None, "entity"),
        CheckConstraint("length(btrim(name)) BETWEEN 1 AND 60", name="name"),
        # a search is some hundred bytes; this only keeps the table from being used as a store
        CheckConstraint("octet_length(query::text) <= 65536", name="query"),
        {"schema": "system"},
    )

    entity: Mapped[str]
    """The list it belongs to."""
    name: Mapped[str]
    query: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """As services.query_json writes it."""
    everybody: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    """Everybody who may see that list may use it. Set by system.offer_search alone."""
