// The words in which two texts differ: Myers' shortest edit script (An O(ND) Difference Algorithm,
// 1986), with an end to it, as hostile texts would take minutes.

import { h } from "./dom.js";

const MOST_EDITS = 1500;

// Runs [kind, text], kind "same", "del" (only in the first text) or "ins" (only in the second).
export function difference(first, second) {
  const [a, b] = [words(first), words(second)];
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  while (tail < Math.min(a.length, b.length) - head && a.at(-1 - tail) === b.at(-1 - tail)) tail += 1;
  const middle = edits(a.slice(head, a.length - tail), b.slice(head, b.length - tail));
  return joined([
    ...a.slice(0, head).map((word) => ["same", word]),
    ...middle,
    ...a.slice(a.length - tail).map((word) => ["same", word]),
  ]);
}

// Both texts in one: what is gone, what has come.
export const changes = (runs) => runs.map(([kind, text]) => (kind === "same" ? text : h(kind, {}, text)));

// One of the two, with what only it has marked. kind: "del" for the first text, "ins" for the second
export const marked = (runs, kind) => runs
  .filter((run) => run[0] === "same" || run[0] === kind)
  .map((run) => (run[0] === "same" ? run[1] : h("mark", {}, run[1])));

const words = (text) => text.match(/\s+|[\p{L}\p{N}_]+|[^\s]/gu) || [];

function edits(a, b) {
  const most = Math.min(a.length + b.length, MOST_EDITS);
  let reach = new Map([[1, 0]]); // diagonal -> furthest place in a
  const steps = [];
  for (let count = 0; count <= most; count++) {
    steps.push(new Map(reach));
    for (let k = -count; k <= count; k += 2) {
      const down = k === -count || (k !== count && reach.get(k - 1) < reach.get(k + 1));
      let x = down ? reach.get(k + 1) : reach.get(k - 1) + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x += 1;
      reach.set(k, x);
      if (x >= a.length && x - k >= b.length) return path(steps, a, b);
    }
  }
  return [...a.map((word) => ["del", word]), ...b.map((word) => ["ins", word])];
}

function path(steps, a, b) {
  const runs = [];
  let [x, y] = [a.length, b.length];
  for (let count = steps.length - 1; count >= 0; count--) {
    const reach = steps[count];
    const k = x - y;
    const down = k === -count || (k !== count && reach.get(k - 1) < reach.get(k + 1));
    const fromX = count ? reach.get(down ? k + 1 : k - 1) : 0;
    const fromY = count ? fromX - (down ? k + 1 : k - 1) : 0;
    while (x > fromX && y > fromY && a[x - 1] === b[y - 1]) {
      runs.push(["same", a[--x]]);
      y -= 1;
    }
    if (count) runs.push(down ? ["ins", b[--y]] : ["del", a[--x]]);
  }
  return runs.reverse();
}

// Neighbouring changes become one, with the spaces between them.
function joined(runs) {
  const whole = [];
  let [gone, come] = ["", ""];
  const flush = () => {
    if (gone) whole.push(["del", gone]);
    if (come) whole.push(["ins", come]);
    [gone, come] = ["", ""];
  };
  runs.forEach(([kind, text], place) => {
    const between = kind === "same" && (gone || come) && /^ +$/.test(text) && runs[place + 1]?.[0] !== "same" && place + 1 < runs.length;
    if (between || kind === "del") gone += text;
    if (between || kind === "ins") come += text;
    if (between || kind !== "same") return;
    flush();
    if (whole.at(-1)?.[0] === "same") whole.at(-1)[1] += text;
    else whole.push(["same", text]);
  });
  flush();
  return whole;
}
