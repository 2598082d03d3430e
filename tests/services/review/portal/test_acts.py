"""What people do in the portal, as they do it: by keyboard, without JavaScript, with mistakes."""

from typing import Any

from fixtures_postgres import Api
from people import add_person as new_person
from people import browser_at, enter
from peopling import Past
from reviewing import query

from services.database.pool import Pool


async def disagreement(past: Past) -> dict[str, str]:
    """Two tasks on which two reviewers disagree."""
    for name in ("bo", "cy"):
        await past.reviewer(name)
    queue = await past.queue("compare", overlap=2, max_overlap=2, adjudicate=True)
    tasks = [await past.task(queue, "adjudicating", 2, 2) for _ in range(2)]
    for task in tasks:
        flagged = await past.answer(task, "bo", "A", 1, comment="numbers")
        await past.answer(task, "cy", "B", 1)
    flag = await past.flag(flagged, "pasted_outside", share=0.9, chars=400)
    return {"queue": queue, "first": tasks[0], "next": tasks[1], "answer": flagged, "flag": flag}


async def test_an_adjudicator_decides_by_keyboard_and_goes_on(
    pool: Pool, log_in: Any, remember: Any
) -> None:
    known = await remember(disagreement)
    seen = await log_in("ida", "adjudicator")
    await seen.go(f"/portal/adjudication/{known['first']}")
    text = await seen.text()
    assert "numbers" in text
    assert "bo" not in text.split()
    for key in ("2", "s", "n"):
        await seen.page.keyboard.press(key)
    await seen.page.keyboard.insert_text("cy read it again")
    async with seen.page.expect_navigation():
        await seen.page.keyboard.press("Control+Enter")
    assert seen.page.url.endswith(known["next"])
    [row] = await query(pool, "SELECT task_id, adjudicator, label, cause, note FROM adjudication")
    assert row == {
        "task_id": known["first"],
        "adjudicator": "ida",
        "label": "B",
        "cause": "slip",
        "note": "cy read it again",
    }
    assert seen.complaints == []


async def test_keys_can_be_switched_off(log_in: Any, remember: Any) -> None:
    known = await remember(disagreement)
    seen = await log_in("ida", "adjudicator")
    await seen.go(f"/portal/adjudication/{known['first']}")
    await seen.page.get_by_role("button", name="Keys are on").click()
    await seen.page.keyboard.press("1")
    assert not await seen.page.is_checked("[name=choice][value='1']")
    await seen.page.get_by_role("button", name="Keys are off").click()
    await seen.page.keyboard.press("1")
    assert await seen.page.is_checked("[name=choice][value='1']")


async def test_a_decision_without_a_cause_comes_back_as_it_was(
    pool: Pool, log_in: Any, remember: Any
) -> None:
    known = await remember(disagreement)
    seen = await log_in("ida", "adjudicator", java_script_enabled=False)
    await seen.go(f"/portal/adjudication/{known['first']}")
    await seen.page.check("[name=choice][value=other]")
    await seen.page.select_option("#ready", label="tie")
    await seen.page.fill("#note", "both <b>fail</b>")
    assert await seen.send("Decide") == 422
    assert "choose a cause" in await seen.text()
    assert await seen.page.is_checked("[name=choice][value=other]")
    assert await seen.page.input_value("#note") == "both <b>fail</b>"
    await seen.page.check("[name=cause][value=ambiguous]")
    await seen.send("Decide")
    [row] = await query(pool, "SELECT label, cause FROM adjudication")
    assert row == {"label": "tie", "cause": "ambiguous"}


async def test_an_answer_that_does_not_fit_is_told(log_in: Any, remember: Any) -> None:
    known = await remember(disagreement)
    seen = await log_in("ida", "adjudicator", java_script_enabled=False)
    await seen.go(f"/portal/adjudication/{known['first']}")
    for written, told in (("{", "not JSON"), ("[]", "no object"), ('{"preference": 9}', "9")):
        await seen.page.check("[name=choice][value=other]")
        await seen.page.check("[name=cause][value=slip]")
        if not await seen.page.is_visible("[name=written]"):
            await seen.page.get_by_text("Write it as JSON").click()
        await seen.page.fill("[name=written]", written)
        assert await seen.send("Decide") == 422
        assert told in await seen.page.inner_text(".wrong")
        assert await seen.page.input_value("[name=written]") == written


