import { changes, difference } from "../difference.js";
import { h } from "../dom.js";
import { pane, promptPane } from "../reading.js";
import { turns } from "../texts.js";
import { editor } from "./editor.js";

export function rewrite(task) {
  const { completion } = task.item;
  const original = completion.at(-1).content;
  const before = completion.slice(0, -1);
  const shown = h("div", { class: "text as-written", id: "changes" });
  const paintChanges = (text) => shown.replaceChildren(...changes(difference(original, text)));
  const edited = editor(task, "Your version", original, paintChanges);
  const prompt = promptPane(task.item.prompt);
  if (before.length) prompt.querySelector(".pane-text").append(...turns(before, "user"));
  const changed = pane("original", "What you change", shown);
  const reading = h("div", { class: "reading" }, prompt, h("div", { class: "panes many-2" }, edited.node, changed));
  const same = (text) => text.split(/\s+/).join(" ").trim() === original.split(/\s+/).join(" ").trim();
  return {
    ...edited,
    reading,
    filling: [edited.count],
    missing: () => edited.missing() || (task.rubric.must_change && same(task.answer.text) && "Change something") || "",
  };
}
