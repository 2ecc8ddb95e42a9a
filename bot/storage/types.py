"""Column types that mean the same on SQLite and on PostgreSQL.

They give SQLAlchemy the whole conversion as one function. Its usual way, a hook in front of the
conversion of the type below, costs three calls a value, and a batch of the due table binds ten
thousand values in the event loop.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, LargeBinary, Uuid
from sqlalchemy.types import TypeDecorator, TypeEngine

Convert = Callable[[Any], Any]


class UTCDateTime(TypeDecorator[datetime]):
    """An aware datetime in UTC; naive ones are refused at the border (ValueError).

    SQLite keeps text without a zone, `2026-06-01 14:00:00.000000`, which sorts as time does.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Convert:
        """To the database: UTC, as text without the zone where the database has none."""
        return _instant_as_text if dialect.name == "sqlite" else _instant

    def result_processor(self, dialect: Dialect, coltype: object) -> Convert:
        """From the database: always aware, always UTC."""
        return _instant_from_text if dialect.name == "sqlite" else _instant

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """One value to the database, for statements with literal values."""
        return self.bind_processor(dialect)(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """One value from the database."""
        found: datetime | None = self.result_processor(dialect, None)(value)
        return found


def _instant(value: datetime | None) -> datetime | None:
    if value is None or value.tzinfo is UTC:
        return value
    if value.tzinfo is None:
        raise ValueError("a naive datetime was about to be stored")
    return value.astimezone(UTC)


def _instant_as_text(value: datetime | None) -> str | None:
    moment = _instant(value)
    if moment is None:
        return None
    return moment.replace(tzinfo=None).isoformat(" ", "microseconds")


def _instant_from_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value).replace(tzinfo=UTC)


class Key(TypeDecorator[UUID]):
    """A UUID made by us: native on PostgreSQL, 16 bytes on SQLite (half of its text form)."""

    impl = LargeBinary(16)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[UUID] | TypeEngine[bytes]:
        """The native type where there is one."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(Uuid())
        return dialect.type_descriptor(LargeBinary(16))

    def bind_processor(self, dialect: Dialect) -> Convert | None:
        """To the database."""
        return _key_as_bytes if dialect.name == "sqlite" else None

    def result_processor(self, dialect: Dialect, coltype: object) -> Convert | None:
        """From the database."""
        return _key_from_bytes if dialect.name == "sqlite" else None

    def process_bind_param(self, value: UUID | None, dialect: Dialect) -> UUID | bytes | None:
        """One value to the database, for statements with literal values."""
        return _key_as_bytes(value) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> UUID | None:
        """One value from the database."""
        return UUID(bytes=value) if isinstance(value, bytes) else value


def _key_as_bytes(value: UUID | None) -> bytes | None:
    return None if value is None else value.bytes


def _key_from_bytes(value: bytes | None) -> UUID | None:
    return None if value is None else UUID(bytes=value)


# SQLite counts up by itself only in a column that is called INTEGER.
Counter = BigInteger().with_variant(Integer(), "sqlite")
