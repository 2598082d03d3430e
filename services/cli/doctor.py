"""`ingot doctor`: what is here, what works, and what to do about the rest."""

import importlib.metadata
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from ingot.datasets import DatasetStore
from ingot.settings import Settings, resolve_model
from judging.sandbox.bubblewrap import probe

NEEDED_DISK_GB = 2.0
NEEDED_MEMORY_GB = 4.0
PARTS = {
    "vllm": "generates and judges; without it use engine: transformers",
    "torch": "trains and evaluates",
    "trl": "trains",
    "prefect": "runs the flows",
    "fastapi": "serves orders and review",
    "psycopg": "speaks to PostgreSQL",
    "sentence-transformers": "finds semantic duplicates",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One check."""

    name: str
    good: bool
    detail: str
    """What was found; where it is not good, also the remedy."""


def examine(settings: Settings, console: Console) -> int:
    """Check everything and print a table; gives 0 where all is well, else 1."""
    table = Table("", "what", "found")
    worst = 0
    with console.status("looking"):
        for finding in _findings(settings):
            table.add_row("ok" if finding.good else "[red]no[/red]", finding.name, finding.detail)
            worst = max(worst, int(not finding.good))
    console.print(table)
    return worst


def _findings(settings: Settings) -> Iterator[Finding]:
    yield _python()
    yield from (_distribution(name, role) for name, role in PARTS.items())
    yield _models()
    yield _memory()
    yield _disk(settings)
    yield _attempt("PostgreSQL", lambda: _query(settings), "set INGOT_DATABASE_URL or INGOT_HOME")
    yield _attempt("sandbox", probe, "without it orders with a code verifier fail")
    remedy = "check INGOT_STORE_URI and INGOT_S3_*"
    yield _attempt("dataset store", lambda: _write(settings.store_root, settings), remedy)
    yield _attempt("deliveries", lambda: _write(settings.delivery_root, settings), remedy)


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("Python", sys.version_info >= (3, 11), f"{version} (3.11 or newer is needed)")


def _distribution(name: str, role: str) -> Finding:
    try:
        return Finding(name, True, f"{importlib.metadata.version(name)}: {role}")
    except importlib.metadata.PackageNotFoundError:
        return Finding(name, False, f"not installed ({role}): run `make setup`")


def _models() -> Finding:
    missing = [
        name
        for name in ("embedded", "embedded-judge")
        if not (Path(resolve_model(name)) / "model.safetensors").is_file()
    ]
    detail = f"missing {', '.join(missing)}: run `make model`" if missing else "generator and judge"
    return Finding("embedded models", not missing, detail)


def _memory() -> Finding:
    free_gb = psutil.virtual_memory().available / 2**30
    return Finding("memory", free_gb >= NEEDED_MEMORY_GB, f"{free_gb:.1f} GiB free, 4 are needed")


def _disk(settings: Settings) -> Finding:
    folder = next(
        p for p in (settings.home.resolve(), *settings.home.resolve().parents) if p.exists()
    )
    free_gb = shutil.disk_usage(folder).free / 2**30
    return Finding("disk", free_gb >= NEEDED_DISK_GB, f"{free_gb:.1f} GiB free under {folder}")


def _attempt(name: str, act: Callable[[], str], remedy: str) -> Finding:
    try:
        return Finding(name, True, act())
    except Exception as error:
        return Finding(name, False, f"{error}: {remedy}")


def _query(settings: Settings) -> str:
    """Ask the configured server its version, or start an embedded one for a moment."""
    import psycopg

    from services.database.embedded import start_embedded, stop_embedded

    url = settings.database_url.get_secret_value()
    if url:
        with psycopg.connect(url, connect_timeout=10) as conn:
            return f"{conn.info.parameter_status('server_version')} at INGOT_DATABASE_URL"
    with tempfile.TemporaryDirectory() as folder:
        with psycopg.connect(start_embedded(Path(folder))) as conn:
            version = conn.info.parameter_status("server_version")
        stop_embedded(Path(folder))
        return f"{version}, embedded"


def _write(root: str, settings: Settings) -> str:
    """Write and read a small file where datasets or deliveries go."""
    store = DatasetStore(root, settings.storage_options(root))
    store.put("doctor.txt", b"ok")
    store.get("doctor.txt")
    return root
