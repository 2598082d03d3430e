// What the pages do beyond links and forms: htmx may write what the server sent and run nothing,
// keys press what they are named on, and a form that is sent is sent once.

const refuse = () => { throw new Error("no code comes with a page"); };
const policy = window.trustedTypes?.createPolicy("htmx", { createHTML: (text) => text, createScript: refuse });
htmx.registerExtension("page-trust", { init: (api) => api.initSecurity(policy, refuse, refuse) });

const typing = (target) => target.closest("textarea, select, input:not([type=radio], [type=checkbox])");

const KEYS_OFF = "portal-keys-off";
const sayKeys = (button) => { button.textContent = localStorage.getItem(KEYS_OFF) ? "Keys are off" : "Keys are on"; };
for (const button of document.querySelectorAll("[data-keys]")) {
  button.hidden = false;
  sayKeys(button);
  button.addEventListener("click", () => {
    if (localStorage.getItem(KEYS_OFF)) localStorage.removeItem(KEYS_OFF);
    else localStorage.setItem(KEYS_OFF, "yes");
    sayKeys(button);
  });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey && event.key === "Enter") {
    (event.target.closest("form") ?? document.querySelector("form.sheet"))?.requestSubmit();
    return;
  }
  if (localStorage.getItem(KEYS_OFF)) return;
  if (event.ctrlKey || event.altKey || event.metaKey || typing(event.target)) return;
  const named = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!named) return;
  event.preventDefault();
  named.focus();
  if (!named.matches("textarea, input[type=text]")) named.click();
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.hasAttribute("hx-post")) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});

document.querySelector("[data-wrong]")?.focus();
