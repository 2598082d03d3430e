"""`ingot up`: the platform on this machine, until Ctrl-C."""

import signal
import time

from rich.console import Console
from rich.table import Table

from ingot.settings import Settings
from services.platform import Platform, running_platform


def keep_up(settings: Settings, console: Console, *, model_server: bool) -> None:
    """Start all, print the addresses, stop all at the end."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with console.status("starting") as status:
        platform_here = running_platform(
            settings, lambda what: status.update(f"starting {what}"), model_server=model_server
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
    table = Table(show_header=False, box=None)
    table.add_row("API", platform.api_url)
    table.add_row("OpenAPI", f"{platform.api_url}/openapi.json")
    table.add_row("review page", f"{platform.api_url}/review")
    table.add_row("Prefect", platform.prefect_url)
    if platform.model_url:
        table.add_row("model server", platform.model_url)
    table.add_row("operator key", platform.keys["operator"])
    table.add_row("reviewer key", platform.keys["reviewer"])
    console.print(table, soft_wrap=True)
    console.print("Ctrl-C stops everything", style="dim")
