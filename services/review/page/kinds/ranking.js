import { h } from "../dom.js";
import { sideBySide } from "../reading.js";

export function ranking(task) {
  const count = task.item.answers.length;
  const names = task.item.answers.map((_, place) => String(place + 1));
  const reading = sideBySide(task.item, task.item.answers, names);
  const order = () => task.answer.order || [];
  const set = (groups) => task.change({ order: groups.filter((group) => group.length) });
  const without = (answer) => order().map((group) => group.filter((other) => other !== answer));
  const rank = (answer) => set([...without(answer), [answer]]);
  const tie = () => {
    const groups = order();
    if (groups.length > 1 && task.rubric.tie) set([...groups.slice(0, -2), [...groups.at(-2), ...groups.at(-1)].sort()]);
  };
  const back = () => set([...order().slice(0, -1), (order().at(-1) || []).slice(0, -1)]);
  const moveTo = (answer, place) => {
    const groups = without(answer);
    groups.splice(Math.max(0, Math.min(groups.length, place)), 0, [answer]);
    set(groups);
  };
  const list = h("ol", { class: "places" });
  const rest = h("div", { class: "unranked" });
  const left = () => names.map((_, answer) => answer).filter((answer) => !order().flat().includes(answer));
  const paint = () => {
    const held = document.activeElement?.dataset?.hold;
    list.replaceChildren(...order().map((group, place) => h("li", dropTarget(place, moveTo),
      h("b", { class: "place" }, String(1 + order().slice(0, place).flat().length)),
      group.map((answer) => ranked(answer, place, { names, moveTo, set, order, tie: task.rubric.tie })))));
    rest.replaceChildren(...left().map((answer) => h("button",
      { type: "button", draggable: "true", ondragstart: (event) => drag(event, answer), onclick: () => rank(answer) }, `Answer ${names[answer]}`)));
    if (held) list.querySelector(`[data-hold="${held}"]`)?.focus();
  };
  const say = h("p", { class: "quiet" }, "Press the answers' numbers, the best first. ", task.rubric.tie && [h("kbd", {}, "t"), " ties the last two. "], h("kbd", {}, "⌫"), " takes one back.");
  return {
    reading: reading.node,
    filling: [h("fieldset", { class: "ranking" }, h("legend", {}, "Best first"), list, rest), say],
    actions: [
      ...names.map((name, answer) => ({ id: `ranking.${name}`, key: name, say: `put answer ${name} next`, group: "put the answer next", run: () => rank(answer) })),
      ...(task.rubric.tie ? [{ id: "ranking.tie", key: "t", say: "tie the last with the one before", run: tie }] : []),
      { id: "ranking.back", key: "Backspace", say: "take the last one back", run: back },
      ...reading.actions,
    ],
    paint,
    say: ({ order }) => order.map((group) => group.map((answer) => names[answer]).join(" = ")).join(" > "),
    missing: () => (left().length ? `Place answer ${names[left()[0]]}${left().length > 1 ? ` and ${left().length - 1} more` : ""}` : order().flat().length < count ? "Rank all" : ""),
  };
}

function ranked(answer, place, { names, moveTo, set, order, tie }) {
  const up = () => moveTo(answer, order()[place].length > 1 ? place : place - 1);
  const down = () => moveTo(answer, place + 1);
  const join = () => {
    const groups = order().map((group) => group.filter((other) => other !== answer));
    groups[place - 1] = [...groups[place - 1], answer].sort();
    set(groups);
  };
  const act = (sign, word, onclick) => h("button",
    { type: "button", class: "plain small", "data-hold": `${sign}${answer}`, "aria-label": `${word} answer ${names[answer]}`, title: word, onclick }, sign);
  return h("span", { class: "ranked", draggable: "true", ondragstart: (event) => drag(event, answer) },
    h("span", {}, `Answer ${names[answer]}`), act("↑", "Move up", up), act("↓", "Move down", down),
    tie && place > 0 && order()[place].length === 1 && act("=", "Tie with the one above", join));
}

function drag(event, answer) {
  event.dataTransfer.setData("text/x-answer", String(answer));
  event.dataTransfer.effectAllowed = "move";
}

function dropTarget(place, moveTo) {
  return {
    ondragover: (event) => event.preventDefault(),
    ondrop(event) {
      const answer = event.dataTransfer.getData("text/x-answer");
      event.preventDefault();
      if (/^\d$/.test(answer)) moveTo(Number(answer), place);
    },
  };
}
