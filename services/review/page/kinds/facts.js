import { h } from "../dom.js";
import { pane, promptPane } from "../reading.js";
import { turns } from "../texts.js";
import { watch } from "../writing.js";
import { choices, placed } from "./parts.js";

const CLAIM = [["supported", "1"], ["refuted", "2"], ["unclear", "3"]];
const WHOLE = [["right", "y"], ["wrong", "n"], ["unclear", "m"]];

export function facts(task) {
  const claims = task.item.claims || [];
  let at = 0;
  const judged = (claim) => task.answer.claims?.find((one) => one.claim === claim);
  const judge = (claim, change) => {
    const record = { claim, ...judged(claim), ...change };
    task.change({ claims: placed(task.answer.claims, "claim", record) });
  };
  const choose = (verdict) => task.change({ verdict });
  const byKey = (verdict) => {
    const claim = at;
    at = Math.min(at + 1, claims.length - 1);
    judge(claim, { verdict });
  };
  const rows = claims.map((text, claim) => claimRow(task, text, claim, judge));
  const go = (place) => {
    at = Math.max(0, Math.min(claims.length - 1, place));
    rows[at]?.node.scrollIntoView({ block: "nearest" });
    paint();
  };
  const whole = choices({
    name: "verdict", legend: "The answer as a whole is",
    options: WHOLE.map(([value, key]) => ({ value, say: value, key })), choose,
  });
  const paint = () => {
    whole.paint(task.answer.verdict);
    rows.forEach((row, claim) => {
      row.paint(judged(claim));
      row.node.classList.toggle("current", claim === at);
    });
  };
  const open = () => claims.findIndex((_, claim) => !judged(claim)?.verdict);
  return {
    reading: reading(task.item),
    filling: [...rows.map((row) => row.node), whole.node],
    actions: [
      ...(claims.length ? CLAIM : []).map(([verdict, key]) =>
        ({ id: `facts.${verdict}`, key, say: `the claim is ${verdict}`, run: () => byKey(verdict) })),
      ...WHOLE.map(([verdict, key]) => ({ id: `facts.whole.${verdict}`, key, say: `the answer is ${verdict}`, run: () => choose(verdict) })),
    ],
    move: claims.length ? (by) => go(at + by) : null,
    paint,
    texts: () => (task.answer.claims || []).map((one) => one.source || ""),
    missing() {
      if (open() >= 0) return `Judge claim ${open() + 1}`;
      return task.answer.verdict ? "" : "Say whether the answer is right";
    },
  };
}

function claimRow(task, text, claim, judge) {
  const verdict = choices({
    name: `claim-${claim}`, legend: h("span", { class: "claim" }, h("b", {}, `${claim + 1} `), text),
    options: CLAIM.map(([value]) => ({ value, say: value })), choose: (value) => judge(claim, { verdict: value }),
  });
  const source = h("input", {
    type: "text", maxlength: 10_000, placeholder: "Where it says so (optional)", "aria-label": `Source for claim ${claim + 1}`,
    oninput: () => judge(claim, { source: source.value }),
  });
  watch(source, task);
  verdict.node.append(source);
  const paint = (record) => {
    verdict.paint(record?.verdict);
    if (source.value !== (record?.source || "")) source.value = record?.source || "";
  };
  return { node: verdict.node, paint };
}

function reading(item) {
  const checks = (item.checks || []).map(({ name, outcome, reason }) =>
    h("li", { class: "check" }, h("b", {}, name), " ", h("span", { class: `badge outcome-${outcome}` }, outcome), reason && h("p", { class: "as-written" }, reason)));
  const found = checks.length > 0 && pane("checks", "What programs found", h("ul", { class: "checks" }, checks));
  const answer = pane("answer", "Answer", turns(item.completion, "assistant"));
  return h("div", { class: "reading" }, promptPane(item.prompt), h("div", { class: `panes ${found ? "answer-and-checks" : "one"}` }, answer, found));
}
