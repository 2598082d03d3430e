"""Each request in flight is a connection, and each connection an open file."""

import resource

SPARED = 128
"""Open files that all else may need."""


def most_connections(wanted: int) -> int:
    """As many as the process may open beside its other files, asking for more where it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + SPARED
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return wanted
    return max(soft - SPARED, 1)
