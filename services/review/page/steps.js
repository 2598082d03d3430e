// A conversation of which several turns are graded one by one, with a place in it that keys act on.

import { h } from "./dom.js";
import { turn } from "./texts.js";

// controlOf(place) gives {node, paint} for a graded turn; graded: places in messages.
export function stepList({ messages, graded, title, controlOf, after = [] }) {
  const controls = new Map(graded.map((place) => [place, controlOf(place)]));
  const cards = messages.map((message, place) => {
    const number = graded.indexOf(place) + 1;
    return h("li", { class: `step ${number ? "graded" : ""}`, "data-place": place },
      h("div", { class: "step-text" }, number > 0 && h("span", { class: "number" }, String(number)), turn(message)),
      number > 0 && controls.get(place).node);
  });
  const list = h("ol", { class: "pane-text steps", tabindex: 0, "aria-label": title }, cards);
  const node = h("div", { class: "reading whole" },
    h("section", { class: "card pane", "aria-label": title }, h("div", { class: "pane-head" }, h("h2", {}, title)), list, after));
  let at = 0;
  const paint = () => {
    cards.forEach((card, place) => {
      if (place === graded[at]) card.setAttribute("aria-current", "step");
      else card.removeAttribute("aria-current");
    });
    for (const control of controls.values()) control.paint();
  };
  const go = (number) => {
    at = Math.max(0, Math.min(graded.length - 1, number));
    paint();
    cards[graded[at]].scrollIntoView({ block: "nearest", behavior: "smooth" });
  };
  for (const place of graded) {
    cards[place].addEventListener("pointerdown", () => go(graded.indexOf(place)));
    cards[place].addEventListener("focusin", () => at !== graded.indexOf(place) && go(graded.indexOf(place)));
  }
  const move = (by) => go(at + by);
  return { node, paint, go, move, place: () => graded[at], isLast: () => at === graded.length - 1 };
}
