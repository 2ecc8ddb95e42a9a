// One person's chat: the log, its state, and the composer below.

import { api, SimFailure } from "/page/api.js";
import { Bubble } from "/page/bubble.js";
import { Composer } from "/page/composer.js";
import { el, icon } from "/page/dom.js";
import { copyText, toast } from "/page/notices.js";

const NEAR_END_PX = 80;
const GROUP_S = 300;
const TYPING_MS = 5_000;
const ANSWER_WAIT_MS = 15_000;
const HUES = [188, 262, 24, 140, 330, 210];

export class Chat {
  /** `shared`: wall(), alerts, onUnread(chat). */
  constructor(person, shared) {
    this.shared = shared;
    this.bubbles = new Map();
    this.kinds = new Map();
    this.pressed = new Map();
    this.toastsSeen = null;
    this.seq = 0;
    this.pending = Promise.resolve();
    this.#build(person);
    this.rename(person);
  }

  #build(person) {
    this.log = el("div", { class: "log", role: "log", "aria-live": "polite", tabindex: 0, onscroll: () => this.#scrolled() });
    this.hint = el(
      "div",
      { class: "empty" },
      el("p", {}, "Nothing has been said yet. The bot speaks once you have written to it."),
      el("button", { type: "button", class: "primary start", onclick: () => this.say("/start") }, "Start"),
    );
    this.typing = el("div", { class: "typing", hidden: true }, el("i"), el("i"), el("i"), el("span", { class: "sr" }, "The bot is typing"));
    this.end = el("button", { type: "button", class: "to-end", hidden: true, onclick: () => this.toEnd() }, icon("down"), el("span", {}, "New messages"));
    this.toasts = el("div", { class: "toasts", role: "status", "aria-live": "polite" });
    this.face = el("span", { class: "face", "aria-hidden": "true" });
    this.name = el("h2");
    this.state = el("p");
    this.composer = new Composer(this);
    this.element = el(
      "section",
      { class: "chat", id: `chat-${person.id}`, "data-person": person.id },
      el("header", {}, this.face, el("div", {}, this.name, this.state)),
      el("div", { class: "stage" }, this.log, this.typing, this.end, this.toasts),
      this.composer.element,
    );
    this.log.append(this.hint);
    this.following = true;
    // A growing composer or a phone's keyboard must not hide the last message.
    new ResizeObserver(() => this.following && this.toEnd()).observe(this.log);
  }

  /** Take over what is known about the person. */
  rename(person) {
    this.person = person;
    this.element.setAttribute("aria-label", `Chat of ${person.name}`);
    this.log.setAttribute("aria-label", `Messages of ${person.name}`);
    this.face.textContent = Array.from(person.name)[0]?.toUpperCase() ?? "?";
    this.element.style.setProperty("--hue", HUES[person.id % HUES.length]);
    this.name.textContent = person.name;
    this.state.textContent = `${person.blocked ? "has blocked the bot" : `id ${person.id}`} · ${person.language}`;
    this.composer.setBlocked(person.blocked);
  }

  /** Read what is new; one request after the other, so that answers cannot overtake each other. */
  sync(anew = false) {
    this.pending = this.pending.then(() => this.#sync(anew)).catch((error) => this.fail(error));
    return this.pending;
  }

  async #sync(anew) {
    const answer = await api.messages(this.person.id, anew ? 0 : this.seq);
    this.seq = answer.seq;
    const wasAtEnd = this.following;
    if (anew) this.#dropMissing(answer.messages);
    const fresh = answer.messages.filter((message) => this.#take(message));
    this.#layOut();
    if (answer.messages.some((message) => message.from === "bot")) this.typing.hidden = true;
    if (wasAtEnd || fresh.some((message) => message.from === "person")) this.toEnd();
    else if (fresh.length) this.end.hidden = false;
    if (fresh.some((message) => message.from === "bot") && !anew) this.shared.onUnread(this);
  }

  #dropMissing(messages) {
    const there = new Set(messages.map((message) => message.message_id));
    for (const id of [...this.bubbles.keys()]) if (!there.has(id)) this.#drop(id);
  }

  #drop(id) {
    this.bubbles.get(id)?.element.remove();
    this.bubbles.delete(id);
  }

  /** Says whether the message was not yet on the page. */
  #take(message) {
    const known = this.bubbles.get(message.message_id);
    // A restarted sandbox gives the same numbers to other messages.
    if (known && !sameMessage(known.message, message)) this.#drop(message.message_id);
    const bubble = this.bubbles.get(message.message_id);
    if (message.deleted) this.#drop(message.message_id);
    else if (bubble) bubble.update(message);
    else this.bubbles.set(message.message_id, new Bubble(message, this.#tools()));
    return !bubble && !message.deleted;
  }

  #tools() {
    return {
      wall: this.shared.wall,
      onCommand: (text) => this.say(text),
      onTap: (bubble, place) => this.#tap(bubble, place),
      onCopy: (text) => this.#copy(text),
      onGrow: () => this.following && this.toEnd(),
      sentKind: (id) => this.kinds.get(id),
    };
  }