async def test_a_guideline_is_previewed_refused_and_published(
    pool: Pool, log_in: Any, remember: Any
) -> None:
    known = await remember(disagreement)
    seen = await log_in("lea", "qa_lead")
    await seen.go(f"/portal/queues/{known['queue']}/guidelines/edit")
    await seen.page.fill("#body", "Prefer **short** answers.")
    await seen.page.wait_for_selector("#preview strong")
    assert await seen.page.inner_text("#preview strong") == "short"
    for rubric, told in (("{", "not JSON"), ('{"tie": 3}', "tie"), ('{"what": 1}', "what")):
        await seen.page.fill("#rubric", rubric)
        await seen.page.fill("#change_note", "shorter")
        assert await seen.send("Publish") == 422
        assert told in await seen.page.inner_text("#rubric-wrong")
        assert await seen.page.input_value("#rubric") == rubric
        assert await seen.page.input_value("#body") == "Prefer **short** answers."
    await seen.page.fill("#rubric", '{"tie": false}')
    await seen.page.fill("#change_note", "")
    assert await seen.send("Publish") == 422
    assert await seen.page.is_visible("#change_note-wrong")
    await seen.page.fill("#change_note", "shorter")
    assert await seen.send("Publish") == 200
    assert "**short**" in "".join(await seen.page.locator(".changes ins").all_inner_texts())
    assert "Read both" in "".join(await seen.page.locator(".changes del").all_inner_texts())
    rows = await query(pool, "SELECT n, author, rubric->'tie' AS tie FROM guideline WHERE n = 2")
    assert rows == [{"n": 2, "author": "lea", "tie": False}]
    refused = [line for line in seen.complaints if "422" not in line]
    assert refused == []


async def test_a_preview_needs_no_javascript(log_in: Any, remember: Any) -> None:
    known = await remember(disagreement)
    seen = await log_in("lea", "qa_lead", java_script_enabled=False)
    await seen.go(f"/portal/queues/{known['queue']}/guidelines/edit")
    await seen.page.fill("#body", "Prefer **short** answers.")
    await seen.page.check("[name=breaking]")
    assert await seen.send("Show the preview") == 200
    assert await seen.page.inner_text("#preview strong") == "short"
    assert await seen.page.is_checked("[name=breaking]")


async def test_of_two_who_edit_the_second_is_told(log_in: Any, remember: Any) -> None:
    known = await remember(disagreement)
    seen = await log_in("lea", "qa_lead")
    await seen.go(f"/portal/queues/{known['queue']}/guidelines/edit")
    await remember(lambda past: past.guideline(known["queue"], 2, "somebody was faster"))
    await seen.page.fill("#change_note", "mine")
    assert await seen.send("Publish") == 422
    assert "version 2 was published" in await seen.page.inner_text("[role=alert]")


async def test_a_flag_is_resolved_and_an_answer_voided_by_two(
    pool: Pool, log_in: Any, remember: Any
) -> None:
    known = await remember(disagreement)
    lea, mia = await log_in("lea", "qa_lead"), await log_in("mia", "qa_lead")
    await lea.go("/portal/quality")
    await lea.page.get_by_role("link", name="bo").first.click()
    await lea.page.fill(f"#note-{known['flag']}", "a whole essay")
    await lea.send("Uphold")
    assert "upheld by lea" in await lea.text()
    await lea.page.fill("#reason", "   ")
    assert await lea.send("Ask for a void") == 422
    await lea.page.fill("#reason", "not their own words")
    await lea.send("Ask for a void")
    assert "somebody else has to decide" in await lea.text()
    await mia.go(f"/portal/quality/answers/{known['answer']}")
    await mia.send("Confirm the void")
    assert "lea asked, mia confirmed" in await mia.text()
    states = await query(pool, "SELECT state FROM assignment WHERE id = %s", known["answer"])
    assert states == [{"state": "voided"}]
    assert lea.complaints == [line for line in lea.complaints if "422" in line]


