// Calls to the server: one try, or as many as it takes. Who asks is known by the session's cookie, or
// by a reviewer key that this tab holds.

const KEY = "ingot.key";
const PATIENCE_MS = 30_000;
let csrf = ""; // what writes by a session's cookie repeat
let session = 0; // grows when somebody logs in or out, so that late replies are dropped

// status 0: the call was given up because somebody logged in or out meanwhile
export class Refused extends Error {
  constructor(status, problem = {}) {
    super(problem.detail || `The server said ${status}.`);
    this.status = status;
    this.errors = problem.errors || [];
  }
}

export function enterWithKey(key) {
  session += 1;
  sessionStorage.setItem(KEY, key);
}

// True where the password was for one time: nothing else works before a new one is chosen.
export async function enterWithPassword(login, password) {
  session += 1;
  sessionStorage.removeItem(KEY);
  const { data } = await call("POST", "/sessions", { login, password });
  csrf = data.csrf;
  return data.must_change_password;
}

export async function choosePassword(present, wanted) {
  csrf = (await call("PUT", "/me/password", { present, new: wanted })).data.csrf;
}

export async function leave() {
  const byCookie = !sessionStorage.getItem(KEY);
  if (byCookie) await call("DELETE", "/sessions/current").catch(() => {});
  session += 1;
  csrf = "";
  sessionStorage.clear();
}

export async function call(method, path, body) {
  const known = csrf;
  const response = await ask(method, path, body);
  if (response.ok) return { response, data: response.status === 204 ? null : await response.json() };
  if (response.status === 403 && known && known === csrf && path !== "/sessions/current") {
    csrf = ""; // perhaps that of a session before
    if ((await token()) !== known) return call(method, path, body);
  }
  throw new Refused(response.status, await response.json().catch(() => ({})));
}

async function ask(method, path, body) {
  const headers = { "Content-Type": "application/json" };
  const key = sessionStorage.getItem(KEY);
  if (key) headers.Authorization = `Bearer ${key}`;
  else if (method !== "GET" && path !== "/sessions") headers["X-CSRF-Token"] = await token();
  const signal = AbortSignal.timeout(PATIENCE_MS);
  return fetch(`/v1${path}`, { method, headers, body: body && JSON.stringify(body), signal });
}

async function token() {
  csrf ||= (await call("GET", "/sessions/current")).data.csrf;
  return csrf;
}

// Tries again until there is an answer; `report` hears of each pause and, with "", of the end.
export async function insist(report, method, path, body) {
  const mine = session;
  for (let attempt = 0; ; attempt++) {
    try {
      const reply = await call(method, path, body);
      if (mine !== session) throw new Refused(0);
      report("");
      return reply;
    } catch (error) {
      if (mine !== session) throw new Refused(0);
      if (error.status && error.status < 500 && error.status !== 429) throw error;
      const pause_s = Math.min(2 ** attempt, 15);
      report(`The server cannot be reached. Nothing is lost; trying again in ${pause_s} s.`);
      await pauseOrOnline(pause_s * 1000);
    }
  }
}

function pauseOrOnline(ms) {
  return new Promise((done) => {
    const end = () => {
      clearTimeout(timer);
      removeEventListener("online", end);
      done();
    };
    const timer = setTimeout(end, ms);
    addEventListener("online", end);
  });
}
