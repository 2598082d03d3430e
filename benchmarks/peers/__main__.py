"""Measure other systems against the mock engine, one JSON line per peer and setting.

python -m benchmarks.peers [--only distilabel,curator] [--settings default,tuned,poison]
                           [--requests N]
"""

import argparse
import json

from benchmarks.peers.measure import Case, measure

DEFAULT_REQUESTS, TUNED_REQUESTS = 256, 512
"""Some defaults keep four requests in flight; fewer rows keep the wait bearable."""
POISON_SHARE = 0.012
TUNED = {
    "distilabel": "tuned",
    "curator": "tuned",
    "data_designer": "tuned",
    "sdg_hub": "checkpointed",
}
"""What a user who wants the most of each peer sets. sdg_hub is as fast as it gets by default; with
checkpoints it can be resumed, as the others can."""


KINDEST = {
    "distilabel": "default",
    "curator": "tuned",
    "data_designer": "tuned",
    "sdg_hub": "default",
}
"""The setting in which a row that always fails does the least harm."""


def cases_of(peer: str, requests: int | None) -> dict[str, Case]:
    """The settings in which a peer is measured."""
    few, many = requests or DEFAULT_REQUESTS, requests or TUNED_REQUESTS
    return {
        "default": Case(peer, "default", few),
        "tuned": Case(peer, TUNED[peer], many),
        "poison": Case(peer, KINDEST[peer], many, POISON_SHARE),
    }


def main() -> None:
    """Run what was chosen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default=",".join(TUNED), help="peers, by comma")
    parser.add_argument("--settings", default="default,tuned,poison", help="by comma")
    parser.add_argument("--requests", type=int, help="rows in each run instead of 256 and 512")
    options = parser.parse_args()
    for peer in options.only.split(","):
        if peer not in TUNED:
            parser.error(f"--only names {peer!r}: choose from {', '.join(TUNED)}")
        cases = cases_of(peer, options.requests)
        for setting in options.settings.split(","):
            if setting not in cases:
                parser.error(f"--settings names {setting!r}: choose from {', '.join(cases)}")
            print(json.dumps({"benchmark": "peers"} | measure(cases[setting])), flush=True)


if __name__ == "__main__":
    main()
