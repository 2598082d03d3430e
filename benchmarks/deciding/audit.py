"""The audit: how soon it finds a broken promise, how often it is wrong, what its intervals hold.

`live` are whole runs of the line (PostgreSQL, Prefect, API, worker, the embedded models): one where
all is well, one whose reviewers become noisier on the way, one whose judge is replaced by a coin
behind the same certificate, and one whose judge is replaced by a model of random weights. `replay`
audits the verdicts and answers of these runs again and again in other random orders through the
same code, since one run says little of a chance.
"""

from typing import Any

from benchmarks.deciding.audit_bets import measure_bets
from benchmarks.deciding.audit_coverage import measure_coverage
from benchmarks.deciding.audit_drift import measure_drift
from benchmarks.deciding.audit_line import Break, platform_of_its_own, run_case
from benchmarks.deciding.audit_replay import describe, replay
from benchmarks.deciding.effort import Effort

QUANTITY = 300
CASES: tuple[Break, ...] = ("", "people", "judge", "weights")
NAMES = {"": "normal", "people": "noisy_people", "judge": "coin_judge", "weights": "random_judge"}


def measure(effort: Effort) -> dict[str, object]:
    """Measure all parts."""
    return {
        "bets": measure_bets(effort.seed),
        "coverage": measure_coverage(effort),
        "drift": measure_drift(effort),
        **_live(effort),
    }


def _live(effort: Effort) -> dict[str, Any]:
    live, again = {}, {}
    with platform_of_its_own() as (settings, platform):
        for breaks in CASES:
            run = run_case(
                settings, platform, breaks=breaks, seed=effort.seed + 1, quantity=QUANTITY
            )
            live[NAMES[breaks]] = describe(run, breaks)
            if run.accepted:
                again[NAMES[breaks]] = replay(run, breaks, effort.splits)
    return {"live": live, "replay": again}