  /** Bubbles in order, days between them, and tails at the end of each group. */
  #layOut() {
    const wall = this.shared.wall();
    const ordered = this.ordered();
    const wanted = [];
    ordered.forEach(({ element, message }, at) => {
      const [before, after] = [ordered[at - 1]?.message, ordered[at + 1]?.message];
      const day = wall.day(message.date * 1000);
      const newDay = !before || wall.day(before.date * 1000) !== day;
      if (newDay) wanted.push(this.#dayMark(day, message.message_id));
      element.classList.toggle("first", newDay || !grouped(before, message));
      element.classList.toggle("last", !after || !grouped(message, after) || wall.day(after.date * 1000) !== day);
      wanted.push(element);
    });
    this.hint.hidden = ordered.length > 0;
    for (const mark of this.log.querySelectorAll(".day")) if (!wanted.includes(mark)) mark.remove();
    wanted.forEach((node, at) => this.log.children[at] === node || this.log.insertBefore(node, this.log.children[at]));
    this.composer.offer(ordered.filter(({ message }) => message.from === "bot").at(-1)?.message);
  }

  #dayMark(day, id) {
    const known = [...this.log.querySelectorAll(".day")].find((mark) => mark.dataset.before === String(id) && mark.textContent === day);
    return known ?? el("div", { class: "day", role: "separator", "aria-label": day, "data-before": id }, el("span", {}, day));
  }

  /** Bubbles as they stand in the log, oldest first. */
  ordered() {
    return [...this.bubbles.values()].sort((one, other) => one.message.message_id - other.message.message_id);
  }

  /** The zone changed: times and days read differently. */
  redraw() {
    for (const bubble of this.bubbles.values()) bubble.redraw();
    this.#layOut();
  }

  /** Show new answers to presses; those from before the page was opened are old news. */
  async readToasts() {
    const toasts = await api.toasts(this.person.id);
    const seen = this.toastsSeen;
    this.toastsSeen = new Set(toasts.map((each) => each.callback_query_id));
    if (seen === null) return;
    for (const each of toasts) if (!seen.has(each.callback_query_id)) this.#answered(each);
  }

  #answered({ callback_query_id, text, alert }) {
    this.pressed.get(callback_query_id)?.settle();
    this.pressed.delete(callback_query_id);
    if (!text) return;
    if (alert) this.shared.alerts.show(text);
    else toast(this.toasts, text);
  }

  async #tap(bubble, place) {
    try {
      const { callback_query_id } = await api.tap(this.person.id, bubble.message.message_id, place);
      if (!callback_query_id || this.toastsSeen?.has(callback_query_id)) return bubble.settle();
      this.pressed.set(callback_query_id, bubble);
      setTimeout(() => this.pressed.delete(callback_query_id) && bubble.settle(), ANSWER_WAIT_MS);
    } catch (error) {
      bubble.settle();
      this.fail(error);
    }
  }

  async #copy(text) {
    const worked = await copyText(text);
    toast(this.toasts, worked ? `Copied: ${text}` : `Could not copy. Here it is: ${text}`, worked ? "done" : "wrong");
  }

  /** Run a request for the person; says whether it worked, and shows why if not. */
  async attempt(request) {
    try {
      return await request();
    } catch (error) {
      this.fail(error);
      return null;
    }
  }

  say(text) { return this.attempt(() => api.say(this.person.id, text)); }

  async send({ message, icon: symbol, label }) {
    const sent = await this.attempt(() => api.send(this.person.id, message));
    if (sent === null) return;
    this.kinds.set(sent.message_id, [symbol, label]);
    this.bubbles.get(sent.message_id)?.redraw();
  }

  fail(error) {
    if (!(error instanceof SimFailure)) throw error;
    toast(this.toasts, error.message, "wrong");
  }

  showTyping() {
    this.typing.hidden = false;
    clearTimeout(this.typingTimer);
    this.typingTimer = setTimeout(() => (this.typing.hidden = true), TYPING_MS);
  }

  atEnd() { return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < NEAR_END_PX; }

  toEnd() {
    this.log.scrollTop = this.log.scrollHeight;
    this.end.hidden = true;
  }

  #scrolled() {
    this.following = this.atEnd();
    if (this.following) this.end.hidden = true;
  }
}

function sameMessage(one, other) {
  return one.from === other.from && one.date === other.date;
}

function grouped(one, other) {
  return one.from === other.from && Math.abs(other.date - one.date) < GROUP_S;
}
