"""How Chinese characters are read: what quick search and sorting by pinyin look up.

The tables are seeded by ``services.pinyin.seed_rows`` and extended by the office's own corrections; they
hold nothing of the business.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Index, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class Reading(Base):
    """One character and its readings in pinyin without tones, ``v`` for ü, the usual one first.

    ``tokens``, ``initials`` and ``pairs`` are what ``app.search_text`` needs, worked out once by the trigger
    ``app.fill_reading`` instead of per row of business data: ``#`` stands for the position,
    ``*`` for the next initial.
    """

    __tablename__ = "reading"
    __table_args__ = (
        # Everything the trigger reads is in the index: one look-up per character, never the table.
        Index(
            "ix_reading_character",
            "character",
            unique=True,
            postgresql_include=["initials", "tokens", "pairs"],
        ),
        {"schema": "app"},
    )

    character: Mapped[str] = mapped_column(Text(collation="C"))
    readings: Mapped[list[str]] = mapped_column(ARRAY(Text))
    initials: Mapped[str] = mapped_column(server_default="")
    tokens: Mapped[str] = mapped_column(server_default="")
    pairs: Mapped[str] = mapped_column(server_default="")


class ReadingPhrase(Base):
    """A word, or a surname at the start of a person's name, read otherwise than its characters one by one.

    Used for the sort key only: search knows every reading anyway. ``readings`` has one for each character.
    """

    __tablename__ = "reading_phrase"
    __table_args__ = (
        UniqueConstraint("phrase", "surname"),
        {"schema": "app"},
    )

    phrase: Mapped[str] = mapped_column(Text(collation="C"))
    surname: Mapped[bool] = mapped_column(Boolean)
    readings: Mapped[list[str]] = mapped_column(ARRAY(Text))


class ReadingCorrection(Base):
    """What the office says about a word's reading; a trigger carries it into the two tables above.

    ``phrase`` is one or two characters, ``readings`` one for each of them.
    """

    __tablename__ = "reading_correction"
    __table_args__ = (
        UniqueConstraint("phrase", "surname"),
        {"schema": "app"},
    )

    phrase: Mapped[str] = mapped_column(Text(collation="C"))
    surname: Mapped[bool] = mapped_column(Boolean, server_default="false")
    readings: Mapped[list[str]] = mapped_column(ARRAY(Text))
