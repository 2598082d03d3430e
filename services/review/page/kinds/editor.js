// A text that is written here: its field, its length, its place among the keys.

import { h } from "../dom.js";
import { watch } from "../writing.js";

export function editor(task, title, original = "", changed = () => {}) {
  const { min_chars, max_chars } = task.rubric;
  const field = h("textarea", { id: "text", maxlength: max_chars, spellcheck: "true", oninput: () => task.change({ text: field.value }) });
  const count = h("p", { class: "quiet count" });
  const node = h("section", { class: "card pane" },
    h("div", { class: "pane-head" }, h("h2", {}, h("label", { for: "text" }, title, " ", h("kbd", { "aria-hidden": "true" }, "i")))), field);
  if (task.answer.text == null) task.answer.text = original;
  field.value = task.answer.text;
  watch(field, task);
  let painted = null;
  const paint = () => {
    const { text } = task.answer;
    if (field.value !== text) field.value = text;
    if (painted === text) return;
    painted = text;
    changed(text);
    const words = text.trim() ? text.trim().split(/\s+/).length : 0;
    count.textContent = `${words} words, ${text.length} characters`;
  };
  return {
    node,
    count,
    paint,
    actions: [{ id: "write", key: "i", say: "write", run: () => field.focus() }],
    texts: () => [task.answer.text],
    missing() {
      const short = min_chars - task.answer.text.trim().length;
      return short > 0 ? (short === 1 ? "Write something" : `${short} characters more`) : "";
    },
  };
}
