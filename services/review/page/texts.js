// Texts from outside become text nodes, never markup.

export function turns(messages, usual) {
  return messages.map((message) => {
    const turn = element("div", "turn");
    if (messages.length > 1 || message.role !== usual) turn.append(element("b", "", message.role));
    turn.append(...blocks(message.content));
    return turn;
  });
}

// Text in paragraphs, fenced code in <pre>; everything else stays as it was written.
function blocks(content) {
  if (!content.trim()) return [element("p", "nothing", "(empty)")];
  const parts = content.split(/^[ \t]*```[^\n`]*(?:\n|$)/m);
  return parts
    .map((part, index) => [index % 2 ? "pre" : "p", part.replace(/^\n+|\s+$/g, "")])
    .filter(([, text]) => text)
    .map(([tag, text]) => element(tag, "", text));
}

function element(tag, kind, text = "") {
  const made = document.createElement(tag);
  if (kind) made.className = kind;
  made.textContent = text;
  return made;
}
