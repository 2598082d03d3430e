"""Bespoke curator: one LLM over the OpenAI backend.

Its token estimate wants tiktoken's vocabulary from the internet; a quarter of the characters stands
in, which is less work than the real count.
"""

import tiktoken
from bespokelabs.curator import LLM

from benchmarks.peers.job import Job, run

TUNED = {
    "max_concurrent_requests": 256,
    "max_requests_per_minute": 1_000_000,
    "max_tokens_per_minute": 1_000_000_000,
    "max_retries": 3,
    "require_all_responses": False,
}


class QuarterEncoding:
    """As many tokens as a quarter of the characters."""

    def encode(self, text: str, **options: object) -> list[int]:
        """Count, in the form of a list."""
        return [0] * (len(text) // 4)


class Writer(LLM):
    """The row's prompt as it is."""

    def prompt(self, input: dict[str, str]) -> str:
        """The user's message."""
        return input["prompt"]

    def parse(self, input: dict[str, str], response: str) -> dict[str, str]:
        """The row with its answer."""
        return {"prompt": input["prompt"], "answer": response}


def answer(job: Job) -> list[object]:
    """Run the writer over all prompts."""
    options: dict[str, object] = {"base_url": job.endpoint, "api_key": "none"}
    if job.setting == "tuned":
        options |= TUNED
    writer = Writer("mock", backend="openai", backend_params=options)
    rows = [{"prompt": prompt} for prompt in job.prompts]
    return list(writer(rows, working_dir=job.folder).dataset["answer"])


if __name__ == "__main__":
    tiktoken.get_encoding = lambda name: QuarterEncoding()
    run("bespokelabs-curator", answer)
