"""The processes of a local platform: PostgreSQL, Prefect, API, worker, sender, clock.

All state lives under one home folder. Children die with their parent, even after a kill -9
(PR_SET_PDEATHSIG); PostgreSQL outlives it and is attached to again. A platform that is already up
on the same home is used, not started twice.
"""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import orjson
from filelock import FileLock, Timeout

from ingot.datasets import DatasetStore
from ingot.engine.process import vllm_environment
from ingot.errors import IngotError, OrderError
from ingot.settings import Settings, resolve_model
from services.accounts.keys import create_key
from services.database.embedded import start_embedded, stop_embedded
from services.database.migrate import migrate
from services.database.pool import connect
from services.processes import free_port, last_line, spawn
from services.review.practice import offer_practice

START_TIMEOUT_S = 180.0
STOP_TIMEOUT_S = 15.0
TENANT = "local"
MAX_OVERLAP = 15
"""As many simulated reviewers as an order may ask answers per task."""
Notify = Callable[[str], None]
"""Told in a few words what is being started."""


@dataclass(slots=True)
class Platform:
    """A running platform."""

    api_url: str
    prefect_url: str
    keys: dict[str, str]
    """Development keys: operator, reviewer, simulated-1 to simulated-15."""
    model_url: str = ""
    rewards_url: str = ""
    """'' where the reward service was not wanted."""
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    """Empty where the platform belongs to another process."""
    logs: Path = Path()

    def check(self) -> None:
        """Raise where a part has died, naming its log."""
        for name, process in self.processes.items():
            if process.poll() is not None:
                raise IngotError(
                    f"{name} stopped with code {process.returncode}; its last words: "
                    f"{last_line(self.logs / f'{name}.log')}"
                )


