"""Numbers, times and money as the portal says them."""

from datetime import datetime
from decimal import Decimal

_NO_MINOR_UNITS = {
    "BIF",
    "CLP",
    "DJF",
    "GNF",
    "JPY",
    "KMF",
    "KRW",
    "PYG",
    "RWF",
    "UGX",
    "VND",
    "VUV",
}
STATES = {
    "leased": "held now",
    "submitted": "counts",
    "surplus": "paid, does not count",
    "skipped": "skipped",
    "released": "given back",
    "expired": "ran out",
    "voided": "voided",
}
KINDS = {
    "pairwise": "which of two is better",
    "ranking": "rank several",
    "attributes": "score by attributes",
    "rating": "one score",
    "accept": "accept or reject",
    "rewrite": "rewrite an answer",
    "write": "write a text",
    "turns": "grade a conversation",
    "trajectory": "grade an agent's steps",
    "facts": "check facts",
}
CAUSES = {
    "guideline_gap": "The guideline does not say",
    "ambiguous": "The task can be read two ways",
    "slip": "Somebody slipped",
    "expertise": "It needs an expert",
    "subjective": "A matter of taste",
}


def money(minor: int, currency: str) -> str:
    """An amount: minor units as people write them."""
    if currency in _NO_MINOR_UNITS:
        return f"{minor:,} {currency}"
    return f"{Decimal(minor) / 100:,.2f} {currency}"


def share(value: float | None) -> str:
    """0..1 in per cent; a dash where there is none."""
    return "–" if value is None else f"{100 * value:.0f} %"


def figure(value: float | None) -> str:
    """Two digits after the point; a dash where there is none."""
    return "–" if value is None else f"{value:.2f}"


def lasting(milliseconds: float | None) -> str:
    """A time of work."""
    if milliseconds is None:
        return "–"
    seconds = round(milliseconds / 1000)
    if seconds < 90:
        return f"{seconds} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes / 60:.1f} h"


def when(at: datetime) -> str:
    """A moment, in UTC."""
    return f"{at:%-d %b %Y, %H:%M}"
