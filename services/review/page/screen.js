// What stands around the task: which screen is on, the banner, the clock, what is saved, today's count.

import { $, h } from "./dom.js";
import { keyById, keySign } from "./keys.js";

const SCREENS = ["login", "empty", "task"];
const time = (when) => new Date(when).toLocaleTimeString([], { hourCycle: "h23" });

export function show(name) {
  for (const id of SCREENS) $(id).hidden = id !== name;
  for (const id of ["actions", "clock", "queue", "guideline-open"]) $(id).hidden = name !== "task";
  if (name !== "task") $("guideline").hidden = true;
  if (name === "login") $("name").focus();
  document.title = name === "task" ? "Ingot review" : "Ingot review · waiting";
}

export function banner(text) {
  if ($("banner").textContent === text) return;
  $("banner").textContent = text;
  $("banner").hidden = !text;
}

export function saved(where, at) {
  const words = { server: `Saved ${time(at || Date.now())}`, device: "Saved here", sending: "Saving…", "": "" };
  $("saved").textContent = words[where] ?? where;
  $("saved").classList.toggle("busy", where === "device" || where === "sending");
}

export function hint(text, urgent = false) {
  $("hint").textContent = text;
  $("hint").classList.toggle("urgent", urgent);
}

export function paintToday({ done, left }) {
  $("done").textContent = done;
  $("left").textContent = left;
  $("bar").value = done / Math.max(1, done + left);
}

export function paintClock(expires_at) {
  const left_s = Math.max(0, Math.round((Date.parse(expires_at) - Date.now()) / 1000));
  $("clock").textContent = `${Math.floor(left_s / 60)}:${String(left_s % 60).padStart(2, "0")}`;
  $("clock").classList.toggle("short", left_s < 120);
}

export function paintUndo(until) {
  const left_s = Math.ceil((until - Date.now()) / 1000);
  $("undo").hidden = left_s <= 0;
  $("undo-left").textContent = `${left_s} s`;
}

export function paintKeys() {
  for (const sign of document.querySelectorAll("kbd[data-key]")) sign.textContent = keySign(keyById(sign.dataset.key));
}

export function showEmpty(headers) {
  const drained = headers.get("Queue-State") === "drained";
  $("empty-title").textContent = drained ? "All caught up" : "Others are on the last ones";
  $("empty-text").textContent = drained
    ? "There is nothing to review right now. This page looks again by itself; stretch your legs."
    : "If somebody gives a task back, it comes to you. This page looks again by itself.";
  show("empty");
}

// Other queues to go to: [{ href, name, about }]
export function showWays(ways) {
  const entries = ways.map(({ href, name, about }) => h("li", {}, h("a", { href }, name), ` ${about}`));
  $("empty-ways").replaceChildren(...entries);
}

export function showClosed(text) {
  $("empty-title").textContent = "Not yet";
  $("empty-text").textContent = text;
  show("empty");
}
