// Questions to the reviewer: why a task is skipped or flagged, the sheet of keys, the feedback of a
// training task. One dialog element serves all.

import { $, h, plain } from "./dom.js";
import { allActions, keyOf, keySign } from "./keys.js";

const SKIP = { unsafe: "I do not want to read this", unclear: "The task is unclear", expertise: "I do not know enough of this", broken: "Something is broken", other: "Something else" };
const FLAG = { unsafe: "Unsafe content", private: "Somebody's private data", broken: "Cut off, garbled or empty", bad_prompt: "The prompt makes no sense", other: "Something else" };

// The choice as {reason, note}, or null where it was closed.
export const askSkip = () => ask({
  head: "Skip this task", text: "It goes to somebody else and does not come back to you.", name: "reason",
  options: Object.entries(SKIP), confirm: "Skip",
});

// As {reason, note}: what is wrong with the task itself.
export const askFlag = () => ask({
  head: "Flag this task", text: "A lead looks at it. You can still answer.", name: "reason",
  options: Object.entries(FLAG), confirm: "Flag",
});

function ask({ head, text, name, options, confirm }) {
  const radios = options.map(([value, say], place) => h("label", { class: "line" },
    h("input", { type: "radio", name, value, required: true }), h("kbd", {}, String(place + 1)), h("span", {}, say)));
  const note = h("textarea", { id: "note", rows: 2, maxlength: 2000 });
  const form = h("form", { method: "dialog" },
    h("h2", { id: "dialog-head" }, head), h("p", { class: "quiet" }, text),
    h("fieldset", { class: "lines" }, h("legend", { class: "unseen" }, head), radios),
    h("label", { for: "note" }, "Note"), note,
    h("div", { class: "ends" }, h("button", { type: "button", class: "plain", onclick: () => $("dialog").close() }, "Cancel"),
      h("button", { class: "primary", value: "yes" }, confirm, " ", h("kbd", {}, "↵"))));
  form.addEventListener("keydown", (event) => {
    if (event.target === note) return;
    const radio = radios[Number(/^(?:Digit|Numpad)(\d)$/.exec(event.code)?.[1]) - 1];
    radio?.querySelector("input").click();
    if (event.key === "Enter" && event.target.type === "radio") form.requestSubmit(form.querySelector(".primary"));
  });
  return open(form, radios[0].querySelector("input")).then((said) => {
    const chosen = form.querySelector("input:checked");
    return said === "yes" && chosen ? { reason: chosen.value, note: note.value.trim() } : null;
  });
}

export function showSheet(change) {
  if ($("dialog").open) return $("dialog").close();
  const lines = sheet().map(({ keys, say }) =>
    h("div", {}, h("dt", {}, keys.map((key) => [h("kbd", {}, keySign(key)), " "])), h("dd", {}, say)));
  const fixed = [["Ctrl+Enter", "submit from within a text"], ["Ctrl+s", "save now"], ["Escape", "leave a text, close this"]].map(([key, say]) =>
    h("div", {}, h("dt", {}, h("kbd", {}, keySign(key))), h("dd", {}, say)));
  const head = h("h2", { id: "dialog-head", tabindex: -1 }, "Keys");
  open(h("form", { method: "dialog" },
    head, h("dl", { class: "sheet" }, lines, fixed),
    h("p", { class: "quiet" }, "Nothing moves on before the server has your answer. What you fill in survives a reload."),
    h("div", { class: "ends" }, h("button", { type: "button", class: "plain", onclick: () => ($("dialog").close(), change()) }, "Change keys"),
      h("button", { class: "primary" }, "Close"))), head, true);
}

// Actions of one group, as the scores of a scale, take one line.
function sheet() {
  const lines = new Map();
  for (const action of allActions()) {
    const key = keyOf(action);
    if (!key) continue;
    const line = lines.get(action.group || action.id) || { keys: [], say: action.group || action.say };
    line.keys.push(key);
    lines.set(action.group || action.id, line);
  }
  return [...lines.values()].map((line) => (line.keys.length > 3 ? { ...line, keys: [line.keys[0], "…", line.keys.at(-1)] } : line));
}

// After a training task: what was expected, in the kind's own words where it has some, and why.
export function showFeedback(feedback, say = wordsOf) {
  const right = feedback.correct;
  return open(h("form", { method: "dialog" },
    h("h2", { id: "dialog-head", class: right ? "good" : "bad" }, right ? "As expected" : "Not as expected"),
    feedback.expected != null && h("p", {}, "Expected: ", h("b", {}, say(feedback.expected))),
    feedback.why && h("p", { class: "as-written" }, feedback.why),
    feedback.test_items > 0 && h("p", { class: "quiet" }, standing(feedback)),
    h("div", { class: "ends" }, h("button", { class: "primary", autofocus: true }, "Next ", h("kbd", {}, "↵")))));
}

function standing({ answered, test_items, score, passed }) {
  const within = answered % test_items;
  if (passed == null) return `${within} of ${test_items} answered in this try.`;
  return `${Math.round(score * 100)} % right: ${passed ? "you have passed." : "not enough yet; the next answer begins a new try."}`;
}

const wordsOf = (expected) => Object.entries(expected)
  .map(([name, value]) => `${plain(name)}: ${typeof value === "object" ? JSON.stringify(value) : value}`).join(", ");

export function open(form, focused, wide = false) {
  const dialog = $("dialog");
  dialog.classList.toggle("wide", wide);
  dialog.returnValue = "";
  dialog.replaceChildren(form);
  dialog.showModal();
  focused?.focus();
  return new Promise((done) => {
    dialog.onclose = () => dialog.open || done(dialog.returnValue); // open again: that was the one before
  });
}
