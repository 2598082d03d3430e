// A shift: lease after lease until there are none.

import { Desk } from "./desk.js";
import { $ } from "./dom.js";
import { openDraft } from "./drafts.js";
import { meetGuideline } from "./guideline.js";
import { setChosenKeys } from "./keys.js";
import { sendLeftovers } from "./outbox.js";
import * as screen from "./screen.js";
import { call, insist } from "./server.js";
import { remove } from "./store.js";
import { tell } from "./tabs.js";

const wanted = new URLSearchParams(location.search).get("queue");
const leasesPath = wanted ? `/queues/${encodeURIComponent(wanted)}/leases` : "/leases";

export const shift = {
  me: null, queue: [], desk: null, undo: null, revising: false,
  get busy() {
    return Boolean(this.desk?.sealed); // its task is on its way, or over
  },
};
const finished = new Set(); // answered or given back; a late reply may still list them
export const today = { done: 0, left: 0 };
let lookTimer = 0;
let loggedOut = () => {}; // called with why

export const onLoggedOut = (act) => (loggedOut = act);

export async function look() {
  clearTimeout(lookTimer);
  try {
    const { data } = await insist(screen.banner, "GET", "/me");
    shift.me = data;
    Object.assign(today, { done: data.answered_today, left: data.tasks_open });
    setChosenKeys(data.settings?.keys);
    $("today").hidden = $("leave").hidden = false;
    $("leave").title = `Logged in as ${data.pseudonym}`;
    const { refused } = await sendLeftovers(data.pseudonym, screen.banner);
    if (refused.length) screen.banner(`An answer from before could not be taken: ${refused[0]}`);
    await next();
  } catch (error) {
    explain(error);
  }
}

async function next() {
  screen.paintToday(today);
  if (shift.queue.length === 0) await fetchLeases();
  else fetchLeases().catch(explain); // one ahead, so that the next is there at once
}

async function fetchLeases() {
  const reply = await insist(screen.banner, "POST", leasesPath, { max: 2, html: true }).catch(closed);
  if (!reply) return;
  const before = shift.queue[0];
  for (const lease of reply.data ? reply.data.assignments : []) {
    const known = finished.has(lease.id) || shift.queue.some((other) => other.id === lease.id);
    if (!known) shift.queue.push(lease);
  }
  if (shift.queue.length === 0) wait(reply.response.headers);
  else if (shift.queue[0] !== before) await sit(shift.queue[0]);
}

function closed(error) {
  if (!wanted || error.status !== 403) throw error;
  screen.showClosed(error.message);
}

function wait(headers) {
  shift.desk = null;
  screen.showEmpty(headers);
  showWays().catch(() => {}); // the page looks again all the same
  lookTimer = setTimeout(look, 1000 * (Number(headers.get("Retry-After")) || 15));
}

// From an empty queue to all of them; from nothing to do to what can be learned.
async function showWays() {
  if (wanted) return screen.showWays([{ href: "/review", name: "All queues", about: "in which you may work." }]);
  const { data } = await call("GET", "/queues");
  const open = data.data.filter((queue) => queue.purpose === "training" && queue.state === "open" && queue.waiting > 0);
  screen.showWays(open.map((queue) => ({
    href: `/review?queue=${encodeURIComponent(queue.id)}`, name: queue.name, about: "is there to learn by answering, with feedback.",
  })));
}

// Put a lease on the screen.
export async function sit(lease, draft) {
  draft ||= await openDraft(lease);
  shift.desk = new Desk(lease, draft);
  screen.paintClock(lease.expires_at);
  $("submit-say").textContent = shift.revising ? "Change it" : "Submit & next";
  meetGuideline(lease).catch(() => {}); // the guideline is one key away
}

export async function leave(lease) {
  finished.add(lease.id);
  tell("done", lease.id);
  await drop(lease.id);
}

// Go on without a lease that is finished, here or in another tab.
export async function drop(id) {
  finished.add(id);
  const current = shift.queue[0]?.id === id;
  shift.queue = shift.queue.filter((other) => other.id !== id);
  if (current && shift.desk) shift.desk.sealed = true;
  await remove("drafts", id);
  if (!current) return;
  shift.revising = false;
  try {
    if (shift.queue.length) await sit(shift.queue[0]);
    await next();
  } catch (error) {
    explain(error);
  }
}

export async function beat() {
  for (const lease of shift.revising ? [] : [...shift.queue]) {
    try {
      lease.expires_at = (await call("POST", `/assignments/${lease.id}/heartbeat`)).data.expires_at;
    } catch (error) {
      if (error.status === 409 && lease === shift.queue[0]) {
        screen.banner("The lease ran out. Submit all the same: it counts unless others were faster.");
      }
    }
  }
}

export function endShift() {
  clearTimeout(lookTimer);
  Object.assign(shift, { me: null, queue: [], desk: null, undo: null, revising: false });
}

export function explain(error) {
  if (error.status === 0) return; // an abandoned call
  if (error.status === 401) return loggedOut(error.message);
  screen.banner(error.message);
}
