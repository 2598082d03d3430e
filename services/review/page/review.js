// The reviewer's page. Nothing moves on before the server has stored an answer; a failed call is
// tried again until it gets through.

import { call, enter, forget, insist, loggedIn, randomId } from "./server.js";
import { turns } from "./texts.js";

const BEAT_MS = 60_000;
const IDLE_MS = 5 * 60_000; // after this long without a sign of life the lease may run out
const PAUSE_MS = 30_000; // longer pauses do not count as work

const $ = (id) => document.getElementById(id);

let queue = []; // leases at hand, the one on the screen first
let active_ms = 0;
let lastSign = Date.now();
let sending = false;
let lookTimer = 0;
const finished = new Set(); // answered or given back; a late reply may still list them
const today = { done: 0, left: 0 };

function explain(error) {
  if (!error.status) return; // an abandoned call
  if (error.status === 401 || error.status === 403) return logOut(error.message);
  banner(error.message);
}

// ---- the flow ----

async function look() {
  clearTimeout(lookTimer);
  try {
    const { data } = await insist(banner, "GET", "/me");
    Object.assign(today, { done: data.answered_today, left: data.tasks_open });
    $("today").hidden = $("leave").hidden = false;
    $("leave").title = `Logged in as ${data.pseudonym}`;
    await next();
  } catch (error) {
    explain(error);
  }
}

async function next() {
  paintToday();
  if (queue.length === 0) await fetchLeases();
  else fetchLeases().catch(explain); // one ahead, so that the next is there at once
}

async function fetchLeases() {
  const { response, data } = await insist(banner, "POST", "/leases", { max: 2 });
  const before = queue[0];
  for (const lease of data ? data.assignments : []) {
    const known = finished.has(lease.id) || queue.some((other) => other.id === lease.id);
    if (!known) queue.push(lease);
  }
  if (queue.length === 0) showEmpty(response.headers);
  else if (queue[0] !== before) showTask();
}

async function submit() {
  const verdict = chosen();
  if (sending || !verdict || !queue.length) return;
  const lease = queue[0];
  sending = true;
  paintChoice();
  saved("Saving…", true);
  const draft = loadDraft(lease.id);
  const answer = {
    verdict,
    comment: $("comment").value.trim(),
    client_event_id: draft.event,
    active_ms: Math.min(Math.round(active_ms), 86_400_000),
  };
  try {
    await insist(banner, "PUT", `/assignments/${lease.id}/answer`, answer);
    today.done += 1;
    today.left = Math.max(0, today.left - 1);
    saved(`Saved ${new Date().toLocaleTimeString([], { hourCycle: "h23" })}`);
    await leaveTask(lease);
  } catch (error) {
    saved("");
    await recover(error, lease);
  }
}

async function release() {
  if (sending || !queue.length) return;
  const lease = queue[0];
  sending = true;
  try {
    await insist(banner, "POST", `/assignments/${lease.id}/release`);
    saved("Given back");
    await leaveTask(lease);
  } catch (error) {
    await recover(error, lease);
  }
}

async function recover(error, lease) {
  sending = false;
  paintChoice();
  if (error.status === 409) await leaveTask(lease);
  explain(error);
}

async function leaveTask(lease) {
  sessionStorage.removeItem(lease.id);
  finished.add(lease.id);
  queue = queue.filter((other) => other.id !== lease.id);
  sending = false;
  if (queue.length) showTask();
  await next();
}

function logOut(why = "") {
  forget();
  queue = [];
  sending = false;
  clearTimeout(lookTimer);
  $("today").hidden = $("leave").hidden = true;
  saved("");
  banner(why);
  $("key").value = "";
  show("login");
}

// ---- what is on the screen ----

function show(name) {
  for (const id of ["login", "empty", "task"]) $(id).hidden = id !== name;
  if (name === "login") $("key").focus();
  $("verdict").hidden = $("clock").hidden = name !== "task";
  document.title = name === "task" ? "Ingot review" : "Ingot review · waiting";
}

function showTask() {
  const lease = queue[0];
  sending = false;
  active_ms = 0;
  lastSign = Date.now();
  $("instructions").textContent = lease.instructions;
  $("instructions").hidden = !lease.instructions;
  $("prompt").replaceChildren(...turns(lease.prompt, "user"));
  $("A").replaceChildren(...turns(lease.a, "assistant"));
  $("B").replaceChildren(...turns(lease.b, "assistant"));
  const draft = loadDraft(lease.id);
  for (const input of radios()) input.checked = input.value === draft.verdict;
  $("comment").value = draft.comment;
  $("comment").blur();
  show("task");
  paintChoice();
  paintClock();
  scrollTo(0, 0);
}