@contextmanager
def running_platform(
    settings: Settings, notify: Notify, *, model_server: bool = False, rewards: bool = False
) -> Iterator[Platform]:
    """Use the platform of this home, or start one and stop it at the end of the block."""
    home = settings.home.resolve()
    _make_home(home)
    lock = FileLock(home / "platform.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        yield _attach(home)
        return
    platform: Platform | None = None
    (home / "platform.json").unlink(missing_ok=True)  # of a platform that was killed
    try:
        notify("PostgreSQL")
        platform = _start(settings, home, notify, model_server=model_server, rewards=rewards)
        yield platform
    finally:
        if platform is not None:
            _stop(platform)
        (home / "platform.json").unlink(missing_ok=True)
        if not settings.database_url.get_secret_value():
            stop_embedded(home)
        lock.release()


def _make_home(home: Path) -> None:
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OrderError(f"cannot make INGOT_HOME {home}: {error}; set another") from error


def attach(settings: Settings) -> Platform:
    """The platform that another process keeps up on this home."""
    home = settings.home.resolve()
    _make_home(home)
    lock = FileLock(home / "platform.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return _attach(home)
    lock.release()
    raise IngotError(f"no platform is up in {home}: start it with `ingot up`")


def _attach(home: Path) -> Platform:
    """Read where the platform of another process is, waiting while it starts."""
    facts_file = home / "platform.json"
    deadline_s = time.monotonic() + START_TIMEOUT_S
    while not facts_file.exists():
        if time.monotonic() > deadline_s:
            raise IngotError(f"another process starts a platform in {home} and does not finish")
        time.sleep(0.2)
    facts = orjson.loads(facts_file.read_bytes())
    urls = (facts["model_url"], facts.get("rewards_url", ""))
    return Platform(facts["api_url"], facts["prefect_url"], _read_keys(home), *urls)


def _start(
    settings: Settings, home: Path, notify: Notify, *, model_server: bool, rewards: bool
) -> Platform:
    """Start all parts; whatever was started is stopped again if one of them fails."""
    database_url = settings.database_url.get_secret_value() or start_embedded(home)
    keys = asyncio.run(_prepare(database_url, home))
    host = settings.host
    ports = [free_port(host, port) for port in (settings.api_port, settings.prefect_port)]
    platform = Platform(
        api_url=f"http://{host}:{ports[0]}",
        prefect_url=f"http://{host}:{ports[1]}",
        keys=keys,
        logs=home / "logs",
    )
    platform.logs.mkdir(exist_ok=True)
    environment = _environment(settings, home, database_url, platform, ports[0])
    try:
        _start_processes(platform, environment, host, ports[1], notify)
        if model_server:
            notify("the model server")
            _start_model_server(platform, settings, environment)
        if rewards:
            notify("the reward service")
            _start_rewards(platform, settings, environment)
    except BaseException:
        _stop(platform)
        raise
    facts = {
        "api_url": platform.api_url,
        "prefect_url": platform.prefect_url,
        "model_url": platform.model_url,
        "rewards_url": platform.rewards_url,
    }
    DatasetStore(f"file://{home}").put("platform.json", orjson.dumps(facts))
    return platform


def _start_processes(
    platform: Platform, environment: dict[str, str], host: str, prefect_port: int, notify: Notify
) -> None:
    python = sys.executable
    prefect = [python, "-m", "prefect", "server", "start", "--host", host]
    _spawn(platform, "prefect", [*prefect, "--port", str(prefect_port)], environment)
    _spawn(platform, "api", [python, "-m", "services.api"], environment)
    notify("the API")
    _await_health(platform, f"{platform.api_url}/readyz")
    _spawn(platform, "webhooks", [python, "-m", "services.webhooks"], environment)
    _spawn(platform, "clock", [python, "-m", "services.contracts"], environment)
    notify("Prefect")
    _await_health(platform, f"{platform.prefect_url}/api/health")
    notify("the worker")
    _spawn(platform, "worker", [python, "-m", "services.pipeline.worker"], environment)


def _start_model_server(
    platform: Platform, settings: Settings, environment: dict[str, str]
) -> None:
    """Serve the embedded model by `vllm serve`, OpenAI-compatible."""
    from generation.engines.vllm import CPU_SERVER_OPTIONS

    port = free_port(settings.host, settings.model_port)
    environment = vllm_environment(settings.device) | environment
    environment.pop("VLLM_ENABLE_V1_MULTIPROCESSING", None)
    command = [sys.executable, "-m", "vllm.entrypoints.cli.main", "serve"]
    options = ["--host", settings.host, "--port", str(port), "--served-model-name", "embedded"]
    device = CPU_SERVER_OPTIONS if settings.device == "cpu" else []
    _spawn(platform, "model", [*command, resolve_model("embedded"), *options, *device], environment)
    platform.model_url = f"http://{settings.host}:{port}/v1"
    _await_health(platform, f"http://{settings.host}:{port}/health")


def _start_rewards(platform: Platform, settings: Settings, environment: dict[str, str]) -> None:
    """Serve the judges of INGOT_REWARDS_CONFIG, or the verifiers alone."""
    port = free_port(settings.host, settings.rewards_port)
    command = [sys.executable, "-m", "services.rewards", "--port", str(port)]
    _spawn(platform, "rewards", command, environment)
    platform.rewards_url = f"http://{settings.host}:{port}"
    _await_health(platform, f"{platform.rewards_url}/readyz")


async def _prepare(database_url: str, home: Path) -> dict[str, str]:
    """Bring the schema up to date and make the development keys, once per home."""
    keys_file = home / "keys.json"
    async with await connect(database_url) as conn:
        await migrate(database_url)
        if keys_file.exists():
            return _read_keys(home)
        keys = {
            "operator": await create_key(conn, "operator", TENANT),
            "reviewer": await create_key(conn, "reviewer", TENANT, "reviewer-1"),
        }
        for number in range(1, MAX_OVERLAP + 1):
            name = f"simulated-{number}"
            keys[name] = await create_key(conn, "reviewer", TENANT, name, simulated=True)
        async with conn.transaction():
            await offer_practice(conn, TENANT)
    temporary = keys_file.with_suffix(".tmp")  # a kill leaves whole keys or none
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(orjson.dumps(keys))
    temporary.replace(keys_file)
    return keys


def _read_keys(home: Path) -> dict[str, str]:
    keys: dict[str, str] = orjson.loads((home / "keys.json").read_bytes())
    return keys


def _environment(
    settings: Settings, home: Path, database_url: str, platform: Platform, api_port: int
) -> dict[str, str]:
    """What the children need to know."""
    return os.environ | {
        "INGOT_HOME": str(home),
        "INGOT_DATABASE_URL": database_url,
        "INGOT_HOST": settings.host,
        "INGOT_API_PORT": str(api_port),
        "PREFECT_HOME": str(home / "prefect"),
        "PREFECT_API_URL": f"{platform.prefect_url}/api",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_LOGGING_LEVEL": "WARNING",
        "DO_NOT_TRACK": "1",
        "HF_HUB_OFFLINE": os.environ.get("HF_HUB_OFFLINE", "1"),
        "HF_HUB_DISABLE_TELEMETRY": "1",
    }


def _spawn(platform: Platform, name: str, command: list[str], environment: dict[str, str]) -> None:
    platform.processes[name] = spawn(command, environment, platform.logs / f"{name}.log")


def _await_health(platform: Platform, url: str) -> None:
    """Wait until a part answers; a part that died meanwhile is an error at once."""
    deadline_s = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline_s:
        platform.check()
        try:
            if httpx.get(url, timeout=2).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise IngotError(f"{url} did not answer within {START_TIMEOUT_S:.0f} s: see {platform.logs}")


def _stop(platform: Platform) -> None:
    """Ask the parts to end, the last started first; kill what does not."""
    for process in reversed(platform.processes.values()):
        process.terminate()
    for process in reversed(platform.processes.values()):
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
