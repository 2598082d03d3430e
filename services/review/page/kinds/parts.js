// Controls that several kinds of work share. Each gives its node and paints the value it is told.

import { h, plain } from "../dom.js";
import { keySign } from "../keys.js";

const hint = (key) => key && h("kbd", { "aria-hidden": "true" }, keySign(key));

// One of several. options: [{value, say, key, title}]; look "strip" is in a row, "list" one under another.
export function choices({ name, legend, options, choose, look = "strip", described }) {
  const inputs = options.map(({ value }) =>
    h("input", { type: "radio", name, value: String(value), onchange: () => choose(value) }));
  const labels = options.map(({ say, key, title }, place) =>
    h("label", { title }, inputs[place], h("span", {}, h("span", { class: "say" }, say), hint(key))));
  const node = h("fieldset", { class: `choices ${look}`, "aria-describedby": described },
    h("legend", {}, legend), h("div", { class: "options" }, labels));
  const paint = (value) => inputs.forEach((input) => (input.checked = input.value === String(value)));
  return { node, paint };
}

// A criterion's scores. In a row, the words for the chosen or the pointed-at score stand below it.
export function scale({ name, criterion, key, choose, look = "strip", keyed = false, named = true }) {
  const { low, high, anchors = [], about } = criterion;
  const values = Array.from({ length: high - low + 1 }, (_, place) => low + place);
  const listed = look === "list";
  const options = values.map((value, place) => ({
    value,
    say: listed && anchors[place] ? [h("b", {}, String(value)), ` ${anchors[place]}`] : String(value),
    title: listed ? null : anchors[place],
    key: keyed && value >= 0 && value < 10 && listed ? String(value) : null,
  }));
  const words = h("p", { class: "anchor", id: `${name}-words` });
  const legend = h("span", { class: named ? "criterion" : "unseen", title: about }, plain(criterion.name), " ", hint(key));
  const made = choices({ name, legend, options, choose, look, described: `${name}-words` });
  let now = null;
  const tell = (value) => (words.textContent = anchors[value - low] || about || "");
  made.node.append(words);
  if (!listed) {
    made.node.querySelectorAll("label").forEach((label, place) => {
      label.addEventListener("pointerenter", () => tell(values[place]));
      label.addEventListener("pointerleave", () => tell(now));
    });
  } else words.textContent = about || "";
  const paint = (value) => {
    now = value;
    made.paint(value);
    if (!listed) tell(value);
  };
  return { node: made.node, paint };
}

// Words to tick. With Shift and a digit, too.
export function chips({ legend, words, ticked, toggle }) {
  const inputs = words.map((word) => h("input", { type: "checkbox", value: word, onchange: () => toggle(word) }));
  const labels = words.map((word, place) =>
    h("label", { title: place < 9 ? `Shift ${place + 1}` : null }, inputs[place], h("span", {}, plain(word))));
  const node = h("fieldset", { class: "chips" }, h("legend", {}, legend), h("div", { class: "options" }, labels));
  return { node, paint: () => inputs.forEach((input) => (input.checked = ticked().includes(input.value))) };
}

// Digit keys for the values from low to high.
export const digitKeys = (id, low, high, say, run) =>
  Array.from({ length: high - low + 1 }, (_, place) => low + place)
    .filter((value) => value >= 0 && value < 10)
    .map((value) => ({ id: `${id}.${value}`, key: String(value), say: `${say} ${value}`, group: say, run: () => run(value) }));

// Put a record into a list of records under its own name, in the list's order.
export const placed = (list, name, record) =>
  [...(list || []).filter((other) => other[name] !== record[name]), record].sort((a, b) => a[name] - b[name]);
