// The /sim API of the sandbox.

/** The sandbox refused or could not be reached; `status` is 0 when it could not be reached. */
export class SimFailure extends Error {
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

async function call(method, path, body) {
  let answer;
  try {
    answer = await fetch(`/sim${path}`, {
      method,
      cache: "no-store",
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new SimFailure(0, "The sandbox does not answer. It is tried again by itself.");
  }
  const content = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new SimFailure(answer.status, content.error ?? `The sandbox said ${answer.status}.`);
  return content;
}

export const api = {
  people: async () => (await call("GET", "/people")).people,
  addPerson: (fields) => call("POST", "/people", fields),
  say: (person, text) => call("POST", "/say", { person, text }),
  send: (person, message) => call("POST", "/send", { person, message }),
  edit: (person, message_id, text) => call("POST", "/edit", { person, message_id, text }),
  remove: (person, message_id) => call("POST", "/delete", { person, message_id }),
  tap: (person, message_id, place) => call("POST", "/tap", { person, message_id, ...place }),
  block: (person, blocked) => call("POST", "/block", { person, blocked }),
  messages: (person, after) => call("GET", `/messages?person=${person}&after=${after}`),
  toasts: async (person) => (await call("GET", `/toasts?person=${person}`)).toasts,
  clock: () => call("GET", "/clock"),
  moveClock: (order) => call("POST", "/clock", order),
  faults: async () => (await call("GET", "/faults")).faults,
  addFault: (fault) => call("POST", "/faults", fault),
  removeFault: (id) => call("DELETE", `/faults/${id}`),
  clearFaults: () => call("DELETE", "/faults"),
};
