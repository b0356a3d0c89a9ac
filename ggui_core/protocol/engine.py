"""The schema engine, set up once: draft-07, formats asserted, patterns bounded, nothing ever fetched.

It is a megabyte of native code, so :mod:`.schema` imports this module when the first schema is compiled, not when
a server starts.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, NoReturn

import jsonschema_rs

from ggui_core.protocol.errors import SchemaRefused
from ggui_core.protocol.formats import STRING_CHECKS
from ggui_core.protocol.patterns import DFA_BYTES, PROGRAM_BYTES, STEP_CAP

_ROOT: Final = "json-schema:///contract"

_PATTERNS: Final = jsonschema_rs.FancyRegexOptions(
    backtrack_limit=STEP_CAP, size_limit=PROGRAM_BYTES, dfa_size_limit=DFA_BYTES
)


def _never(uri: str) -> NoReturn:
    raise LookupError(f"A contract refers to '{uri}', and nothing is ever fetched.")


class Engine:
    """Validators of one schema and of its parts.

    Args:
        schema: In the engine's words; every ``$ref`` is a fragment.

    Raises:
        SchemaRefused: The engine does not take it.
    """

    def __init__(self, schema: Mapping[str, Any]) -> None:
        whole = dict(schema)
        try:
            self._whole = _validator(whole)
            self._registry = jsonschema_rs.Registry(
                [(_ROOT, whole)], draft=jsonschema_rs.Draft7, retriever=_never
            )
        except jsonschema_rs.ValidationError as refusal:
            path = tuple(refusal.instance_path)
            raise SchemaRefused(f"This is no draft-07 schema: {refusal.message}.", path) from None
        except (jsonschema_rs.ReferencingError, ValueError) as refusal:
            raise SchemaRefused(f"This is no draft-07 schema: {str(refusal).splitlines()[0]}.") from None

    def accepts(self, value: object) -> bool:
        """The verdict of the whole schema."""
        return self._whole.is_valid(value)

    def part(self, fragment: str) -> jsonschema_rs.Draft7Validator:
        """A validator of the node at a fragment such as ``#/properties/a``."""
        return _validator({"$ref": _ROOT + fragment}, self._registry)


def standalone(schema: Mapping[str, Any]) -> jsonschema_rs.Draft7Validator:
    """A validator of keywords that refer to nothing."""
    return _validator(dict(schema))


@lru_cache(maxsize=256)
def searcher(pattern: str) -> jsonschema_rs.Draft7Validator:
    """Accepts the texts in which a valid pattern is found."""
    return _validator({"pattern": pattern})


def _validator(
    schema: dict[str, Any], registry: jsonschema_rs.Registry | None = None
) -> jsonschema_rs.Draft7Validator:
    return jsonschema_rs.Draft7Validator(
        schema,
        formats=dict(STRING_CHECKS),
        validate_formats=True,
        ignore_unknown_formats=False,
        retriever=_never,
        registry=registry,
        mask="value",
        pattern_options=_PATTERNS,
    )
