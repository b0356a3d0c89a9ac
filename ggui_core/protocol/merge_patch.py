"""JSON Merge Patch, RFC 7396 (``ggui_update`` with ``kind: "merge"``, spec 02 section 6.3)."""

from __future__ import annotations

from collections.abc import Mapping


def merge_patch(target: object, patch: object) -> object:
    """Apply a merge patch and return the result; neither argument is changed.

    ``null`` deletes a member, an object is merged, anything else replaces. Nulls inside an object that the patch
    creates delete too, so no null of a patch ever reaches the result outside an array (RFC 7396 section 2).
    What the patch does not touch is shared with ``target``, not copied.

    The caller has bounded the depth of the patch (:func:`ggui_core.protocol.bounds.measure`).
    """
    if not isinstance(patch, Mapping):
        return patch
    merged = dict(target) if isinstance(target, Mapping) else {}
    for name, change in patch.items():
        if change is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), change)
    return merged
