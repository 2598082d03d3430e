"""A platform with something of everything: who comes to its doors, and the ids of what is there."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from fixtures_postgres import serve
from items import KINDS_OF_WORK
from ordering import ORDER
from peopling import Past
from rehearsing import Rehearsal

from ingot.orders import BatchState
from ingot.settings import Settings
from services.accounts import passwords, repository, service, sessions
from services.accounts.keys import create_key
from services.accounts.schemas import NewAccount
from services.database.pool import Connection, connect, open_pool
from services.exports.exporter import Exporter
from services.ordering import batches

PASSWORD = "correct horse battery"
ROLES = ("reviewer", "adjudicator", "qa_lead", "admin")
REVIEWERS = ("reviewer", "all roles", "reviewer's key")
_TASKS = 60
_ENDS = ("POST /v1/sessions", "DELETE /v1/sessions/current", "PUT /v1/me/password")
_TO_DELIVERY = (BatchState.GENERATING, BatchState.JUDGING, BatchState.ASSEMBLING)


class Platform:
    """Who may come, with the headers that they send; queues of all kinds with tasks."""

    def __init__(self, url: str, settings: Settings, runner: asyncio.Runner) -> None:
        self.url, self.settings, self._run = url, settings, runner.run
        self.doors: dict[str, dict[str, str]] = {"nobody": {}}
        self.queues: dict[str, str] = {}
        self._made: dict[str, str] = {}
        self._conn: Connection = self._run(connect(settings.database_url.get_secret_value()))
        self.past = Past(self._conn)
        self._hash = self._run(passwords.make_hash(PASSWORD))
        self._add_keys()
        for name, roles in [*((role, (role,)) for role in ROLES), ("all roles", ROLES)]:
            self._run(self._add_person(name.replace(" ", "-"), roles))
            self.enter(name)
        self._run(self._add_person("spare", ROLES))
        self._add_queues()
        self.batches = [self._add_order(n) for n in range(3)]
        self._deliver(self.batches[0])
        self._run(batches.fail(self._conn, self.batches[1], "no room"))

    @property
    def rehearsal(self) -> Rehearsal:
        """The lab's rehearsal of contracts."""
        return Rehearsal(self._rehearse)

    def made_once(self, name: str, maker: Callable[[Rehearsal], str]) -> str:
        """An id under this name, made when it is first asked for."""
        if name not in self._made:
            self._made[name] = maker(self.rehearsal)
            if "/sign" in name:
                self._run(self._propose(self._made[name]))
        return self._made[name]

    def exported(self, operation: str) -> str:
        """A file of an export, which is made if it is not there."""
        self._run(self._export())
        made = self.rehearsal.get(f"/operations/{operation}")
        return str(made["files"][0]["name"])

    async def _export(self) -> None:
        pool = await open_pool(self.settings.database_url.get_secret_value(), size=2)
        while await Exporter(pool, self.settings).tick():
            pass
        await pool.close()

    async def _propose(self, order: str) -> None:
        """An amendment that waits for the lab."""
        await self.past.one(
            "INSERT INTO amendment "
            "(tenant_id, order_id, n, change, note, proposed_by, signed_us, at) "
            "SELECT tenant_id, id, 1, '{\"pause_days\": 8}', '', 'us', 'us', now() "
            "FROM contract WHERE id = %s RETURNING n",
            order,
        )

    def _rehearse(self, method: str, path: str, **fields: Any) -> Any:
        return self.ask("rehearsal", method, path, **fields).json()

    def close(self) -> None:
        """Leave the database."""
        self._run(self._conn.close())

    def ask(self, who: str, method: str, path: str, **fields: Any) -> httpx.Response:
        """A request that goes well."""
        headers = self.doors[who] | fields.pop("headers", {})
        response = httpx.request(method, self.url + path, headers=headers, verify=False, **fields)
        assert response.is_success, response.text
        return response

    def enter(self, who: str) -> None:
        """Open a session for a person."""
        account = self._account(who.replace(" ", "-"))
        opened = self._run(self._open(account))
        self.doors[who] = {
            "Cookie": f"__Host-ingot={opened.token}",
            "X-CSRF-Token": opened.person.csrf,
            "Sec-Fetch-Site": "same-origin",
        }

    def heal(self, operation: str, who: str) -> None:
        """Let a person in again whose session may have ended."""
        if operation in _ENDS and "Cookie" in self.doors[who]:
            self.enter(who)

    def lease(self, who: str, kind: str) -> str:
        """An assignment that a reviewer holds; any of theirs where none is left."""
        path = f"/v1/queues/{self.queues[kind]}/leases"
        response = self.ask(who, "POST", path, json={"max": 1})
        held = response.json()["assignments"] if response.content else []
        return str(held[0]["id"]) if held else self.answered()

    def answered(self) -> str:
        """An answer to a pair that is done with."""
        return str(self._run(self._answered("done")))

    def contested(self) -> str:
        """An answer that somebody asked to void."""
        given = self.answered()
        body = {"reason": "a test"}
        self.ask("operator", "POST", f"/v1/assignments/{given}/void", json=body)
        return given

    def disputed(self) -> str:
        """A pair that waits for an adjudicator."""
        given = self._run(self._answered("adjudicating"))
        return str(self._run(self.past.one("SELECT task_id FROM assignment WHERE id = %s", given)))

    def flagged(self) -> str:
        """A flag on an answer."""
        return str(self._run(self.past.flag(self.answered(), "fast")))

    def gold(self) -> str:
        """A task of the queue of pairs whose answer is known."""
        return str(self._run(self.past.gold(self.queues["pairwise"])))

    def skill(self) -> str:
        """A skill that the reviewer grace has."""
        skill, body = "chemistry", {"reviewer": "grace", "skill": "chemistry"}
        self.answered()
        self.ask("operator", "POST", "/v1/qualifications", json=body)
        return skill

    def key(self) -> str:
        """A key of the lab that nobody uses."""
        made = self.ask("lab", "POST", "/v1/api-keys", json={"scopes": ["orders:read"]})
        return str(made.json()["key"]["id"])

    def endpoint(self) -> str:
        """A lab's endpoint for webhooks that is on."""
        path = "/v1/webhook-endpoints"
        for made in self.ask("lab", "GET", path).json()["data"]:
            if made["enabled"]:
                return str(made["id"])
        body = {"url": "https://lab.example.org/hook"}
        return str(self.ask("lab", "POST", path, json=body).json()["endpoint"]["id"])

    def delivery(self) -> str:
        """A delivery to it that is over."""
        sent = self.ask("lab", "POST", f"/v1/webhook-endpoints/{self.endpoint()}/test").json()["id"]
        sql = (
            "UPDATE webhook_delivery SET state = 'dead', ended_at = now() WHERE id = %s RETURNING 1"
        )
        self._run(self.past.one(sql, sent))
        return str(sent)

    def account(self) -> str:
        """An account that nobody here uses."""
        return str(self._account("spare"))

    def order_of(self, batch: str) -> str:
        """The order that a batch belongs to."""
        sql = "SELECT order_id FROM batch WHERE id = %s"
        return str(self._run(self.past.one(sql, batch)))

    def _add_keys(self) -> None:
        keys = {"lab": ("lab", "acme"), "operator": ("operator", "acme"), "other": ("lab", "other")}
        keys["reviewer's key"] = ("reviewer", "acme", "ada")
        for name, terms in keys.items():
            key = self._run(create_key(self._conn, *terms))
            self.doors[name] = {"Authorization": f"Bearer {key}"}
        key = self._run(create_key(self._conn, "lab", "acme", test=True))
        self.doors["rehearsal"] = {"Authorization": f"Bearer {key}"}

    async def _add_person(self, login: str, roles: tuple[str, ...]) -> None:
        wanted = NewAccount.model_validate({"login": login, "roles": roles, "pseudonym": login})
        made = await service.add(self._conn, "test", "acme", wanted)
        await repository.set_password(self._conn, made.account.id, self._hash, None)

    def _account(self, login: str) -> str:
        return str(self._run(self.past.one("SELECT id FROM account WHERE login = %s", login)))

    async def _open(self, account: str) -> sessions.Opened:
        await repository.set_password(self._conn, account, self._hash, None)
        opened = await sessions.start(self._conn, account, self._hash)
        assert opened is not None
        return opened

    def _add_queues(self) -> None:
        for kind, (item, _) in KINDS_OF_WORK.items():
            terms = {"name": kind, "kind": kind, "overlap": 2, "body": "# Look", "gold_every": 9}
            queue = self.ask("operator", "POST", "/v1/queues", json=terms).json()["id"]
            rows = [{"item_id": f"{kind} {n}", "item": item} for n in range(_TASKS)]
            self.ask("operator", "POST", f"/v1/queues/{queue}/tasks", json=rows)
            self.queues[kind] = queue

    async def _answered(self, state: str) -> str:
        task = await self.past.task(self.queues["pairwise"], state, answers=2)
        for name, label in (("grace", "A"), ("alan", "B")):
            await self.past.reviewer(name)
            given = await self.past.answer(task, name, label)
        return given

    def _add_order(self, number: int) -> str:
        headers = {"Idempotency-Key": f"order-{number}"}
        order = self.ask(
            "lab", "POST", "/v1/orders", json=ORDER | {"seed": number}, headers=headers
        )
        return str(order.json()["batches"][0]["id"])

    def _deliver(self, batch: str) -> None:
        folder = self.settings.home / "delivery"
        folder.mkdir()
        (folder / "README.md").write_text("card")
        self._run(batches.set_delivery(self._conn, batch, folder.as_uri()))
        for state in (*_TO_DELIVERY, BatchState.DELIVERED):
            self._run(batches.transition(self._conn, batch, state, actor="test"))


@contextmanager
def platform_at_work(settings: Settings) -> Iterator[Platform]:
    """Serve it, fill it, and take it down."""
    with serve(settings) as url, asyncio.Runner() as runner:
        platform = Platform(url, settings, runner)
        yield platform
        platform.close()
