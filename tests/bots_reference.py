"""What the bot screen must do, in plain Python: slow, obvious, one event of one lead at a time.

A history is a list of ``(second, type, subject)`` of one lead, in any order; subject may be None.
"""

from leadscore.adapters.config.params import load_settings
from leadscore.domain.settings import BotSettings
from tests.fakes import ROOT

SENT, OPENED, CLICKED = "email_sent", "email_opened", "email_clicked"


def rules(**changes):
    """Return the project's own bot settings with some keys changed."""
    plain = load_settings(ROOT / "params.yaml").bots.model_dump()
    return BotSettings.model_validate({**plain, **changes})


def rules_against(event, history, settings, *, opens_are_declared=True):
    """Return the names of the rules that speak against an open or a click."""
    now, kind, _ = event
    if kind == OPENED:
        return {"instant"} if _is_instant_open(event, history, settings) else set()
    if kind != CLICKED:
        return set()
    since_send = _since_last(SENT, now, history)
    found = set()
    if _within(since_send, settings.instant_click_seconds):
        found.add("instant")
    span = settings.unopened_click_seconds
    opened = any(
        kind == OPENED and span is not None and now - span <= t <= now
        for t, kind, _ in history
        if not _is_instant_open((t, kind, None), history, settings)
    )
    if opens_are_declared and _within(since_send, span) and not opened:
        found.add("unopened")
    if settings.burst_seconds is not None and _in_burst(now, history, settings):
        found.add("burst")
    if _near_honeypot(now, history, settings):
        found.add("honeypot")
    return found


def screened(history, settings, *, opens_are_declared=True):
    """Return what is left, each with the second it is known, by second, type and subject."""
    left = [
        (t + (settings.settle_seconds if kind == CLICKED else 0), kind, subject)
        for t, kind, subject in history
        if not rules_against(
            (t, kind, subject), history, settings, opens_are_declared=opens_are_declared
        )
    ]
    return sorted(left, key=lambda e: (e[0], e[1], e[2] is not None, e[2] or ""))


def _is_instant_open(event, history, settings):
    now, kind, _ = event
    return kind == OPENED and _within(
        _since_last(SENT, now, history), settings.instant_open_seconds
    )


def _since_last(kind, now, history):
    past = [t for t, k, _ in history if k == kind and t <= now]
    return now - max(past) if past else None


def _within(seconds, span):
    return seconds is not None and span is not None and seconds <= span


def _in_burst(now, history, settings):
    """Is there a window that holds this click and enough different links?"""
    span = settings.burst_seconds
    for first in range(now - span, now + 1):
        links = {s for t, k, s in history if k == CLICKED and first <= t <= first + span}
        if len(links) >= settings.burst_links:
            return True
    return False


def _near_honeypot(now, history, settings):
    return any(
        kind == CLICKED
        and abs(t - now) <= settings.honeypot_seconds
        and any(text.casefold() in (subject or "").casefold() for text in settings.honeypots)
        for t, kind, subject in history
    )
