// Where a person writes: Enter sends, Shift+Enter breaks, up-arrow edits the last own text.

import { api } from "/page/api.js";
import { el, icon, iconButton } from "/page/dom.js";
import { openMenu } from "/page/menu.js";
import { COMMANDS, SAMPLES } from "/page/samples.js";

const TALLEST_PX = 140;

export class Composer {
  constructor(chat) {
    this.chat = chat;
    this.editing = null;
    this.#build();
  }

  #build() {
    this.field = el("textarea", {
      rows: 1, placeholder: "Message", "aria-label": "Message", enterkeyhint: "send", dir: "auto",
      oninput: () => this.#fit(), onkeydown: (event) => this.#key(event),
    });
    this.editNote = el("div", { class: "editing", hidden: true }, icon("pen"), el("span", {}, "Editing your message"),
      iconButton("close", "Stop editing", () => this.#stopEditing()));
    this.offered = el("div", { class: "offered", hidden: true });
    this.sendButton = iconButton("send", "Send", () => this.submit(), { class: "send" });
    const menus = { "aria-haspopup": "menu", "aria-expanded": "false" };
    const slash = iconButton("slash", "Commands", (event) => openMenu(event.currentTarget, this.#commands()), menus);
    const plus = iconButton("plus", "More to send or do", (event) => openMenu(event.currentTarget, this.#more()), menus);
    this.line = el("div", { class: "line" },
      el("div", { class: "anchor" }, slash), this.field, el("div", { class: "anchor right" }, plus), this.sendButton);
    this.blocked = el("div", { class: "blocked", hidden: true }, el("p", {}, "The bot is blocked: nothing can be sent either way."),
      el("button", { type: "button", class: "primary", onclick: () => this.#block(false) }, "Unblock"));
    this.element = el("footer", { class: "composer" }, this.offered, this.editNote, this.line, this.blocked);
  }

  setBlocked(isBlocked) {
    this.line.hidden = isBlocked;
    this.blocked.hidden = !isBlocked;
  }

  /** The reply keyboard of the bot's last message, if it has one. */
  offer(message) {
    const rows = message?.keyboard ?? [];
    const key = JSON.stringify([message?.message_id, rows]);
    if (this.offeredKey === key) return;
    this.offeredKey = key;
    const press = (text) => this.chat.attempt(() => api.tap(this.chat.person.id, message.message_id, { text }));
    this.offered.hidden = rows.length === 0;
    this.offered.replaceChildren(...rows.map((row) => el("div", { class: "keyrow" }, ...row.map(({ text }) =>
      el("button", { type: "button", class: "key", onclick: () => press(text) }, el("span", {}, text))))));
  }

  #commands() {
    return COMMANDS.map(([name, hint]) => ({ label: name, hint, act: () => this.chat.say(name) }));
  }

  #more() {
    const last = this.#lastOwn();
    const id = this.chat.person.id;
    return [
      ...SAMPLES.map((sample) => ({ icon: sample.icon, label: sample.label, act: () => this.chat.send(sample) })),
      null,
      ...(last ? [
        { icon: "pen", label: "Edit my last message", act: () => this.#startEditing(last) },
        { icon: "bin", label: "Delete my last message", act: () => this.chat.attempt(() => api.remove(id, last.message_id)) },
        null,
      ] : []),
      { icon: "stop", label: "Block the bot", danger: true, act: () => this.#block(true) },
    ];
  }

  #block(isBlocked) {
    return this.chat.attempt(() => api.block(this.chat.person.id, isBlocked));
  }

  #lastOwn() {
    return this.chat.ordered().map(({ message }) => message).filter(({ from, text }) => from === "person" && text).at(-1);
  }

  #key(event) {
    // While an input method composes a word, Enter belongs to it.
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.submit();
    } else if (event.key === "ArrowUp" && this.field.value === "" && this.#lastOwn()) {
      event.preventDefault();
      this.#startEditing(this.#lastOwn());
    } else if (event.key === "Escape" && this.editing !== null) {
      this.#stopEditing();
    }
  }

  /** Send or change; a text that could not be sent stays in the field. */
  async submit() {
    const text = this.field.value;
    if (!text.trim() || this.sendButton.disabled) return;
    const [person, edited] = [this.chat.person.id, this.editing];
    this.sendButton.disabled = true;
    const done = await this.chat.attempt(() => (edited === null ? api.say(person, text) : api.edit(person, edited, text)));
    this.sendButton.disabled = false;
    if (done !== null && this.field.value === text) this.#stopEditing();
    this.field.focus();
  }

  #startEditing(message) {
    this.editing = message.message_id;
    this.editNote.hidden = false;
    this.field.value = message.text;
    this.#fit();
    this.field.focus();
  }

  #stopEditing() {
    this.editing = null;
    this.editNote.hidden = true;
    this.field.value = "";
    this.#fit();
  }

  #fit() {
    this.field.style.height = "auto";
    this.field.style.height = `${Math.min(this.field.scrollHeight, TALLEST_PX)}px`;
    this.line.classList.toggle("filled", this.field.value.trim() !== "");
  }
}
