// The people side by side: columns on a wide screen, tabs on a narrow one.

import { Chat } from "/page/chat.js";
import { el } from "/page/dom.js";

const NARROW = "(max-width: 759px)";

export class Board {
  /** `shared` is handed to each chat: wall(), alerts. */
  constructor(shared) {
    this.element = document.getElementById("board");
    this.tabs = document.getElementById("tabs");
    this.shared = { ...shared, onUnread: (chat) => this.#unread(chat) };
    this.chats = new Map();
    this.active = null;
    this.narrow = matchMedia(NARROW);
    this.narrow.addEventListener("change", () => this.#arrange());
    this.tabs.addEventListener("keydown", (event) => this.#key(event));
  }

  /** Show exactly these people. */
  setPeople(people) {
    const ids = new Set(people.map((person) => person.id));
    for (const [id, chat] of this.chats) {
      if (ids.has(id)) continue;
      chat.element.remove();
      chat.tab.remove();
      this.chats.delete(id);
    }
    for (const person of people) {
      if (!this.chats.has(person.id)) this.#add(person);
      this.#rename(person);
    }
    if (!this.chats.has(this.active)) this.active = people[0]?.id ?? null;
    this.element.classList.toggle("nobody", people.length === 0);
    this.#arrange();
  }

  #add(person) {
    const chat = new Chat(person, this.shared);
    chat.tab = el("button", { type: "button", class: "tab", id: `tab-${person.id}`, onclick: () => this.show(person.id) });
    this.chats.set(person.id, chat);
    this.element.append(chat.element);
    this.tabs.append(chat.tab);
  }

  #rename(person) {
    const chat = this.chats.get(person.id);
    chat.rename(person);
    chat.tab.replaceChildren(el("span", {}, person.name), el("i", { class: "unread", "aria-label": "new messages" }));
  }

  /** Bring a person's chat to the front; on wide screens all are seen anyway. */
  show(id) {
    this.active = id;
    this.#arrange();
    this.chats.get(id)?.toEnd();
  }

  #arrange() {
    for (const [id, { element, tab }] of this.chats) {
      const isActive = id === this.active;
      element.classList.toggle("active", isActive);
      tab.classList.toggle("has-unread", !isActive && tab.classList.contains("has-unread"));
      setAll(tab, { role: "tab", "aria-controls": element.id, "aria-selected": String(isActive), tabindex: isActive ? 0 : -1 });
      element.setAttribute("role", this.narrow.matches ? "tabpanel" : "region");
    }
  }

  #unread(chat) {
    if (chat.person.id !== this.active) chat.tab.classList.add("has-unread");
  }

  #key(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    const ids = [...this.chats.keys()];
    const id = ids.at((ids.indexOf(this.active) + step) % ids.length);
    this.show(id);
    this.chats.get(id).tab.focus();
    event.preventDefault();
  }
}

function setAll(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
}
