"""What a call in a flow file says beside its question and its answer: its transaction, its order, its budget."""

from __future__ import annotations

from typing import Any

from flowtape.capture.sql import isolation
from flowtape.replay.flowfile.case import RecordedCall
from flowtape.replay.flowfile.document import Place, integer, text_in, text_out

CALL_KEYS = ("transaction", "committed", "isolation", "before commit", "after commit", "overlaps", "budget")
MAX_BUDGET = 1_000_000


def circumstances_out(call: RecordedCall) -> dict[str, Any]:
    """What a call says beside its question and answer."""
    found: dict[str, Any] = {
        "transaction": call.transaction,
        "committed": call.committed,
        "isolation": text_out(call.isolation) if call.isolation else None,
        "before commit": call.before_commit,
        "after commit": call.after_commit,
        "overlaps": call.overlaps or None,
        "budget": call.budget if call.budget != 1 else None,
    }
    plain = (bool, str, dict)
    return {k: v if isinstance(v, plain) else integer(v) for k, v in found.items() if v is not None}


def circumstances_in(rest: dict[str, Place]) -> dict[str, Any]:
    """The fields of a RecordedCall that these keys give. Raises WrongAt."""
    numbers = ("transaction", "before commit", "after commit", "overlaps", "budget")
    found: dict[str, Any] = {key.replace(" ", "_"): rest[key].integer() for key in numbers if key in rest}
    if "committed" in rest:
        found["committed"] = rest["committed"].flag()
    if not 1 <= found.get("budget", 1) <= MAX_BUDGET:
        raise rest["budget"].wrong("how often this read may be asked: 1 or more")
    if "isolation" in rest:
        found["isolation"] = text_in(rest["isolation"])
        if not found["isolation"] or not isolation.is_mode(found["isolation"]):
            raise rest["isolation"].wrong(f"one of {', '.join(isolation.LEVELS)}, then `read only`, then `deferrable`")
    return found
