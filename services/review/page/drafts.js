// Drafts: on this device at every change, on the server at most every three seconds. The newer of the
// two is opened; a number that grows with time says which that is.

import { randomId } from "./dom.js";
import { call } from "./server.js";
import { settle, write } from "./store.js";

const EVERY_MS = 3000;
const timers = new Map(); // assignment -> the timer of its next save

// {id, seq, event, answer, comment, writing, active_ms}; event names the answer that it will become.
export async function openDraft(lease) {
  const fresh = { id: lease.id, seq: 0, event: randomId(), answer: {}, comment: "", writing: null, active_ms: 0 };
  const local = await settle("drafts", fresh);
  const remote = lease.draft;
  return remote && remote.client_seq > local.seq ? { ...local, ...remote.body, seq: remote.client_seq } : local;
}

// Keep a changed draft; `report` hears when and where it was saved.
export async function keepDraft(draft, report) {
  draft.seq = Math.max(Date.now(), draft.seq + 1);
  if (!timers.has(draft.id)) timers.set(draft.id, setTimeout(() => saveNow(draft, report), EVERY_MS));
  const seq = draft.seq;
  report("sending");
  await write("drafts", structuredClone(draft));
  if (seq === draft.seq) report("device");
}

// Gives whether this device may forget the draft: the server has it, or its task is over.
export async function saveNow(draft, report) {
  dropTimer(draft.id);
  const seq = draft.seq;
  try {
    const body = { answer: draft.answer, comment: draft.comment };
    const { data } = await call("PUT", `/assignments/${draft.id}/draft`, { client_seq: seq, body });
    if (seq === draft.seq) report("server", data.saved_at);
    return true;
  } catch (error) {
    report("device"); // it stays here, and goes with the next change
    return error.status === 404 || error.status === 409;
  }
}

export function dropTimer(id) {
  clearTimeout(timers.get(id));
  timers.delete(id);
}
