// Calls to the server: one try, or as many as it takes.

const KEY = "ingot.key";
let session = 0; // grows when somebody logs in or out, so that late replies are dropped

export const loggedIn = () => Boolean(sessionStorage.getItem(KEY));

export function enter(key) {
  session += 1;
  sessionStorage.setItem(KEY, key);
}

export function forget() {
  session += 1;
  sessionStorage.clear();
}

// status 0: the call was given up because somebody logged in or out meanwhile
export class Refused extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

export async function call(method, path, body) {
  const response = await fetch(`/v1/review${path}`, {
    method,
    headers: { Authorization: `Bearer ${sessionStorage.getItem(KEY)}`, "Content-Type": "application/json" },
    body: body && JSON.stringify(body),
  });
  if (response.ok) return { response, data: response.status === 204 ? null : await response.json() };
  const problem = await response.json().catch(() => ({}));
  throw new Refused(response.status, problem.detail || `The server said ${response.status}.`);
}

// Tries again until there is an answer; `report` hears of each pause and, with "", of the end.
export async function insist(report, method, path, body) {
  const mine = session;
  for (let attempt = 0; ; attempt++) {
    try {
      const reply = await call(method, path, body);
      if (mine !== session) throw new Refused(0, "");
      report("");
      return reply;
    } catch (error) {
      if (mine !== session) throw new Refused(0, "");
      if (error.status && error.status < 500 && error.status !== 429) throw error;
      const pause_s = Math.min(2 ** attempt, 15);
      report(`The server cannot be reached. Nothing is lost; trying again in ${pause_s} s.`);
      await new Promise((done) => setTimeout(done, pause_s * 1000));
    }
  }
}

// crypto.randomUUID is missing where the page is served over plain http from another host
export function randomId() {
  const bytes = [...crypto.getRandomValues(new Uint8Array(16))];
  return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
