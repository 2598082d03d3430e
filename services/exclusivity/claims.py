"""Claims: what an order gets is claimed for it, and what another one has exclusively it cannot get.

The constraint is the database's: a grant names the claim that it stands on, and an exclusive claim
has one owner. What is decided here is only which items are left out before that.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from services.database.pool import Connection
from services.exclusivity import near, repository

Cause = Literal["claimed", "near_duplicate", "same_meaning", "repeated"]
"""claimed: another order has it, or it wants exclusively what is shared; near_duplicate and
same_meaning: another order has nearly this prompt exclusively; repeated: this order has it."""
SAME_MEANING = 0.97
"""Cosine of embeddings from which two prompts count as the same."""


@dataclass(frozen=True, slots=True)
class Item:
    """Something that is to be delivered."""

    item_id: str
    prompt: str
    completions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wish:
    """For whom, and how."""

    tenant: str
    order_id: str
    batch_id: str
    exclusive: bool
    until: date | None
    """Last day of what is exclusive; None for good."""
    today: date
    similarity: float
    """Jaccard similarity from which prompts count as nearly the same."""

    @property
    def realm(self) -> str:
        """'' for all that is live. A rehearsal, whose clock runs ahead, is a world of its own."""
        return self.tenant if self.tenant.endswith("--test") else ""

    @property
    def claim(self) -> tuple[str, str]:
        """Mode and owner of what is claimed so."""
        return ("exclusive", self.order_id) if self.exclusive else ("shared", "")


@dataclass(frozen=True, slots=True)
class Reuse:
    """What came of a wish."""

    checked: int
    refused: Mapping[str, Cause]
    """By item."""
    against: int
    """Prompts that others have exclusively."""
    by_meaning: bool
    """Whether embeddings were compared."""
    granted_sha256: str
    """Over the sorted keys of what was granted."""
    wish: Wish


@dataclass(slots=True)
class _Keyed:
    item: Item
    prompt_key: bytes
    whole_key: bytes
    signature: near.Signature
    vector: near.Vector | None = None
    bands: list[int] = field(default_factory=list)


def content_key(realm: str, *texts: str) -> bytes:
    """SHA-256 of texts, by their words: case, spaces and marks make no other content."""
    parts = (" ".join(near.words(text)) or text for text in texts)
    return hashlib.sha256("\x1f".join((realm, *parts)).encode()).digest()


async def claim(
    conn: Connection,
    wish: Wish,
    items: Sequence[Item],
    vectors: Mapping[str, near.Vector] | None = None,
) -> Reuse:
    """Claim and grant what may be granted, and say what may not, with its cause.

    In the caller's transaction; others who claim wait until that ends. `vectors` are embeddings of
    prompts by item id.
    """
    await repository.lock(conn)
    keyed = [_keyed(wish, item, vectors) for item in items]
    keys = sorted({key for each in keyed for key in (each.prompt_key, each.whole_key)})
    await repository.end_exclusivity(conn, keys, wish.today)
    refused = await _near(conn, wish, keyed)
    await repository.claim(conn, keys, *wish.claim, wish.until if wish.exclusive else None)
    refused |= await _taken(conn, wish, keyed, keys)
    kept = [each for each in keyed if each.item.item_id not in refused]
    await _grant(conn, wish, kept)
    await repository.drop_unused(conn, keys)
    granted = sorted({key for each in kept for key in (each.prompt_key, each.whole_key)})
    return Reuse(
        checked=len(items),
        refused=refused,
        against=await repository.exclusive_prompts(conn, wish.realm, wish.order_id),
        by_meaning=bool(vectors),
        granted_sha256=hashlib.sha256(b"".join(granted)).hexdigest(),
        wish=wish,
    )


async def give_back(conn: Connection, order_id: str, item_ids: Sequence[str]) -> None:
    """Give back what was rejected: others may get it then."""
    if item_ids:
        await repository.lock(conn)
        keys = await repository.give_back(conn, order_id, item_ids)
        await repository.drop_unused(conn, keys)


def report(reuse: Reuse) -> dict[str, Any]:
    """The reuse report of a manifest; it names no other order."""
    wish = reuse.wish
    causes = Counter(reuse.refused.values())
    return {
        "mode": wish.claim[0],
        "exclusive_until": wish.until.isoformat() if wish.until else None,
        "items_checked": reuse.checked,
        "items_granted": reuse.checked - len(reuse.refused),
        "refused": {cause: causes[cause] for cause in sorted(causes)},
        "compared_with_exclusive_prompts": reuse.against,
        "exact": "SHA-256 of the words of the prompt, and of prompt and completions",
        "near": {
            "method": "MinHash of word shingles",
            "shingle_words": near.SHINGLE_WORDS,
            "permutations": near.PERMUTATIONS,
            "bands": near.BANDS,
            "similarity": wish.similarity,
            "recall_at_similarity": round(_recall(wish.similarity), 4),
        },
        "embeddings": {"compared": reuse.by_meaning, "cosine": SAME_MEANING},
        "granted_sha256": reuse.granted_sha256,
    }


def _recall(similarity: float) -> float:
    rows = near.PERMUTATIONS // near.BANDS
    return float(1 - (1 - similarity**rows) ** near.BANDS)


def _keyed(wish: Wish, item: Item, vectors: Mapping[str, near.Vector] | None) -> _Keyed:
    signed = near.signature(item.prompt)
    return _Keyed(
        item,
        content_key(wish.realm, item.prompt),
        content_key(wish.realm, item.prompt, *item.completions),
        signed,
        vectors.get(item.item_id) if vectors else None,
        near.bands(signed),
    )


async def _near(conn: Connection, wish: Wish, keyed: Sequence[_Keyed]) -> dict[str, Cause]:
    """Items whose prompt another order has nearly, exclusively."""
    refused: dict[str, Cause] = {}
    if not await repository.exclusive_prompts(conn, wish.realm, wish.order_id):
        return refused
    for each in keyed:
        rows = await repository.near_by_words(
            conn, wish.realm, wish.order_id, each.bands, wish.today
        )
        found = (near.similarity(each.signature, near.decode(row["signature"])) for row in rows)
        if any(similarity >= wish.similarity for similarity in found):
            refused[each.item.item_id] = "near_duplicate"
        elif each.vector is not None and await _same_meaning(conn, wish, each.vector):
            refused[each.item.item_id] = "same_meaning"
    return refused


async def _same_meaning(conn: Connection, wish: Wish, vector: near.Vector) -> bool:
    rows = await repository.near_by_meaning(
        conn, wish.realm, wish.order_id, near.buckets(vector), wish.today
    )
    kept = (near.decode_vector(row["vector"]) for row in rows)
    return any(len(v) == len(vector) and near.cosine(vector, v) >= SAME_MEANING for v in kept)


async def _taken(
    conn: Connection, wish: Wish, keyed: Sequence[_Keyed], keys: Sequence[bytes]
) -> dict[str, Cause]:
    """Items that somebody has, and those that this order has already."""
    held = await repository.claims(conn, keys)
    had = await repository.granted(conn, wish.order_id, [each.whole_key for each in keyed])
    refused: dict[str, Cause] = {}
    for each in keyed:
        if any(held[key] != wish.claim for key in (each.prompt_key, each.whole_key)):
            refused[each.item.item_id] = "claimed"
        elif each.whole_key in had:
            refused[each.item.item_id] = "repeated"
        had.add(each.whole_key)
    return refused


async def _grant(conn: Connection, wish: Wish, kept: Sequence[_Keyed]) -> None:
    head = (wish.tenant, wish.order_id, wish.batch_id)
    rows = [
        (*head, each.item.item_id, part, key, *wish.claim)
        for each in kept
        for part, key in (("prompt", each.prompt_key), ("whole", each.whole_key))
    ]
    await repository.grant(conn, rows)
    if wish.exclusive:
        await repository.add_near(
            conn,
            [
                (
                    wish.realm,
                    each.prompt_key,
                    each.signature.tobytes(),
                    each.bands,
                    None if each.vector is None else near.encode_vector(each.vector),
                    None if each.vector is None else near.buckets(each.vector),
                )
                for each in kept
            ],
        )
