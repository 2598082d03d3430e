import { oneAnswer } from "../reading.js";
import { digitKeys, scale } from "./parts.js";

export function rating(task) {
  const [criterion] = task.rubric.criteria;
  const choose = (score) => task.change({ score });
  const row = scale({ name: "score", criterion, choose, look: "list", keyed: true });
  return {
    reading: oneAnswer(task.item).node,
    filling: [row.node],
    actions: digitKeys("rating", criterion.low, criterion.high, "score", choose),
    paint: () => row.paint(task.answer.score),
    missing: () => (task.answer.score == null ? "Give a score" : ""),
  };
}
