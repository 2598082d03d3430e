// Elements from code. Strings become text nodes, never markup.

export const $ = (id) => document.getElementById(id);

// h("button", { class: "plain", onclick: act, hidden: true }, "text", child)
export function h(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value != null) made.setAttribute(name, value);
  }
  made.append(...children.flat(Infinity).filter((child) => child != null && child !== false));
  return made;
}

// The one door for markup: what the server has rendered and cleaned. Trusted types keep all else out.
const policy = globalThis.trustedTypes?.createPolicy("ingot", { createHTML: (html) => html });

export function cleaned(html) {
  const made = h("div", { class: "text" });
  made.innerHTML = policy ? policy.createHTML(html) : html;
  return made;
}

export const plain = (word) => word.replaceAll("_", " ");

// crypto.randomUUID is missing where the page is served over plain http from another host
export function randomId() {
  const bytes = [...crypto.getRandomValues(new Uint8Array(16))];
  return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
