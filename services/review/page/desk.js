// The task on the screen, and what its reviewer has made of it so far.

import { $, h, plain } from "./dom.js";
import { keepDraft } from "./drafts.js";
import { setKindActions } from "./keys.js";
import { KINDS } from "./kinds/choose.js";
import { chips } from "./kinds/parts.js";
import { hint, paintKeys, saved, show } from "./screen.js";
import { read } from "./store.js";
import { tell } from "./tabs.js";
import { newWriting } from "./writing.js";

export class Desk {
  // lease as the server gave it; draft as `openDraft` did
  constructor(lease, draft) {
    Object.assign(this, { lease, draft, item: lease.item, rubric: lease.rubric, seen: performance.now(), sealed: false });
    this.draft.writing ||= newWriting();
    this.kind = KINDS[lease.queue.kind](this);
    this.reasons = reasonChips(this);
    $("reading-place").replaceChildren(this.kind.reading);
    $("filling").replaceChildren(...[this.kind.filling, this.reasons?.node, this.kind.below].flat().filter(Boolean));
    this.paintFrame();
    setKindActions([...this.kind.actions, ...reasonActions(this)]);
    paintKeys();
    show("task");
    this.paint();
    $("task").focus({ preventScroll: true });
    scrollTo(0, 0);
  }

  get answer() {
    return this.draft.answer;
  }

  get writing() {
    return this.draft.writing;
  }

  change(patch) {
    this.keep({ answer: { ...this.draft.answer, ...patch } });
  }

  comment(text) {
    this.keep({ comment: text });
  }

  toggle(field, word) {
    const ticked = this.answer[field] || [];
    this.change({ [field]: ticked.includes(word) ? ticked.filter((other) => other !== word) : [...ticked, word] });
  }

  // An answer that is sealed, for it is on its way, stays as it was sent.
  keep(patch) {
    if (!this.sealed) Object.assign(this.draft, patch);
    this.paint();
    if (!this.sealed) keepDraft(this.draft, saved).then(() => tell("draft", this.lease.id));
  }

  // Another tab has changed the draft.
  async refresh() {
    const draft = await read("drafts", this.lease.id);
    if (draft && draft.seq > this.draft.seq && !this.sealed) Object.assign(this.draft, draft);
    this.paint();
  }

  paint() {
    this.kind.paint();
    this.reasons?.paint();
    if ($("comment").value !== this.draft.comment) $("comment").value = this.draft.comment;
    const flags = this.answer.flags || [];
    $("flags").hidden = !flags.length;
    $("flags").textContent = flags.length ? `Flagged: ${flags.join(", ").replaceAll("_", " ")}` : "";
    const missing = this.kind.missing();
    $("submit").setAttribute("aria-disabled", String(Boolean(missing)));
    hint(missing);
  }

  paintFrame() {
    const { queue, guideline, instructions } = this.lease;
    $("queue").replaceChildren(queue.name, " ", h("span", { class: "badge" }, queue.purpose === "training" ? "training" : queue.kind));
    $("version").textContent = `v${guideline.n}`;
    $("instructions").textContent = instructions || "";
    $("instructions").hidden = !instructions;
  }

  // The body of the answer as the server takes it.
  body() {
    const answer = this.kind.ready?.() ?? this.answer;
    const chars = this.written().reduce((sum, text) => sum + text.length, 0);
    return {
      client_event_id: this.draft.event,
      answer,
      comment: this.draft.comment.trim(),
      active_ms: Math.min(Math.round(this.draft.active_ms), 86_400_000),
      ...(chars && this.kind.texts ? { writing: { ...this.writing, chars } } : {}),
    };
  }

  written() {
    return this.kind.texts?.() || [];
  }

  read() {
    return strings(this.item);
  }
}

function reasonChips(desk) {
  const words = desk.rubric.reasons;
  if (!words?.length) return null;
  return chips({ legend: "Why?", words, ticked: () => desk.answer.reasons || [], toggle: (word) => desk.toggle("reasons", word) });
}

const reasonActions = (desk) =>
  (desk.rubric.reasons || []).slice(0, 9).map((word, place) => ({
    id: `reason.${place + 1}`, key: `Shift+${place + 1}`, say: `tick ${plain(word)}`, group: "tick a reason", run: () => desk.toggle("reasons", word),
  }));

function strings(value) {
  if (typeof value === "string") return [value];
  return value && typeof value === "object" ? Object.values(value).flatMap(strings) : [];
}
