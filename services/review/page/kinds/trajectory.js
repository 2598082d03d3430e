import { h } from "../dom.js";
import { stepList } from "../steps.js";
import { choices, placed } from "./parts.js";

const GRADES = [["good", "1"], ["neutral", "2"], ["bad", "3"]];

export function trajectory(task) {
  const places = task.item.graded;
  const gradeOf = (step) => task.answer.steps?.find((one) => one.step === step)?.grade;
  const grade = (step, value) => change(placed(task.answer.steps, "step", { step, grade: value }));
  const change = (steps) => task.change({ steps, first_error: steps.find((one) => one.grade === "bad")?.step ?? null });
  const finish = (success) => task.change({ success });
  // All before the first error were not bad: they become good unless graded, and neutral where bad.
  const firstError = (step) => {
    const before = places.filter((place) => place < step).map((place) => {
      const was = gradeOf(place) || "good";
      return { step: place, grade: was === "bad" ? "neutral" : was };
    });
    const after = (task.answer.steps || []).filter((one) => one.step > step);
    change([...before, { step, grade: "bad" }, ...after]);
    steps.move(0);
  };
  const steps = stepList({
    messages: task.item.messages,
    graded: places,
    title: "Steps",
    after: tools(task.item.tools),
    controlOf(step) {
      const row = choices({
        name: `step-${step}`, legend: h("span", { class: "unseen" }, `Step ${places.indexOf(step) + 1}`),
        options: GRADES.map(([value]) => ({ value, say: value })), choose: (value) => grade(step, value), look: "strip grades",
      });
      const mark = h("p", { class: "first-error" }, "first error");
      row.node.append(mark);
      return { node: row.node, paint: () => (row.paint(gradeOf(step)), (mark.hidden = task.answer.first_error !== step)) };
    },
  });
  const outcome = choices({
    name: "success", legend: "Was what was asked for done in the end?",
    options: [{ value: true, say: "Success", key: "y" }, { value: false, say: "Failure", key: "n" }], choose: finish,
  });
  const summary = h("p", { class: "quiet" });
  const byKey = (value) => {
    grade(steps.place(), value);
    if (!steps.isLast()) steps.move(1);
  };
  const open = () => places.filter((place) => !gradeOf(place));
  return {
    reading: steps.node,
    filling: [summary, legend(), outcome.node],
    actions: [
      ...GRADES.map(([value, key]) => ({ id: `trajectory.${value}`, key, say: `this step is ${value}`, run: () => byKey(value) })),
      { id: "trajectory.first", key: "e", say: "the first error is here", run: () => firstError(steps.place()) },
      { id: "trajectory.success", key: "y", say: "success", run: () => finish(true) },
      { id: "trajectory.failure", key: "n", say: "failure", run: () => finish(false) },
    ],
    move: steps.move,
    paint() {
      steps.paint();
      outcome.paint(task.answer.success);
      const first = task.answer.first_error;
      const where = first == null ? "no error so far" : `first error in step ${places.indexOf(first) + 1}`;
      summary.textContent = `${places.length - open().length} of ${places.length} steps graded, ${where}`;
    },
    ready: () => ({ ...task.answer, first_error: task.answer.first_error ?? null }),
    missing() {
      if (open().length) return `Grade step ${places.indexOf(open()[0]) + 1}`;
      return task.answer.success == null ? "Say whether it succeeded" : "";
    },
  };
}

function legend() {
  const keys = [...GRADES, ["first error", "e"]].map(([say, key]) => [h("kbd", {}, key), ` ${say} `]);
  return h("p", { class: "legend quiet" }, keys);
}

function tools(described) {
  if (!described?.length) return [];
  const text = h("pre", { tabindex: 0 }, JSON.stringify(described, null, 2));
  return [h("details", { class: "tools-had" }, h("summary", {}, `${described.length} tools that it had`), text)];
}
