"""What every configuration does: check its fields, and turn into plain values and back, tables within tables."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Self, get_args, get_origin, get_type_hints

from tsgan.errors import ConfigError


@dataclass(frozen=True)
class Settings:
    """A frozen, hashable configuration, whose fields are numbers, words, tuples of numbers, or further settings.

    Attributes:
        table: dotted name of the TOML table that holds it; empty for the outermost.
    """

    table: ClassVar[str] = ""

    def __post_init__(self) -> None:
        hints = _hints(type(self))
        for field in dataclasses.fields(self):
            self._check(field.name, getattr(self, field.name), hints[field.name])

    @classmethod
    def name_of(cls, field: str) -> str:
        """A field as people write it, ``law.memory.floor``."""
        return f"{cls.table}.{field}" if cls.table else field

    def require(self, holds: bool, field: str, rule: str) -> None:
        """ConfigError unless a rule ``holds``: ``{field} must {rule}``."""
        if not holds:
            raise ConfigError(f"{self.name_of(field)} must {rule}, not {getattr(self, field)}")

    def require_at_least(self, least: float, *fields: str) -> None:
        """ConfigError unless these fields, or all their entries, are finite numbers of at least ``least``."""
        for field in fields:
            value = getattr(self, field)
            entries = value if isinstance(value, tuple) else (value,)
            whole = all(isinstance(entry, int) for entry in entries)
            rule = f"be at least {least}" if whole else f"be a finite number of at least {least}"
            self.require(all(least <= entry < math.inf for entry in entries), field, rule)

    def require_share(self, *fields: str) -> None:
        """ConfigError unless these fields lie strictly between 0 and 1."""
        for field in fields:
            self.require(0 < getattr(self, field) < 1, field, "be between 0 and 1")

    def _check(self, name: str, value: Any, hint: Any) -> None:
        """The type of one field; what its value must fulfil beside that is up to the settings."""
        where, choices = self.name_of(name), get_args(hint)
        if get_origin(hint) is tuple:
            of = choices[0]
            wrong = not isinstance(value, tuple) or not value or any(not _is_number(entry, of) for entry in value)
            if wrong:
                raise ConfigError(f"{where} must be {_several(of)}, not {value!r}")
        elif isinstance(hint, type) and issubclass(hint, Settings):
            if not isinstance(value, hint):
                raise ConfigError(f"{where} must be a {hint.__name__}, not {value!r}")
        elif hint is bool:
            if not isinstance(value, bool):
                raise ConfigError(f"{where} must be true or false, not {value!r}")
        elif hint in (int, float):
            if not _is_number(value, hint):
                raise ConfigError(f"{where} must be {'a whole number' if hint is int else 'a number'}, not {value!r}")
        elif choices and str not in choices and value not in choices:
            raise ConfigError(f"{where} is {value!r}; choose one of {', '.join(choices)}")

    def to_dict(self) -> dict[str, Any]:
        """Every field as JSON and TOML have it: tables are dictionaries, tuples lists."""
        return {field.name: _plain(getattr(self, field.name)) for field in dataclasses.fields(self)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The settings with these fields, the others at their defaults; ConfigError names an unknown one."""
        return cls(**cls._fields_from(values, complete=False))

    @classmethod
    def from_saved(cls, values: Mapping[str, Any]) -> Self:
        """The settings that a model was saved with: every field must be there, so that no default has a say in what a
        saved model means.  ConfigError names one that is missing; what else is saved beside them is left alone."""
        known = {field.name for field in dataclasses.fields(cls)}
        return cls(**cls._fields_from({k: v for k, v in values.items() if k in known}, complete=True))

    @classmethod
    def _fields_from(cls, values: Mapping[str, Any], complete: bool) -> dict[str, Any]:
        known, hints = [field.name for field in dataclasses.fields(cls)], _hints(cls)
        unknown = [cls.name_of(name) for name in sorted(set(values) - set(known))]
        if unknown:
            raise ConfigError(f"unknown option {', '.join(unknown)}; known are {', '.join(known)}")
        missing = [cls.name_of(name) for name in known if name not in values]
        if missing and complete:
            raise ConfigError(f"the configuration saved lacks {', '.join(missing)}")
        return {name: cls._field_from(name, value, hints[name], complete) for name, value in values.items()}

    @classmethod
    def _field_from(cls, name: str, value: Any, hint: Any, complete: bool) -> Any:
        if isinstance(hint, type) and issubclass(hint, Settings):
            if not isinstance(value, Mapping):
                raise ConfigError(f"{cls.name_of(name)} must be a table, not {value!r}")
            return hint.from_saved(value) if complete else hint.from_dict(value)
        return tuple(value) if isinstance(value, list) else value


@cache
def _hints(settings: type[Settings]) -> dict[str, Any]:
    return get_type_hints(settings)


def _is_number(value: Any, kind: type) -> bool:
    return not isinstance(value, bool) and isinstance(value, int | kind)


def _several(kind: type) -> str:
    return "a list of whole numbers" if kind is int else "a list of numbers"


def _plain(value: Any) -> Any:
    if isinstance(value, Settings):
        return value.to_dict()
    return list(value) if isinstance(value, tuple) else value
