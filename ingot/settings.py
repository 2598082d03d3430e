"""Settings from the environment, prefix `INGOT_`, read once at an entry point and passed down."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from ingot.errors import OrderError

MODELS = Path(__file__).parent / "models"
"""The models that ship with Ingot."""

_NAMED_MODELS = {"embedded": MODELS / "generator", "embedded-judge": MODELS / "judge"}
HELD_OUT = MODELS / "held_out.jsonl"
"""Evaluation prompts of the embedded model's task families, never trained on."""


class Settings(BaseSettings):
    """Where things live. Every field is one environment variable."""

    model_config = SettingsConfigDict(
        env_prefix="INGOT_", frozen=True, extra="ignore", use_attribute_docstrings=True
    )

    home: Path = Path(".ingot")
    """Folder of the local state: embedded PostgreSQL, datasets, journals, logs."""
    environment: Literal["development", "production"] = "development"
    database_url: SecretStr = SecretStr("")
    """PostgreSQL URL; empty starts the embedded server under `home`."""
    store_uri: str = ""
    """Root of the dataset store (file:// or s3://); empty means `home`/store."""
    delivery_uri: str = ""
    """Root of the deliveries when an order names none; empty means `home`/deliveries."""
    s3_endpoint: str = ""
    """Endpoint of a non-AWS object store, such as http://localhost:9000."""
    s3_key: SecretStr = SecretStr("")
    s3_secret: SecretStr = SecretStr("")
    s3_region: str = "us-east-1"
    api_key: SecretStr = SecretStr("")
    """The key the command line uses; in development one is made and kept under `home`."""
    api_url: str = ""
    """Address of a running platform; empty means the local one."""
    host: str = "127.0.0.1"
    api_port: int = Field(default=8400, ge=0, le=65535)
    """0 lets the system choose."""
    public_url: str = Field(default="", pattern=r"^(https?://[^/\s?#]+/?)?$")
    """Where browsers find the platform, as https://review.example.org; empty means as asked."""
    cookie_without_tls: bool = False
    """Development only: log-in over plain http in browsers that want TLS even on this machine
    (Safari), or under another name than localhost."""
    requests_per_minute: int = Field(default=6000, ge=1)
    """What one caller may send, reads and writes apart."""
    oidc_issuer: str = Field(default="", pattern=r"^(https?://\S+)?$")
    """Issuer of the single sign-on (OpenID Connect); empty has log-in by password alone."""
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = SecretStr("")
    secret_keys: SecretStr = SecretStr("")
    """Keys that seal others' secrets in the database: each 32 bytes in base64, by comma. The first
    one seals, all of them open. Empty means a key that is made once and kept under `home`."""
    webhooks_to_private_addresses: bool = False
    """Development only: webhooks may go to this machine and its network, and over plain http."""
    prefect_port: int = Field(default=8401, ge=0, le=65535)
    model_port: int = Field(default=8402, ge=0, le=65535)
    rewards_port: int = Field(default=8403, ge=0, le=65535)
    rewards_config: str = ""
    """File with the judges of the reward service: TOML, YAML or JSON; empty has verifiers alone."""
    device: Literal["cpu", "cuda"] = "cpu"
    encoder: str = ""
    """Sentence-transformers model for semantic duplicates: local path or name; empty means the
    small all-MiniLM that is installed beside Ingot."""

    @model_validator(mode="after")
    def _refuse_unsafe_production(self) -> "Settings":
        if self.environment == "production" and not self.database_url.get_secret_value():
            raise ValueError("INGOT_DATABASE_URL must be set in production")
        if self.environment == "production" and self.cookie_without_tls:
            raise ValueError("INGOT_COOKIE_WITHOUT_TLS must not be set in production")
        if self.environment == "production" and self.webhooks_to_private_addresses:
            raise ValueError("INGOT_WEBHOOKS_TO_PRIVATE_ADDRESSES must not be set in production")
        return self

    @property
    def store_root(self) -> str:
        """URI of the dataset store."""
        return self.store_uri or f"file://{self.home.resolve() / 'store'}"

    @property
    def delivery_root(self) -> str:
        """URI under which batches are delivered when the order names no bucket."""
        return self.delivery_uri or f"file://{self.home.resolve() / 'deliveries'}"

    def storage_options(self, uri: str) -> dict[str, object]:
        """What fsspec needs to open `uri`; without a key here, the usual AWS places count."""
        if not uri.startswith("s3://"):
            return {}
        options: dict[str, object] = {"client_kwargs": {"region_name": self.s3_region}}
        if self.s3_endpoint:
            options["endpoint_url"] = self.s3_endpoint
        if self.s3_key.get_secret_value():
            options["key"] = self.s3_key.get_secret_value()
            options["secret"] = self.s3_secret.get_secret_value()
        return options


def load_settings(**overrides: object) -> Settings:
    """Read the environment; a fault names the variable."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]  # pydantic validates them
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        name = "INGOT_" + "_".join(str(part) for part in fault["loc"]).upper()
        raise OrderError(f"setting {name.rstrip('_')}: {fault['msg']}") from error


def resolve_model(name: str) -> str:
    """Turn 'embedded' and 'embedded-judge' into their folders; leave paths and hub names alone."""
    folder = _NAMED_MODELS.get(name)
    return str(folder) if folder else name
