// What this device keeps, in IndexedDB: "drafts" and the "outbox" of answers that the server does not
// have yet, each under its assignment's id.

const opened = new Promise((done, fail) => {
  const asked = indexedDB.open("ingot-review", 1);
  asked.onupgradeneeded = () => {
    for (const name of ["drafts", "outbox"]) asked.result.createObjectStore(name, { keyPath: "id" });
  };
  asked.onsuccess = () => done(asked.result);
  asked.onerror = () => fail(asked.error);
});

async function within(name, mode, act) {
  const transaction = (await opened).transaction(name, mode);
  return new Promise((done, fail) => {
    const asked = act(transaction.objectStore(name));
    transaction.commit(); // now: what is left to its end would be undone by a reload in the next moment
    transaction.oncomplete = () => done(asked.result);
    transaction.onerror = transaction.onabort = () => fail(transaction.error);
  });
}

export const read = (name, id) => within(name, "readonly", (store) => store.get(id));
export const readAll = (name) => within(name, "readonly", (store) => store.getAll());
export const write = (name, value) => within(name, "readwrite", (store) => store.put(value));
export const remove = (name, id) => within(name, "readwrite", (store) => store.delete(id));
export const clear = (name) => within(name, "readwrite", (store) => store.clear());

// Write unless there is one already; gives what stands then, the same in every tab.
export async function settle(name, value) {
  await within(name, "readwrite", (store) => store.add(value)).catch(() => {});
  return read(name, value.id);
}
