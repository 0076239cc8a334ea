"""The eleven field kinds, one class each: parse, check, canonical form, comparison, SQL."""

from indelible.kernel.fields.kinds import KINDS, FieldKind, kind_of

__all__ = ["KINDS", "FieldKind", "kind_of"]
