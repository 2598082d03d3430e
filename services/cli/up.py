"""`ingot up`: the platform on this machine, until Ctrl-C."""

import signal
import time

from rich.console import Console

from ingot.settings import Settings
from services.platform import Platform, running_platform


def keep_up(
    settings: Settings, console: Console, *, model_server: bool, rewards: bool = False
) -> None:
    """Start all, print the addresses, stop all at the end."""
    for number in (signal.SIGINT, signal.SIGTERM):  # shells start background jobs deaf to SIGINT
        signal.signal(number, signal.default_int_handler)
    with console.status("starting") as status:
        platform_here = running_platform(
            settings,
            lambda what: status.update(f"starting {what}"),
            model_server=model_server,
            rewards=rewards,
        )
        with platform_here as platform:
            status.stop()
            _print_addresses(console, platform)
            try:
                while True:
                    platform.check()
                    time.sleep(1)
            except KeyboardInterrupt:
                console.print("stopping")
    console.print("stopped")


def _print_addresses(console: Console, platform: Platform) -> None:
    addresses = {
        "API": platform.api_url,
        "OpenAPI": f"{platform.api_url}/openapi.json",
        "review page": f"{platform.api_url}/review",
        "Prefect": platform.prefect_url,
        "model server": platform.model_url or "not started",
        "rewards": platform.rewards_url or "not started",
        "operator key": platform.keys["operator"],
        "reviewer key": platform.keys["reviewer"],
    }
    for name, address in addresses.items():
        console.print(f"{name:<13} {address}", highlight=False, soft_wrap=True)
    console.print("Ctrl-C stops everything", style="dim")
