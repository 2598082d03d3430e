import pytest

from ingot.errors import ModelError
from judging.sandbox.bubblewrap import Sandbox, probe


@pytest.fixture(scope="session")
def fit_machine():
    """Skip where programs cannot be run safely."""
    try:
        probe()
    except ModelError as error:
        pytest.skip(str(error))


@pytest.fixture
def sandbox(fit_machine):
    return Sandbox(max_parallel=2)
