import { sideBySide } from "../reading.js";
import { choices } from "./parts.js";

const STRENGTH = ["", "slightly better", "better", "much better"];

export function pairwise(task) {
  const { steps, tie } = task.rubric;
  const scaleKeys = Array.from({ length: 2 * steps + 1 }, (_, place) => place - steps).filter((value) => value || tie);
  const choose = (preference) => task.change({ preference });
  const options = scaleKeys.map((value, place) => ({ value, say: sign(value), title: words(value), key: String(place + 1) }));
  const strip = choices({ name: "preference", legend: "Which answer is better?", options, choose, look: "strip graded", described: "preference-words" });
  const said = document.createElement("p");
  Object.assign(said, { id: "preference-words", className: "anchor" });
  strip.node.append(said);
  const reading = sideBySide(task.item, [task.item.a, task.item.b], ["A", "B"]);
  const quick = Math.min(2, steps);
  return {
    reading: reading.node,
    filling: [strip.node],
    actions: [
      ...options.map(({ value, key }) =>
        ({ id: `pairwise.${key}`, key, say: words(value), group: `${words(-steps)} … ${words(steps)}`, run: () => choose(value) })),
      { id: "pairwise.a", key: "a", say: words(-quick), run: () => choose(-quick) },
      { id: "pairwise.b", key: "b", say: words(quick), run: () => choose(quick) },
      ...(tie ? [{ id: "pairwise.t", key: "t", say: words(0), run: () => choose(0) }] : []),
      ...reading.actions,
    ],
    paint() {
      const value = task.answer.preference;
      strip.paint(value);
      said.textContent = value == null ? "" : words(value);
      reading.panes[0].classList.toggle("chosen", value < 0);
      reading.panes[1].classList.toggle("chosen", value > 0);
    },
    say: ({ preference }) => words(preference),
    missing() {
      const value = task.answer.preference;
      if (value == null) return "Say which answer is better";
      const from = task.rubric.reasons_from;
      return from && Math.abs(value) >= from && !task.answer.reasons?.length ? "Tick a reason" : "";
    },
  };
}

const sign = (value) => (value === 0 ? "=" : `${value < 0 ? "A" : "B"}${"+".repeat(Math.abs(value) - 1)}`);
const words = (value) => (value === 0 ? "About the same" : `${value < 0 ? "A" : "B"} is ${STRENGTH[Math.abs(value)]}`);
