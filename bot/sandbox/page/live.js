// Follows the sandbox's events and comes back by itself when the sandbox was restarted.

const FIRST_WAIT_MS = 300;
const LONGEST_WAIT_MS = 5_000;

export class Live {
  /** `onOpen` runs at each connection: state must be re-read, since numbers may begin anew. */
  constructor({ onOpen, onEvent, onLost }) {
    this.hooks = { onOpen, onEvent, onLost };
    this.waitMs = FIRST_WAIT_MS;
    this.source = null;
    this.timer = 0;
    window.addEventListener("online", () => this.hurry());
    document.addEventListener("visibilitychange", () => document.hidden || this.hurry());
  }

  connect() {
    clearTimeout(this.timer);
    this.timer = 0;
    // No `after`: a restarted sandbox counts from one again, so an old number would hide events.
    const source = new EventSource("/sim/events");
    this.source = source;
    source.onopen = () => {
      this.waitMs = FIRST_WAIT_MS;
      this.hooks.onOpen();
    };
    source.onmessage = (event) => this.hooks.onEvent(JSON.parse(event.data));
    source.onerror = () => {
      source.close();
      this.hooks.onLost();
      this.timer = setTimeout(() => this.connect(), this.waitMs);
      this.waitMs = Math.min(this.waitMs * 2, LONGEST_WAIT_MS);
    };
  }

  /** Do not wait for the next attempt, if one is waited for. */
  hurry() {
    if (this.timer) this.connect();
  }
}