function showEmpty(headers) {
  const seconds = Number(headers.get("Retry-After")) || 15;
  const drained = headers.get("Queue-State") === "drained";
  $("empty-title").textContent = drained ? "All caught up" : "Others are on the last ones";
  $("empty-text").textContent = drained
    ? "There is nothing to review right now. This page looks again by itself; stretch your legs."
    : "If somebody gives a task back, it comes to you. This page looks again by itself.";
  show("empty");
  lookTimer = setTimeout(look, seconds * 1000);
}

function paintChoice() {
  const verdict = chosen();
  for (const side of ["A", "B"]) $(`card-${side}`).classList.toggle("chosen", verdict === side);
  $("task").classList.toggle("tie", verdict === "tie");
  $("submit").disabled = !verdict || sending;
}

function paintToday() {
  $("done").textContent = today.done;
  $("left").textContent = today.left;
  $("bar").value = today.done / Math.max(1, today.done + today.left);
}

function paintClock() {
  if (!queue.length) return;
  const left_s = Math.max(0, Math.round((Date.parse(queue[0].expires_at) - Date.now()) / 1000));
  $("clock").textContent = `${Math.floor(left_s / 60)}:${String(left_s % 60).padStart(2, "0")}`;
  $("clock").classList.toggle("short", left_s < 120);
}

function saved(text, busy = false) {
  $("saved").textContent = text;
  $("saved").classList.toggle("busy", busy);
}

function banner(text) {
  $("banner").textContent = text;
  $("banner").hidden = !text;
}

// ---- the choice and its draft ----

const radios = () => document.querySelectorAll("input[name=verdict]");
const chosen = () => document.querySelector("input[name=verdict]:checked")?.value || "";

function choose(verdict) {
  if (sending || !queue.length) return;
  for (const input of radios()) input.checked = input.value === verdict;
  keepDraft();
}

function loadDraft(id) {
  const fresh = { verdict: "", comment: "", event: randomId() };
  const draft = { ...fresh, ...JSON.parse(sessionStorage.getItem(id) || "{}") };
  sessionStorage.setItem(id, JSON.stringify(draft));
  return draft;
}

function keepDraft() {
  const draft = { ...loadDraft(queue[0].id), verdict: chosen(), comment: $("comment").value };
  sessionStorage.setItem(queue[0].id, JSON.stringify(draft));
  paintChoice();
}

// ---- keys, clicks, clocks ----

const KEYS = {
  a: () => choose("A"),
  b: () => choose("B"),
  t: () => choose("tie"),
  c: () => $("comment").focus(),
  r: release,
  j: () => scrollBy({ top: innerHeight * 0.6, behavior: "smooth" }),
  k: () => scrollBy({ top: -innerHeight * 0.6, behavior: "smooth" }),
  Enter: submit,
};

document.addEventListener("keydown", (event) => {
  const typing = event.target.matches("textarea, input:not([type=radio])");
  if (event.key === "?" && !typing) return toggleHelp(event);
  if ($("help").open || $("task").hidden) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) return act(event, submit);
  if (event.key === "Escape" && typing) return event.target.blur();
  if (typing || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.key === "Enter" && event.target.matches("button")) return; // the button's own click
  const action = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (action) act(event, action);
});

function act(event, action) {
  event.preventDefault();
  action();
}

function toggleHelp(event) {
  event.preventDefault();
  if ($("help").open) $("help").close();
  else $("help").showModal();
}

for (const side of ["A", "B"]) {
  $(`card-${side}`).addEventListener("click", () => {
    if (getSelection().isCollapsed) choose(side); // marking text to read is not a choice
  });
}
$("verdict").addEventListener("submit", (event) => act(event, submit));
$("verdict").addEventListener("input", () => queue.length && keepDraft());
$("release").addEventListener("click", release);
$("look").addEventListener("click", look);
$("leave").addEventListener("click", () => logOut());
$("help-open").addEventListener("click", toggleHelp);
$("login").addEventListener("submit", (event) => {
  event.preventDefault();
  enter($("key").value.trim());
  banner("");
  show("wait");
  look();
});

for (const sign of ["keydown", "pointermove", "pointerdown", "wheel"]) {
  document.addEventListener(sign, () => {
    const now = Date.now();
    active_ms += Math.min(now - lastSign, PAUSE_MS);
    lastSign = now;
  }, { passive: true });
}

async function beat() {
  if (Date.now() - lastSign > IDLE_MS || sending) return;
  for (const lease of [...queue]) {
    try {
      lease.expires_at = (await call("POST", `/assignments/${lease.id}/heartbeat`)).data.expires_at;
    } catch (error) {
      if (error.status === 409 && lease === queue[0]) {
        banner("The lease ran out. Submit all the same: it counts unless others were faster.");
      }
    }
  }
}

setInterval(paintClock, 1000);
setInterval(beat, BEAT_MS);

if (loggedIn()) look();
else show("login");
