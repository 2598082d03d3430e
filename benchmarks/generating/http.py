"""Ours over HTTP against vLLM's own load generator, on one `vllm serve` of the embedded model."""

import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson

from benchmarks.generating.effort import Effort
from benchmarks.generating.jobs import Job, run_job
from benchmarks.generating.prompts import write_rows
from benchmarks.generating.recipes import DRAW_SEED
from benchmarks.generating.vllm import MODEL, draw_prompts
from ingot.engine.process import vllm_environment

VLLM = [sys.executable, "-m", "vllm.entrypoints.cli.main"]
NAME = "embedded"
REQUESTS, MAX_TOKENS = 2_000, 96
START_LIMIT_S = 300
UNSPLIT = ("--no-enable-chunked-prefill", "--max-num-batched-tokens", "8192")
"""On CPU a seeded request whose prefill is split kills vLLM (see `vllm_child`)."""


def measure(effort: Effort) -> dict[str, object]:
    """The ratio of the medians of output tokens per second; a first turn does not count."""
    turns = compare(REQUESTS, effort)
    ours, theirs = (statistics.median(side) for side in zip(*turns, strict=True))
    return {
        "http_efficiency": round(ours / theirs, 3),
        "http_tokens_per_s": round(ours),
        "http_bench_serve_tokens_per_s": round(theirs),
        "http_efficiency_of_each_round": [round(a / b, 3) for a, b in turns],
        "http_requests": REQUESTS,
    }


def compare(requests: int, effort: Effort) -> list[tuple[float, float]]:
    """(ours, theirs) of each round, in tokens per second."""
    with tempfile.TemporaryDirectory(prefix="ingot-bench-") as folder:
        rows = Path(folder) / "rows.jsonl"
        write_rows(rows, draw_prompts(requests, effort.seed))
        with serve(Path(folder)) as url:
            turns = [
                (run_ours(url, rows), run_bench_serve(url, rows, requests))
                for _ in range(effort.rounds + 1)
            ]
    return turns[1:]


def run_ours(url: str, rows: Path) -> float:
    """Tokens per second from the call to the finished dataset."""
    with tempfile.TemporaryDirectory(prefix="ingot-bench-") as folder:
        job = Job(rows.as_uri(), folder, endpoint=f"{url}/v1", model=NAME, max_tokens=MAX_TOKENS)
        return run_job(job).tokens_per_s


def run_bench_serve(url: str, rows: Path, requests: int) -> float:
    """Tokens per second by its own report."""
    report = rows.with_name("report.json")
    flags = {
        "backend": "openai-chat",
        "base-url": url,
        "endpoint": "/v1/chat/completions",
        "model": MODEL,
        "served-model-name": NAME,
        "dataset-name": "custom",
        "dataset-path": str(rows),
        "num-prompts": str(requests),
        "num-warmups": "0",
        "custom-output-len": str(MAX_TOKENS),
        "request-rate": "inf",
        "extra-body": orjson.dumps({"seed": DRAW_SEED, "temperature": 1.0, "top_p": 1.0}).decode(),
        "result-dir": str(report.parent),
        "result-filename": report.name,
    }
    command = [*VLLM, "bench", "serve"]
    command += [part for name, value in flags.items() for part in (f"--{name}", value)]
    command += ["--skip-chat-template", "--disable-shuffle", "--disable-tqdm", "--save-result"]
    subprocess.run(
        command, check=True, env=_environment(), stdout=sys.stderr, stdin=subprocess.DEVNULL
    )
    told = orjson.loads(report.read_bytes())
    if told["completed"] != requests:
        raise RuntimeError(f"vllm bench serve completed {told['completed']} of {requests} requests")
    return float(told["output_throughput"])


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Address of a `vllm serve` on loopback; raises RuntimeError where it does not start."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [*VLLM, "serve", MODEL, "--served-model-name", NAME, "--host", "127.0.0.1"]
    command += ["--port", str(port), "--dtype", "float32", "--enforce-eager", *UNSPLIT]
    log = folder / "serve.log"
    with log.open("wb") as said:
        server = subprocess.Popen(
            command, env=_environment(), stdin=subprocess.DEVNULL, stdout=said, stderr=said
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _await(f"{url}/health", server, log)
        yield url
    finally:
        server.terminate()
        server.wait()


def _await(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline_s = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline_s and server.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.5)
        else:
            return
    raise RuntimeError(f"vllm serve did not start: {log.read_text()[-1000:]}")


def _environment() -> dict[str, str]:
    """As for our own vLLM, but with the engine in a process of its own, which is the default."""
    environment = vllm_environment("cpu")
    environment.pop("VLLM_ENABLE_V1_MULTIPROCESSING", None)
    return environment