async def test_a_lead_ends_a_task_that_was_skipped_as_broken(
    pool: Pool, log_in: Any, remember: Any
) -> None:
    async def story(past: Past) -> dict[str, str]:
        task = await past.task(await past.queue("compare"), "open")
        lease = {"leased_at": past.now, "expires_at": past.now, "ended_at": past.now}
        row = {"task_id": task, "reviewer": await past.reviewer("bo"), "reason": "broken"}
        given = await past.add("assignment", "id", state="skipped", **row, **lease)
        await past.flag(given, "task_broken", note="the image is missing")
        return {"task": task}

    known = await remember(story)
    lea = await log_in("lea", "qa_lead")
    await lea.go("/portal/quality")
    await lea.page.get_by_role("link", name="bo").first.click()
    assert "A task that bo did not answer" in await lea.text()
    await lea.page.fill("#why", "  ")
    assert await lea.send("End the task") == 422
    await lea.page.fill("#why", "nobody can see the image")
    assert await lea.send("End the task") == 200
    assert "End the task" not in await lea.text()
    states = await query(pool, "SELECT state FROM review_task WHERE id = %s", known["task"])
    assert states == [{"state": "cancelled"}]
    assert lea.complaints == [line for line in lea.complaints if "422" in line]


async def test_whose_answer_it_is_reads_what_was_asked(log_in: Any, remember: Any) -> None:
    async def story(past: Past) -> None:
        queue = await past.queue("compare")
        given = await past.answer(await past.task(queue, "done", 1), "mara", "A")
        await past.flag(given, "pasted_outside", share=0.9, chars=400)
        for number in range(10):
            await past.gold_answer(await past.gold(queue), "mara", number > 0, 1)

    seen = await log_in("mara", "reviewer")
    await remember(story)
    await seen.go("/portal/me")
    text = await seen.text()
    assert "90% of the text (400 characters) was pasted" in text
    assert "a question, not a verdict" in text
    assert "Of 10 tasks whose answer was known you had 90 % right" in text
    assert "3.85 EUR" in text


async def test_an_admin_makes_changes_and_ends_an_account(
    pool: Pool, log_in: Any, visit: Any
) -> None:
    seen = await log_in("ann", "admin")
    await seen.go("/portal/accounts")
    await seen.page.fill("#login", "new@acme.example")
    await seen.page.fill("#pseudonym", "not a name!")
    assert await seen.send("Make the account") == 422
    assert await seen.page.is_visible("#pseudonym-wrong")
    assert await seen.page.input_value("#login") == "new@acme.example"
    await seen.page.fill("#pseudonym", "newt")
    assert await seen.send("Make the account") == 200
    password = await seen.page.inner_text(".secret")
    other = await visit()
    await other.go("/portal/login")
    await other.page.fill("#login", "New@acme.example")
    await other.page.fill("#password", password)
    await other.send("Log in")
    assert other.page.url.endswith("/portal/password")
    row = seen.page.get_by_role("row").filter(has_text="newt")
    await row.locator("summary").click()
    await row.get_by_role("checkbox", name="qa_lead").check()
    await row.get_by_role("button", name="Set roles").click()
    await seen.page.wait_for_url("**/portal/accounts#acc_*")
    row = seen.page.get_by_role("row").filter(has_text="newt")
    assert "qa_lead, reviewer" in await row.inner_text()
    await row.locator("summary").click()
    await row.get_by_role("button", name="Disable").click()
    await seen.page.get_by_text("disabled", exact=True).wait_for()
    await other.go("/portal/password")
    assert "/portal/login" in other.page.url
    roles = await query(pool, "SELECT roles FROM account WHERE login = 'new@acme.example'")
    assert roles == [{"roles": ["qa_lead", "reviewer"]}]


async def test_no_form_is_taken_without_the_sessions_token(api: Api, pool: Pool) -> None:
    await new_person(pool, "ann", "admin", "qa_lead")
    async with browser_at(api.url) as client:
        await enter(client, "ann")
        token = client.headers.pop("X-CSRF-Token")
        form = {"login": "x@acme.example", "roles": "reviewer"}
        for sent in (form, {**form, "csrf": "wrong"}):
            assert (await client.post("/portal/accounts", data=sent)).status_code == 403
        assert len(await query(pool, "SELECT 1 FROM account")) == 1
        page = await client.post("/portal/accounts", data={**form, "csrf": token})
        assert page.status_code == 200
        assert len(await query(pool, "SELECT 1 FROM account")) == 2


async def test_a_form_with_too_much_in_it_is_refused(api: Api, pool: Pool) -> None:
    await new_person(pool, "ann", "admin")
    async with browser_at(api.url) as client:
        await enter(client, "ann")
        many = {f"field{n}": "x" for n in range(300)}
        assert (await client.post("/portal/accounts", data=many)).status_code in (400, 422)
        assert (await client.post("/portal/accounts", data={"login": "\x00"})).status_code == 422
