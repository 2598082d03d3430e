// How texts came about: counts by source, never the keys or what was typed.

const PAUSE_MS = 2000; // ends a burst
const MOST = 200;
const TYPES = new Set(["Enter", "Process", "Unidentified", "Dead"]);

export function newWriting() {
  const mobile = matchMedia("(pointer: coarse)").matches;
  return { chars: 0, typed: 0, pasted: [], dropped: 0, silent: 0, bursts: [], edits: 0, first_key_ms: 0, mobile, ime: false };
}

// Count what happens in a text field. `task` has {writing, seen, copied} and keeps the counts.
export function watch(field, task) {
  let length = field.value.length;
  let keyed = false; // whether a key came since the last input
  let lastKey = 0;
  field.addEventListener("keydown", (event) => {
    keyed = (event.key.length === 1 && !event.ctrlKey && !event.metaKey) || TYPES.has(event.key);
    task.writing.first_key_ms ||= Math.max(1, Math.round(event.timeStamp - task.seen));
  });
  field.addEventListener("focus", () => (length = field.value.length));
  field.addEventListener("compositionstart", () => (task.writing.ime = true));
  field.addEventListener("paste", (event) => pasted(event.clipboardData.getData("text/plain"), field, task));
  field.addEventListener("input", (event) => {
    const came = field.value.length - length;
    length = field.value.length;
    const counts = task.writing;
    const kind = event.inputType || "";
    const replaced = event.data ? event.data.length - came : 0;
    if (kind.startsWith("delete") || kind.startsWith("history") || replaced > 0) counts.edits += 1;
    if (kind === "insertFromPaste" || kind.startsWith("delete") || kind.startsWith("history")) return;
    const composed = kind === "insertCompositionText"; // its data repeats what is there
    const chars = composed ? Math.max(came, 0) : (event.data?.length ?? Math.max(came, 0));
    if (kind === "insertFromDrop") counts.dropped += chars;
    else if (keyed || counts.ime) lastKey = typed(counts, chars, event.timeStamp, lastKey);
    else counts.silent += chars;
    keyed = false;
  });
}

function typed(counts, chars, now, lastKey) {
  counts.typed += chars;
  const burst = counts.bursts.at(-1);
  if (burst && lastKey && now - lastKey < PAUSE_MS) {
    burst.ms += Math.round(now - lastKey);
    burst.chars += chars;
  } else if (counts.bursts.length < MOST) counts.bursts.push({ ms: 0, chars });
  return now;
}

function pasted(text, field, task) {
  const wanted = spaceless(text);
  const among = (texts) => texts.some((other) => spaceless(other).includes(wanted));
  const source = among(task.written()) ? "self" : among(task.read()) ? "task" : "outside";
  const record = { chars: text.length, source };
  if (task.writing.pasted.length < MOST) task.writing.pasted.push(record);
  else task.writing.pasted.at(-1).chars += record.chars;
}

const spaceless = (text) => text.replace(/\s+/g, "");
