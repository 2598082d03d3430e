// Conversations as they are read: rendered by the server where it did, as plain text where not.

import { cleaned, h } from "./dom.js";

const FOLD_CHARS = 600; // what a tool said is folded from here on
const LINE_CHARS = 90; // shorter arguments stay on one line

// The turns of a conversation; a lone turn of the usual role needs no name.
export function turns(messages, usual) {
  return messages.map((message) => turn(message, messages.length > 1 || message.role !== usual));
}

export function turn(message, named = true) {
  return h("div", { class: `turn ${message.role}` },
    named && h("span", { class: "role" }, message.role),
    message.role === "tool" ? said(message.content) : body(message),
    (message.tool_calls || []).map(called));
}

function body(message) {
  const empty = !message.content.trim();
  if (empty) return message.tool_calls?.length ? null : h("p", { class: "nothing" }, "(empty)");
  return message.html ? cleaned(message.html) : h("div", { class: "text" }, blocks(message.content));
}

// Text in paragraphs, fenced code in <pre>; everything else stays as it was written.
export function blocks(content) {
  return content
    .split(/^[ \t]*```[^\n`]*(?:\n|$)/m)
    .map((part, index) => [index % 2 ? "pre" : "p", part.replace(/^\n+|\s+$/g, "")])
    .filter(([, text]) => text)
    .map(([tag, text]) => h(tag, { class: tag === "p" ? "as-written" : null }, text));
}

function said(content) {
  const text = h("pre", { tabindex: 0 }, content);
  if (content.length < FOLD_CHARS) return text;
  return h("details", {}, h("summary", {}, `${content.slice(0, 80)} …`), text);
}

function called(call) {
  const short = call.arguments.length < FOLD_CHARS;
  return h("details", { class: "call", open: short },
    h("summary", {}, "calls ", h("code", {}, call.name)), h("pre", { tabindex: 0 }, pretty(call.arguments)));
}

function pretty(json) {
  if (json.length < LINE_CHARS) return json;
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}
