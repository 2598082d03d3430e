// What is read: the prompt and the answers to it, side by side.

import { difference, marked } from "./difference.js";
import { h } from "./dom.js";
import { turns } from "./texts.js";

let together = localStorage.getItem("ingot.together") === "yes"; // a habit: kept for the next task

export function pane(name, title, children, extra) {
  const head = h("h2", { id: `head-${name}` }, title);
  const body = h("div", { class: "pane-text", id: name, tabindex: 0, role: "region", "aria-labelledby": `head-${name}` }, children);
  return h("section", { class: `card pane pane-${name}`, "aria-labelledby": `head-${name}` },
    h("div", { class: "pane-head" }, head, extra), body);
}

export const promptPane = (messages) => pane("prompt", "Prompt", turns(messages, "user"));

export function oneAnswer(item, title = "Answer") {
  const one = pane("answer", title, turns(item.completion, "assistant"));
  return { node: h("div", { class: "reading" }, promptPane(item.prompt), h("div", { class: "panes one" }, one)), actions: [] };
}

// names: of the answers, as in ["A", "B"]. Two can be compared word by word.
export function sideBySide(item, answers, names) {
  const panes = answers.map((answer, place) => pane(names[place], names[place], turns(answer, "assistant")));
  const bodies = panes.map((one) => one.querySelector(".pane-text"));
  let compared = false;
  const compare = () => {
    compared = !compared;
    comparing.setAttribute("aria-pressed", compared);
    bodies.forEach((body, place) => body.replaceChildren(...(compared
      ? compareTurns(answers, place)
      : turns(answers[place], "assistant"))));
  };
  const join = () => {
    together = !together;
    localStorage.setItem("ingot.together", together ? "yes" : "no");
    joining.setAttribute("aria-pressed", together);
  };
  const comparing = toggle("Differences", "d", compared, compare);
  const joining = toggle("Scroll together", "s", together, join);
  const two = answers.length === 2;
  bodies.forEach((body) => body.addEventListener("scroll", () => together && follow(body, bodies), { passive: true }));
  const tools = h("div", { class: "pane-tools" }, two && comparing, joining);
  const node = h("div", { class: "reading" }, promptPane(item.prompt),
    h("div", { class: `panes many-${answers.length}` }, tools, panes));
  const scroll = { id: "sync", key: "s", say: "scroll the answers together", run: join };
  const compareAction = { id: "diff", key: "d", say: "mark the words that differ", run: compare };
  return { node, panes, actions: two ? [compareAction, scroll] : [scroll] };
}

function toggle(text, key, pressed, onclick) {
  return h("button", { type: "button", class: "plain", "aria-pressed": String(pressed), onclick }, text, " ", h("kbd", {}, key));
}

function compareTurns(answers, place) {
  const texts = answers.map((answer) => answer.map((message) => message.content).join("\n\n"));
  const runs = difference(texts[0], texts[1]);
  return [h("p", { class: "text as-written compared" }, marked(runs, place ? "ins" : "del"))];
}

function follow(leader, bodies) {
  if (leader.dataset.led) return delete leader.dataset.led;
  const share = leader.scrollTop / Math.max(1, leader.scrollHeight - leader.clientHeight);
  for (const body of bodies) {
    const top = Math.round(share * (body.scrollHeight - body.clientHeight));
    if (body === leader || Math.abs(body.scrollTop - top) < 2) continue;
    body.dataset.led = "yes";
    body.scrollTop = top;
  }
}
