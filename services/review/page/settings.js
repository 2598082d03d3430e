// The reviewer's own keys.

import { h } from "./dom.js";
import { open } from "./dialogs.js";
import { allActions, keyOf, keySign, pressed, setChosenKeys } from "./keys.js";
import { paintKeys } from "./screen.js";
import { call } from "./server.js";

const FIXED = new Set(["Tab", "Escape", "Ctrl+Enter", "Ctrl+s", "Shift+Tab", "Shift", "Control", "Alt", "Meta", "AltGraph", "?"]);

// Ask for keys and store them; `chosen` is what the reviewer has changed so far.
export async function changeKeys(chosen) {
  const keys = { ...chosen };
  const rows = allActions().map((action) => row(action, keys));
  const off = () => {
    for (const action of allActions()) keys[action.id] = "";
    for (const one of rows) one.querySelector("input").value = "";
  };
  const back = () => {
    for (const action of allActions()) delete keys[action.id];
    allActions().forEach((action, place) => (rows[place].querySelector("input").value = keySign(action.key)));
  };
  const said = await open(h("form", { method: "dialog" },
    h("h2", { id: "dialog-head" }, "Your keys"),
    h("p", { class: "quiet" }, "Go to a field and press the new key, with Ctrl or Shift if you like. ⌫ takes it away."),
    h("div", { class: "key-rows" }, rows),
    h("div", { class: "ends" },
      h("button", { type: "button", class: "plain", onclick: off }, "None at all"),
      h("button", { type: "button", class: "plain", onclick: back }, "As delivered"),
      h("button", { class: "primary", value: "yes" }, "Keep"))));
  if (said !== "yes") return chosen;
  setChosenKeys(keys);
  paintKeys();
  await call("PUT", "/me/settings", { keys });
  return keys;
}

function row(action, keys) {
  const field = h("input", { type: "text", readonly: true, value: keySign(keyOf(action)), "aria-label": `Key to ${action.say}` });
  field.addEventListener("keydown", (event) => {
    const name = pressed(event);
    if (event.altKey || FIXED.has(name)) return;
    event.preventDefault();
    keys[action.id] = name === "Backspace" ? "" : name;
    field.value = keySign(keys[action.id]);
  });
  return h("label", { class: "key-row" }, h("span", {}, action.say), field);
}
