// Answers on their way. One leaves the outbox when the server has it, or will never take it.

import { dropTimer } from "./drafts.js";
import { insist } from "./server.js";
import { readAll, remove, write } from "./store.js";

// entry: {id, who, body}. Resolves to the server's reply; raises Refused when it says no for good.
export async function sendAnswer(entry, report) {
  dropTimer(entry.id);
  await write("outbox", entry);
  return deliver(entry, report);
}

// What a closed tab left behind; gives how many were sent and what was refused.
export async function sendLeftovers(who, report) {
  const entries = (await readAll("outbox")).filter((entry) => entry.who === who);
  const refused = [];
  for (const entry of entries) {
    try {
      await deliver(entry, report);
    } catch (error) {
      if (!lost(error)) throw error;
      refused.push(error.message);
    }
  }
  return { sent: entries.length - refused.length, refused };
}

async function deliver(entry, report) {
  try {
    const { data } = await insist(report, "PUT", `/assignments/${entry.id}/answer`, entry.body);
    await remove("outbox", entry.id);
    await remove("drafts", entry.id);
    return data;
  } catch (error) {
    if (lost(error)) await remove("outbox", entry.id);
    throw error;
  }
}

// Whether trying again cannot help; without a session it can, after the next log-in.
const lost = (error) => ![0, 401, 403].includes(error.status);
