"""The real parts that tests run against, each started once per session."""

pytest_plugins = (
    "fixtures_endpoints",
    "fixtures_engines",
    "fixtures_postgres",
    "fixtures_prefect",
    "fixtures_s3",
)
