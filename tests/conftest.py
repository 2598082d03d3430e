"""The real parts that tests run against, each started once per session."""

import os

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = (
    "fixtures_endpoints",
    "fixtures_engines",
    "fixtures_postgres",
    "fixtures_prefect",
    "fixtures_s3",
    "fixtures_labs",
    "fixtures_pages",
)

# Platforms that tests start side by side take ports that the system chooses.
os.environ |= {f"INGOT_{part}_PORT": "0" for part in ("API", "PREFECT", "MODEL")}

# What a busy machine makes slow is not wrong.
settings.register_profile("ingot", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ingot")

_LONGEST = ("test_kill.py", "test_demo.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first: begun last, they would keep one process busy while others idle."""
    items.sort(key=lambda item: item.path.name not in _LONGEST)
