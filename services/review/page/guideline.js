// The guideline in a drawer, and what is new in it when a reviewer first meets a new version.

import { changes, difference } from "./difference.js";
import { $, cleaned, h } from "./dom.js";
import { call } from "./server.js";

const seenKey = (queue) => `ingot.guideline.${queue.id}`;
let shown = ""; // queue and version in the drawer

// Mark a version that this reviewer has not met; open what changed since the one they know.
export async function meetGuideline(lease) {
  const { queue, guideline } = lease;
  const seen = Number(localStorage.getItem(seenKey(queue))) || 0;
  $("guideline-open").classList.toggle("fresh", seen < guideline.n);
  if (seen && seen < guideline.n) await openGuideline(lease, seen);
}

export async function openGuideline({ queue, guideline }, since = 0) {
  $("guideline").hidden = false;
  $("guideline-open").setAttribute("aria-expanded", "true");
  $("guideline-open").classList.remove("fresh");
  localStorage.setItem(seenKey(queue), guideline.n);
  const wanted = `${queue.id} ${guideline.n} ${since}`;
  if (shown !== wanted) await fill(queue, guideline.n, since);
  shown = wanted;
  $("guideline-text").focus();
}

export function closeGuideline() {
  $("guideline").hidden = true;
  $("guideline-open").setAttribute("aria-expanded", "false");
  $("task").focus({ preventScroll: true });
}

async function fill(queue, n, since) {
  $("guideline-head").textContent = `Guideline, version ${n}`;
  const read = async (number) => (await call("GET", `/queues/${queue.id}/guidelines/${number}/shown`)).data;
  const now = await read(n);
  const news = since ? whatChanged((await read(since)).version, now.version) : [];
  const text = now.html ? cleaned(now.html) : h("p", { class: "quiet" }, "This queue has no guideline yet.");
  $("guideline-text").replaceChildren(...news, text);
}

function whatChanged(before, now) {
  const runs = changes(difference(before.body, now.body));
  return [h("section", { class: "news" },
    h("h3", {}, `What changed since version ${before.n}`),
    h("p", {}, now.change_note),
    now.breaking && h("p", { class: "bad" }, "Answers under older versions no longer hold."),
    h("details", {}, h("summary", {}, "Word by word"), h("p", { class: "text as-written" }, runs)))];
}
