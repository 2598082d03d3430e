// Which key does what. An action is {id, key, say, run, group}: those of one group are listed as one. Where the kind of work at hand uses a key that
// a general action has, the general one is reached with Shift.

const general = [];
let ofKind = [];
let chosen = {}; // action id -> the reviewer's own key; "" is none

export const addActions = (...actions) => general.push(...actions);
export const setKindActions = (actions) => (ofKind = actions);
export const setChosenKeys = (keys) => (chosen = keys || {});
export const allActions = () => [...ofKind, ...general];

export function keyOf(action) {
  const key = chosen[action.id] ?? action.key;
  const taken = general.includes(action) && ofKind.some((other) => keyOf(other) === key);
  return taken && /^[a-z]$/.test(key) ? `Shift+${key}` : key;
}

export function actionFor(event) {
  const name = pressed(event);
  return allActions().find((action) => keyOf(action) === name);
}

export const keyById = (id) => keyOf(allActions().find((action) => action.id === id));

// How a key is called: "a", "Shift+a", "Shift+1", "Ctrl+Enter". Digits go by their place, as some
// keyboards have them on Shift.
export function pressed(event) {
  const digit = /^Digit(\d)$/.exec(event.code)?.[1];
  const key = digit || (event.key.length === 1 ? event.key.toLowerCase() : event.key);
  const shifted = event.shiftKey && (digit || key.length > 1 || /\p{L}/u.test(key));
  return `${event.ctrlKey || event.metaKey ? "Ctrl+" : ""}${shifted ? "Shift+" : ""}${key}`;
}

const SIGNS = { Enter: "↵", ArrowUp: "↑", ArrowDown: "↓", Backspace: "⌫", Escape: "Esc", " ": "Space" };
export const keySign = (key) => key.split("+").map((part) => SIGNS[part] || part).join(" ");
