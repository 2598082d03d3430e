import { h } from "../dom.js";
import { pane } from "../reading.js";
import { blocks, turns } from "../texts.js";
import { editor } from "./editor.js";

export function write(task) {
  const { wanted, brief, prompt = [] } = task.item;
  const title = wanted === "prompt" ? "Your prompt" : "Your answer";
  const edited = editor(task, title);
  const told = pane("prompt", "What is wanted", [
    h("div", { class: "text brief" }, blocks(brief)),
    prompt.length > 0 && [h("h3", { class: "head" }, wanted === "prompt" ? "So far" : "Prompt"), turns(prompt, "user")],
  ]);
  const reading = h("div", { class: "reading" }, told, h("div", { class: "panes one" }, edited.node));
  return { ...edited, reading, filling: [edited.count] };
}
