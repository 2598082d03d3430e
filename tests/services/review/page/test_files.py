"""What the server sends of the review app."""

import re

from fixtures_postgres import Api

from services.review.page.serve import PAGE, PAGE_POLICY

SCRIPTS = [path.relative_to(PAGE).as_posix() for path in PAGE.rglob("*.js")]


async def test_each_file_carries_the_policy_and_a_tag(api: Api) -> None:
    for name in ("", "/look.css", "/icon.svg", *(f"/{script}" for script in SCRIPTS)):
        response = await api.anonymous.get(f"/review{name}")
        assert response.status_code == 200
        assert response.headers["Content-Security-Policy"] == PAGE_POLICY
        tag = {"If-None-Match": response.headers["ETag"]}
        again = await api.anonymous.get(f"/review{name}", headers=tag)
        assert (again.status_code, again.content) == (304, b"")


async def test_only_the_apps_own_files_are_served(api: Api) -> None:
    for name in ("serve.py", "..%2Fendpoints.py", "../endpoints.py", "kinds", "kinds/", "x.js"):
        assert (await api.anonymous.get(f"/review/{name}")).status_code == 404


def test_no_file_holds_inline_code_or_a_second_door_for_markup() -> None:
    html = (PAGE / "index.html").read_text()
    assert "<script>" not in html
    assert not re.search(r"\s(style|on\w+)=", html)
    doors = [name for name in SCRIPTS if "innerHTML" in (PAGE / name).read_text()]
    assert doors == ["dom.js"]
    for name in SCRIPTS:
        assert not re.search(r"\beval\(|new Function|insertAdjacentHTML|document\.write", _of(name))


def test_every_module_is_imported_somewhere() -> None:
    texts = "".join(_of(name) for name in (*SCRIPTS, "index.html"))
    unused = [name for name in SCRIPTS if f"/{name.rpartition('/')[2]}" not in texts]
    assert unused == []


def _of(name: str) -> str:
    return (PAGE / name).read_text()
