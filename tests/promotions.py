"""Promotions for tests: signed by name, for every gate that is not passed, since gates are tested elsewhere."""

from leadscore.adapters.registry import examining, promoting
from leadscore.adapters.signature import Signature

AT = "2026-07-01T10:00:00Z"


def signature(despite=(), *, by="Ann", reason="a test", at=AT):
    return Signature(by, reason, at, tuple(despite))


def promoted(workspace, settings, version="challenger", **signed):
    """Promote a version whatever its gates say; return what came of it."""
    examined = examining.examine(workspace, settings, version)
    failed = [gate.gate for gate in examined.gates if not gate.passed]
    source = settings.source.name
    return promoting.promote(workspace, source, examined, signature(failed, **signed))


def rolled_back(workspace, settings, **signed):
    return promoting.rollback(workspace, settings.source.name, signature(**signed))


def retired(workspace, settings, **signed):
    return promoting.retire(workspace, settings.source.name, signature(**signed))
