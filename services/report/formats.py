"""Numbers as the report writes them."""

_THIN = "\N{NARROW NO-BREAK SPACE}"
_MINUS = "\N{MINUS SIGN}"


def count(value: float | None) -> str:
    """A whole number with separators; a dash where it is missing."""
    return "–" if value is None else f"{value:,.0f}"


def percent(share: float | None, digits: int = 1) -> str:
    """A share as a percentage."""
    return "–" if share is None else f"{100 * share:.{digits}f}{_THIN}%"


def points(difference: float | None) -> str:
    """A difference of shares in percentage points, always signed."""
    if difference is None:
        return "–"
    return f"{100 * difference:+.1f}".replace("-", _MINUS)


def seconds(value: float) -> str:
    """A duration."""
    if value < 60:
        return f"{value:.1f}{_THIN}s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes}{_THIN}min {rest}{_THIN}s"


def words(name: str) -> str:
    """A name of the code in plain words."""
    return name.replace("_", " ")


def counted(number: int, noun: str) -> str:
    """A number with its noun, in the plural where due."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
