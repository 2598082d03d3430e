import { h } from "../dom.js";
import { oneAnswer } from "../reading.js";
import { watch } from "../writing.js";
import { choices } from "./parts.js";

export function accept(task) {
  const choose = (value) => task.change({ accept: value });
  const verdict = choices({
    name: "accept",
    legend: "Is this answer good enough?",
    options: [{ value: true, say: "Accept", key: "y" }, { value: false, say: "Reject", key: "n" }],
    choose,
  });
  const reason = h("textarea", { id: "reason", rows: 3, maxlength: 10_000, oninput: () => task.change({ reason: reason.value }) });
  const field = h("div", { class: "field" }, h("label", { for: "reason" }, "Why not?"), reason);
  watch(reason, task);
  return {
    reading: oneAnswer(task.item).node,
    filling: [verdict.node],
    below: [field],
    actions: [
      { id: "accept.yes", key: "y", say: "accept", run: () => choose(true) },
      { id: "accept.no", key: "n", say: "reject", run: () => choose(false) },
    ],
    paint() {
      verdict.paint(task.answer.accept);
      field.hidden = task.answer.accept !== false;
      if (reason.value !== (task.answer.reason || "")) reason.value = task.answer.reason || "";
    },
    texts: () => [task.answer.reason || ""],
    say: ({ accept }) => (accept ? "Accept" : "Reject"),
    missing() {
      if (task.answer.accept == null) return "Accept or reject";
      const told = task.answer.reasons?.length || (task.answer.reason || "").trim().length >= task.rubric.reason_chars;
      return task.answer.accept || told ? "" : "Tick a reason, or write one";
    },
  };
}
