import { oneAnswer } from "../reading.js";
import { plain } from "../dom.js";
import { digitKeys, scale } from "./parts.js";

const ROW_KEYS = [..."qwertyuiop"];

export function attributes(task) {
  const { criteria } = task.rubric;
  let row = 0; // the one that digits score
  const score = (place, value) => {
    const { name, low, high } = criteria[place];
    if (value < low || value > high) return;
    row = Math.min(place + 1, criteria.length - 1);
    task.change({ scores: { ...task.answer.scores, [name]: value } });
  };
  const go = (place) => {
    row = Math.max(0, Math.min(criteria.length - 1, place));
    rows[row].node.scrollIntoView({ block: "nearest" });
    paint();
  };
  const rows = criteria.map((criterion, place) =>
    scale({ name: `attribute-${place}`, criterion, key: ROW_KEYS[place], choose: (value) => score(place, value) }));
  const paint = () => rows.forEach((one, place) => {
    one.paint(task.answer.scores?.[criteria[place].name]);
    one.node.classList.toggle("current", place === row);
  });
  const unscored = () => criteria.find(({ name }) => task.answer.scores?.[name] == null);
  const lows = Math.min(...criteria.map(({ low }) => low));
  const highs = Math.max(...criteria.map(({ high }) => high));
  return {
    reading: oneAnswer(task.item).node,
    filling: rows.map((one) => one.node),
    actions: [
      ...criteria.slice(0, ROW_KEYS.length).map(({ name }, place) =>
        ({ id: `attributes.row.${place}`, key: ROW_KEYS[place], say: `go to ${plain(name)}`, run: () => go(place) })),
      ...digitKeys("attributes", lows, highs, "score the row", (value) => score(row, value)),
    ],
    move: (by) => go(row + by),
    paint,
    missing: () => (unscored() ? `Score ${plain(unscored().name)}` : ""),
  };
}
