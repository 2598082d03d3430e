"""Counters as Prometheus reads them (text format 0.0.4); no name of a tenant or key is in them."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable

from services.rewards.scorer import Scored

BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class Metrics:
    """What this process has done since it started."""

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, int]] = Counter()
        """By route and status."""
        self.questions: Counter[tuple[str, str]] = Counter()
        """By judge and outcome: scored, failed, or why it abstained."""
        self.tokens: Counter[str] = Counter()
        """By judge."""
        self._seconds: dict[str, float] = {}
        self._histogram: dict[str, list[int]] = {}

    def count(self, judge: str, scored: Scored) -> None:
        """One result."""
        outcome = scored.because or ("failed" if scored.failure else "scored")
        self.questions[judge, outcome] += 1
        self.tokens[judge] += scored.tokens

    def answered(self, route: str, status: int, seconds: float) -> None:
        """One request, when it is over."""
        self.requests[route, status] += 1
        buckets = self._histogram.setdefault(route, [0] * (len(BUCKETS_S) + 1))
        buckets[bisect_left(BUCKETS_S, seconds)] += 1
        self._seconds[route] = self._seconds.get(route, 0.0) + seconds

    def text(self, gauges: Iterable[tuple[str, str, float]]) -> str:
        """All of it; `gauges` are (name, labels, value) of now."""
        lines = ["# TYPE ingot_rewards_requests_total counter"]
        for (route, status), count in sorted(self.requests.items()):
            labels = f'route="{route}",status="{status}"'
            lines.append(f"ingot_rewards_requests_total{{{labels}}} {count}")
        lines.append("# TYPE ingot_rewards_questions_total counter")
        for (judge, outcome), count in sorted(self.questions.items()):
            labels = f'judge="{_escape(judge)}",outcome="{outcome}"'
            lines.append(f"ingot_rewards_questions_total{{{labels}}} {count}")
        lines.append("# TYPE ingot_rewards_tokens_total counter")
        for judge, count in sorted(self.tokens.items()):
            lines.append(f'ingot_rewards_tokens_total{{judge="{_escape(judge)}"}} {count}')
        return "\n".join([*lines, *self._latency(), *_gauges(gauges)]) + "\n"

    def _latency(self) -> list[str]:
        name = "ingot_rewards_request_seconds"
        lines = [f"# TYPE {name} histogram"]
        for route, buckets in sorted(self._histogram.items()):
            total = 0
            for bound, count in zip((*BUCKETS_S, "+Inf"), buckets, strict=True):
                total += count
                lines.append(f'{name}_bucket{{route="{route}",le="{bound}"}} {total}')
            lines.append(f'{name}_sum{{route="{route}"}} {self._seconds[route]:.6f}')
            lines.append(f'{name}_count{{route="{route}"}} {total}')
        return lines


def _gauges(gauges: Iterable[tuple[str, str, float]]) -> list[str]:
    lines: dict[str, None] = {}  # each type is said once
    for name, labels, value in gauges:
        lines[f"# TYPE ingot_rewards_{name} gauge"] = None
        lines[f"ingot_rewards_{name}{labels} {value:g}"] = None
    return list(lines)


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
