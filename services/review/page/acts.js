// What a reviewer does with the task on the screen. Nothing moves on before the server has an answer; a
// failed call is tried again until it gets through.

import { askFlag, askSkip, showFeedback } from "./dialogs.js";
import { randomId } from "./dom.js";
import { saveNow } from "./drafts.js";
import { sendAnswer } from "./outbox.js";
import * as screen from "./screen.js";
import { insist } from "./server.js";
import { explain, leave, shift, sit, today } from "./shift.js";

const UNDO_MS = 60_000;

export async function submit() {
  const { desk } = shift;
  if (shift.busy || !desk) return;
  if (desk.kind.missing()) return screen.hint(desk.kind.missing(), true);
  await during(desk, async () => {
    screen.saved("sending");
    const entry = { id: desk.lease.id, who: shift.me.pseudonym, body: desk.body() };
    const reply = await sendAnswer(entry, screen.banner);
    if (!shift.revising) Object.assign(today, { done: today.done + 1, left: Math.max(0, today.left - 1) });
    screen.saved(reply.counted ? "server" : "Saved and paid; others were faster", reply.answered_at);
    if (reply.feedback) await showFeedback(reply.feedback, desk.kind.say);
    else shift.undo = { desk, until: Date.now() + UNDO_MS };
  });
}

export async function release() {
  if (shift.revising) return stay();
  await during(shift.desk, async ({ lease }) => {
    await insist(screen.banner, "POST", `/assignments/${lease.id}/release`);
    screen.saved("Given back");
  });
}

export async function skip() {
  if (shift.busy || !shift.desk || shift.revising) return;
  const said = await askSkip();
  if (!said) return;
  await during(shift.desk, async ({ lease }) => {
    await insist(screen.banner, "POST", `/assignments/${lease.id}/skip`, said);
    screen.saved("Skipped");
  });
}

export async function flag() {
  const { desk } = shift;
  if (!desk || shift.busy) return;
  const said = await askFlag();
  if (!said) return;
  try {
    await insist(screen.banner, "POST", `/assignments/${desk.lease.id}/flag`, { rule: said.reason, note: said.note });
    const listed = desk.rubric.flags.includes(said.reason) && !desk.answer.flags?.includes(said.reason);
    if (listed) desk.toggle("flags", said.reason);
  } catch (error) {
    explain(error);
  }
}

// Open the last answer again, for a minute: what is sent then is a revision of it.
export async function undo() {
  if (shift.busy || !shift.undo || shift.revising || Date.now() > shift.undo.until) return;
  const { lease, draft } = shift.undo.desk;
  shift.undo = null;
  shift.revising = true;
  shift.queue.unshift(lease);
  await sit(lease, { ...structuredClone(draft), event: randomId(), seq: 0 });
}

async function stay() {
  if (!shift.busy) await leave(shift.desk.lease);
}

// One act that ends a task; the desk takes nothing else meanwhile.
async function during(desk, act) {
  if (shift.busy || !desk) return;
  desk.sealed = true;
  try {
    await act(desk);
    await leave(desk.lease);
  } catch (error) {
    desk.sealed = false;
    screen.saved("");
    if (error.status === 409 || error.status === 404) await leave(desk.lease);
    explain(error);
  }
}

export const saveDraft = () => shift.desk && saveNow(shift.desk.draft, screen.saved);
