// Items of a batch are decided by keys: j and k move, a accepts, r and a digit reject, u takes it back.
const items = () => [...document.querySelectorAll("[data-item]")];
const heard = document.getElementById("heard");
let rejecting = false;

let place = ""; // the item that had the focus last: what takes an item's place takes that too
document.addEventListener("focusin", (event) => { place = event.target.closest("[data-item]")?.id ?? ""; });
const present = () => items().find((item) => item.contains(document.activeElement))
  ?? (document.activeElement === document.body ? items().find((item) => item.id === place) : undefined);
const go = (step) => {
  const all = items();
  const at = all.indexOf(present());
  const next = all[Math.min(Math.max(at + step, 0), all.length - 1)];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
};
let owed = ""; // what is to be taken back once the answer to the decision is here
const press = (act) => {
  const item = present();
  const button = item?.querySelector(`[data-act=${act}]`);
  owed = act === "undo" && item && !button ? item.id : "";
  button?.click();
};
const settle = () => {
  document.getElementById(kept)?.focus();
  const undo = document.getElementById(owed)?.querySelector("[data-act=undo]");
  if (undo) { owed = ""; undo.click(); }
};
const say = (text) => { if (heard) heard.textContent = text; };

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.target.closest("textarea, select, input") || localStorage.getItem("portal-keys-off")) return;
  const reason = Number(event.key);
  if (rejecting && reason >= 1) {
    const choice = present()?.querySelector("[data-reason]");
    if (choice && reason <= choice.options.length) {
      choice.selectedIndex = reason - 1;
      press("reject");
      say("rejected");
    }
    rejecting = false;
    return;
  }
  rejecting = event.key === "r" && Boolean(present());
  if (rejecting) say("reject: which reason, 1 to 8?");
  else if (event.key === "j") go(1);
  else if (event.key === "k") go(-1);
  else if (event.key === "a") { press("accept"); say("accepted"); }
  else if (event.key === "u") { press("undo"); say("taken back"); }
  else return;
  event.preventDefault();
});

// What was decided takes the place of its item: the focus stays there.
let kept = "";
document.addEventListener("htmx:before:swap", () => { kept = present()?.id ?? ""; });
document.addEventListener("htmx:after:swap", settle);
