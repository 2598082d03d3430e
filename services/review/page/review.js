// The review app: keys, clicks and clocks around a shift.

import { flag, release, saveDraft, skip, submit, undo } from "./acts.js";
import { showSheet } from "./dialogs.js";
import { $ } from "./dom.js";
import { saveNow } from "./drafts.js";
import { closeGuideline, openGuideline } from "./guideline.js";
import { actionFor, addActions, pressed } from "./keys.js";
import * as screen from "./screen.js";
import { call, choosePassword, enterWithKey, enterWithPassword, leave as leaveSession } from "./server.js";
import { changeKeys } from "./settings.js";
import { beat, drop, endShift, look, onLoggedOut, shift } from "./shift.js";
import { clear } from "./store.js";
import { listen } from "./tabs.js";

const BEAT_MS = 60_000;
const IDLE_MS = 5 * 60_000; // after this long without a sign of life the lease may run out
const PAUSE_MS = 30_000; // longer pauses do not count as work
let lastSign = Date.now();

addActions(
  { id: "submit", key: "Enter", say: "submit and go to the next", run: submit },
  { id: "down", key: "j", say: "further down, the next step", run: () => move(1) },
  { id: "up", key: "k", say: "further up, the step before", run: () => move(-1) },
  { id: "comment", key: "c", say: "write a comment", run: () => $("comment").focus() },
  { id: "guideline", key: "g", say: "open or close the guideline", run: toggleGuideline },
  { id: "skip", key: "x", say: "skip this task, with a reason", run: skip },
  { id: "flag", key: "f", say: "flag what is wrong with this task", run: flag },
  { id: "release", key: "r", say: "give this task back to the others", run: release },
  { id: "undo", key: "u", say: "change my last answer, for a minute", run: undo },
);

function move(by) {
  if (shift.desk.kind.move) return shift.desk.kind.move(by);
  const panes = [...document.querySelectorAll(".panes .pane-text")].filter((pane) => pane.scrollHeight > pane.clientHeight + 1);
  const step = { top: by * innerHeight * 0.5, behavior: "smooth" };
  for (const scrolled of panes.length ? panes : [window]) scrolled.scrollBy(step);
}

function toggleGuideline() {
  if (!shift.desk) return;
  if ($("guideline").hidden) openGuideline(shift.desk.lease).catch((error) => screen.banner(error.message));
  else closeGuideline();
}

const sheet = () => showSheet(async () => {
  try {
    const settings = shift.me?.settings || {};
    const keys = await changeKeys(settings.keys);
    if (shift.me) shift.me.settings = { ...settings, keys };
  } catch (error) {
    screen.banner(error.message);
  }
});

document.addEventListener("keydown", (event) => {
  const typing = event.target.matches("textarea, select, input:not([type=radio], [type=checkbox])");
  const name = pressed(event);
  if ($("dialog").open) return name === "?" && !typing ? act(event, sheet) : undefined;
  if (name === "?" && !typing) return act(event, sheet);
  if (name === "Escape" && typing) return event.target.blur();
  if (name === "Escape" && !$("guideline").hidden) return act(event, closeGuideline);
  if (!shift.desk || event.altKey || event.repeat || event.isComposing) return;
  if (name === "Ctrl+Enter") return act(event, submit);
  if (name === "Ctrl+s") return act(event, saveDraft);
  if (typing || (name === "Enter" && event.target.closest("button, a, summary"))) return;
  const action = actionFor(event);
  if (action) act(event, action.run);
});

function act(event, run) {
  event.preventDefault();
  run();
}

const clicks = { release, skip, flag, undo, submit, look, "help-open": sheet, "guideline-open": toggleGuideline, "guideline-close": closeGuideline, leave: () => logOut() };
for (const [id, run] of Object.entries(clicks)) $(id).addEventListener("click", () => run());
$("rubric").addEventListener("submit", (event) => event.preventDefault());
$("comment").addEventListener("input", () => shift.desk?.comment($("comment").value));

// ---- log-in ----

const isKey = () => $("name").value.trim().startsWith("ing_");
$("name").addEventListener("input", () => {
  $("name").type = isKey() ? "password" : "text";
  $("password-field").hidden = isKey();
});

$("login").addEventListener("submit", async (event) => {
  event.preventDefault();
  screen.banner("");
  try {
    if (isKey()) enterWithKey($("name").value.trim());
    else if (!(await byPassword())) return;
    screen.show("wait");
    await look();
  } catch (error) {
    screen.banner(error.message);
  }
});

// False while a password of their own is still to be chosen.
async function byPassword() {
  const [login, present, wanted] = ["name", "password", "new"].map((id) => $(id).value);
  const oneTime = await enterWithPassword(login.trim(), present);
  if (oneTime && !wanted) {
    $("new-field").hidden = false;
    $("new").focus();
    return false;
  }
  if (oneTime) await choosePassword(present, wanted);
  return true;
}

async function logOut(why = "") {
  const draft = shift.desk?.draft;
  if (!why && (!draft?.seq || (await saveNow(draft, screen.saved)))) await clear("drafts"); // it may have other users
  await leaveSession();
  endShift();
  $("today").hidden = $("leave").hidden = true;
  screen.saved("");
  screen.banner(why);
  $("name").value = $("password").value = $("new").value = "";
  $("name").type = "text";
  $("password-field").hidden = false;
  $("new-field").hidden = true;
  screen.show("login");
}

onLoggedOut(logOut);
listen({
  draft: (id) => shift.desk?.lease.id === id && !shift.revising && shift.desk.refresh(),
  done: (id) => !shift.busy && !shift.revising && drop(id),
});

for (const sign of ["keydown", "pointermove", "pointerdown", "wheel"]) {
  document.addEventListener(sign, () => {
    const now = Date.now();
    if (shift.desk) shift.desk.draft.active_ms += Math.min(now - lastSign, PAUSE_MS);
    lastSign = now;
  }, { passive: true });
}

setInterval(() => {
  if (shift.desk) screen.paintClock(shift.desk.lease.expires_at);
  screen.paintUndo(shift.undo && !shift.revising ? shift.undo.until : 0);
}, 1000);
setInterval(() => Date.now() - lastSign < IDLE_MS && !shift.busy && beat(), BEAT_MS);

call("GET", "/me").then(look, (error) => (error.status ? screen.show("login") : look()));
