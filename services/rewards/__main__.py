"""Serve until told to stop: `python -m services.rewards`."""

import argparse
from pathlib import Path

import uvicorn

from ingot import log
from ingot.settings import load_settings
from services.rewards.app import create_app
from services.rewards.config import read_config


def main() -> None:
    """Read the command line and serve."""
    settings = load_settings()
    parser = argparse.ArgumentParser(prog="python -m services.rewards", description=__doc__)
    parser.add_argument("--host", default=settings.host)
    parser.add_argument("--port", type=int, default=settings.rewards_port)
    parser.add_argument("--config", default=settings.rewards_config, help="judges: TOML or YAML")
    options = parser.parse_args()
    log.configure(json_lines=settings.environment == "production")
    config = read_config(Path(options.config) if options.config else None)
    uvicorn.run(
        create_app(None, settings, config),
        host=options.host,
        port=options.port,
        access_log=False,  # a URL may carry a key
        log_config=None,
    )


if __name__ == "__main__":
    main()
