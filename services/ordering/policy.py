"""What a lab's order may not ask of the platform's own machines.

Orders name files, folders, models and servers. An operator's order comes from the machine itself
and may name any; a lab's may read only what that lab uploaded or an object store, write only to an
object store, load only shipped or hub models, and reach only public addresses. The addresses are
checked when the order is placed; the network policy of the workers guards against names that
change their address later.
"""

import re
from pathlib import Path
from urllib.parse import urlsplit

from ingot.errors import OrderError
from ingot.orders import OrderSpec
from ingot.settings import Settings
from services.accounts.keys import Principal
from services.web.addresses import Refused, check_url, checked_addresses

_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
REMOTE_ENGINES = ("openai", "openai_batch")
_PORTS = {"http": 80, "https": 443}
_SHIPPED = ("embedded", "embedded-judge")


async def check_order(spec: OrderSpec, principal: Principal, settings: Settings) -> None:
    """Raise an OrderError naming the field that asks for too much."""
    if principal.rehearses:
        raise OrderError(
            "a rehearsal simulates orders under contract only: ask for a quote (POST /v1/quotes), "
            "or place this order with an ing_live_ key"
        )
    await check_terms(spec, principal, settings)


async def check_terms(spec: OrderSpec, principal: Principal, settings: Settings) -> None:
    """The same for what is only priced yet; a rehearsal's production is simulated."""
    if not principal.rehearses and spec.kind != "preference":
        raise OrderError(
            f"kind: {spec.kind!r} is not delivered by the whole line, which makes 'preference'; "
            "`ingot generate` makes the others",
            "kind",
        )
    if "\\u0000" in spec.model_dump_json():
        raise OrderError("the order holds a NUL character (\\u0000): remove it", "")
    if spec.review.reviewers == "simulated" and settings.environment == "production":
        raise OrderError(
            "review.reviewers: programs answer on a platform for tests only, and this one is in "
            "production (INGOT_ENVIRONMENT): let people answer",
            "review.reviewers",
        )
    if principal.role == "operator":
        return
    _check_recipes(spec)
    _check_weight(spec)
    for field, path in _inputs(spec):
        _check_input(field, path, uploads_of(settings, principal.tenant_id), settings)
    _check_delivery(spec.delivery.uri, settings)
    for field, terms in spec.engines():
        if terms.api_key_env:
            raise OrderError(
                f"{field}.api_key_env: keys of this machine are not a lab's to name; give us "
                "your endpoint's with POST /v1/credentials, and name that as 'credential'",
                f"{field}.api_key_env",
            )
        if terms.engine in REMOTE_ENGINES:
            await _check_endpoint(f"{field}.endpoint", terms.endpoint)
        else:
            _check_model(f"{field}.model", terms.model)
            if terms.endpoint:
                raise OrderError(
                    f"{field}.endpoint goes with engine 'openai' only: remove it",
                    f"{field}.endpoint",
                )
    _check_model("training.model", spec.training.model)


def _check_recipes(spec: OrderSpec) -> None:
    """A lab's own recipe is a program: it runs on the lab's machines, not on ours."""
    for part in spec.source.parts:
        if ":" in part.recipe:
            raise OrderError(
                f"source.recipe: {part.recipe!r} is a program of your own; run it with "
                "`ingot generate` and bring what it makes as 'prompts' or 'completions'",
                "source.recipe",
            )


def _check_weight(spec: OrderSpec) -> None:
    """No lab takes the people of another's order."""
    if spec.review.weight > 1:
        raise OrderError(
            f"review.weight: {spec.review.weight} is more than a lab's own share, which is 1; ask "
            "the operator",
            "review.weight",
        )


def uploads_of(settings: Settings, tenant: str) -> Path:
    """The folder of what a tenant uploaded."""
    return settings.home.resolve() / "uploads" / tenant


def _inputs(spec: OrderSpec) -> list[tuple[str, str]]:
    named = [("source.path", spec.source.path), ("training.held_out", spec.training.held_out)]
    named += [(f"source.recipes.{n}.path", p.path) for n, p in enumerate(spec.source.recipes)]
    for index, name in enumerate(spec.curation.decontaminate_against):
        named.append((f"curation.decontaminate_against.{index}", name))
    return [(field, path) for field, path in named if path not in ("", "held_out")]


def _check_input(field: str, path: str, uploads: Path, settings: Settings) -> None:
    if path.startswith("s3://"):
        _refuse_own_store(field, path, settings)
        return
    if Path(path).is_absolute() and Path(path).resolve().is_relative_to(uploads):
        return
    raise OrderError(
        f"{field}: {path!r} is not a file of yours; send it to POST /v1/files and use the path "
        "you get, or name an s3:// address",
        field,
    )


def _check_delivery(uri: str, settings: Settings) -> None:
    if not uri:
        return
    if not uri.startswith("s3://"):
        raise OrderError(
            f"delivery.uri: {uri!r} is not an s3:// address; name one, or leave it out and fetch "
            "the files over REST",
            "delivery.uri",
        )
    _refuse_own_store("delivery.uri", uri, settings)


def _refuse_own_store(field: str, uri: str, settings: Settings) -> None:
    """The platform's credentials open its own buckets, which hold the data of all labs."""
    for root in (settings.store_root, settings.delivery_root):
        if root.startswith("s3://") and urlsplit(root).netloc == urlsplit(uri).netloc:
            raise OrderError(
                f"{field}: {uri!r} is in the platform's own bucket: name another", field
            )


def _check_model(field: str, name: str) -> None:
    if name in _SHIPPED or (_HUB_NAME.fullmatch(name) and not Path(name).exists()):
        return
    raise OrderError(
        f"{field}: {name!r} is neither 'embedded' nor a hub name (owner/name); to bring your own "
        "model, serve it and use engine 'openai' with its endpoint",
        field,
    )


async def _check_endpoint(field: str, endpoint: str) -> None:
    """A lab's own server may be reached over plain http, but has to be on the internet."""
    try:
        parts = urlsplit(check_url(endpoint, allow_private=True))
        await checked_addresses(parts.hostname or "", parts.port or _PORTS[parts.scheme])
    except Refused as error:
        raise OrderError(f"{field}: {error}", field) from None
