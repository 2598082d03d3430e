// Tabs of one reviewer hold the same leases: what one does, the others hear.

const channel = new BroadcastChannel("ingot-review");

export const tell = (what, id) => channel.postMessage({ what, id });

// handlers: {draft(id), done(id)}
export function listen(handlers) {
  channel.onmessage = ({ data }) => handlers[data.what]?.(data.id);
}
