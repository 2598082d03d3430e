import { h } from "../dom.js";
import { stepList } from "../steps.js";
import { digitKeys, placed, scale } from "./parts.js";

export function turns(task) {
  const [criterion] = task.rubric.criteria;
  const last = task.rubric.criteria.at(-1);
  let onWhole = false; // digits score the turn at hand, and after the last one the whole
  const scoreOf = (turn) => task.answer.turns?.find((one) => one.turn === turn)?.score;
  const score = (turn, value) => task.change({ turns: placed(task.answer.turns, "turn", { turn, score: value }) });
  const chooseWhole = (value) => task.change({ whole: value });
  const steps = stepList({
    messages: task.item.messages,
    graded: task.item.graded,
    title: "Conversation",
    controlOf(turn) {
      const row = scale({ name: `turn-${turn}`, criterion, named: false, choose: (value) => score(turn, value) });
      return { node: row.node, paint: () => row.paint(scoreOf(turn)) };
    },
  });
  const whole = scale({ name: "whole", criterion: last, choose: chooseWhole, look: "list", keyed: true, key: "w" });
  const byKey = (value) => {
    if (onWhole) return chooseWhole(value);
    const place = steps.place();
    onWhole = steps.isLast();
    score(place, value);
    if (!onWhole) steps.move(1);
  };
  const progress = h("p", { class: "quiet" });
  const open = () => task.item.graded.filter((turn) => scoreOf(turn) == null);
  const toWhole = () => {
    onWhole = true;
    paint();
  };
  const paint = () => {
    steps.paint();
    whole.paint(task.answer.whole);
    whole.node.classList.toggle("current", onWhole);
    steps.node.classList.toggle("at-rest", onWhole);
    progress.textContent = `${task.item.graded.length - open().length} of ${task.item.graded.length} turns scored`;
  };
  return {
    reading: steps.node,
    filling: [progress, whole.node],
    actions: [
      ...digitKeys("turns", Math.min(criterion.low, last.low), Math.max(criterion.high, last.high), "score the turn at hand", byKey),
      { id: "turns.whole", key: "w", say: "go to the whole", run: toWhole },
    ],
    move(by) {
      onWhole = false;
      steps.move(by);
    },
    paint,
    missing() {
      if (open().length) return `Score turn ${task.item.graded.indexOf(open()[0]) + 1}`;
      return task.answer.whole == null ? "Score the conversation as a whole" : "";
    },
  };
}
