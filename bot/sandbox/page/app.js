// The sandbox's chat page: wires the parts together.

import { api, SimFailure } from "/page/api.js";
import { Board } from "/page/board.js";
import { ClockBar } from "/page/clockbar.js";
import { FaultsDrawer } from "/page/faults.js";
import { Live } from "/page/live.js";
import { Alerts, toast } from "/page/notices.js";
import { Theme } from "/page/theme.js";

const FIRST_NAME = "Sam";

class App {
  constructor() {
    this.toasts = document.getElementById("toasts");
    this.state = document.getElementById("link-state");
    this.theme = new Theme();
    this.clock = new ClockBar(this.toasts, () => this.#eachChat((chat) => chat.redraw()));
    this.faults = new FaultsDrawer(this.toasts);
    const alerts = new Alerts(document.getElementById("alert"));
    this.board = new Board({ wall: () => this.clock.wall, alerts });
    this.live = new Live({
      onOpen: () => this.#guard(() => this.#readAll()),
      onEvent: (event) => this.#guard(() => this.#happened(event)),
      onLost: () => this.#setState("Reconnecting…", "lost"),
    });
    this.#listenForNewPeople();
  }

  start() { this.live.connect(); }

  async #guard(act) {
    try {
      await act();
    } catch (error) {
      // Not reachable: the connection is lost as well, and comes back with all state re-read.
      if (!(error instanceof SimFailure)) throw error;
      if (error.status) toast(this.toasts, error.message, "wrong");
    }
  }

  async #readAll() {
    await Promise.all([this.clock.read(), this.faults.read()]);
    if ((await api.people()).length === 0) await api.addPerson({ name: FIRST_NAME });
    await this.#readPeople();
    this.#setState("Connected", "live");
  }

  /** Read everything anew: an emptied sandbox may have people of the same numbers again. */
  async #readPeople() {
    this.board.setPeople(await api.people());
    await Promise.all([...this.board.chats.values()].map((chat) => this.#readChat(chat)));
  }

  async #readChat(chat) {
    await chat.sync(true);
    await chat.readToasts();
  }

  #setState(words, name) {
    this.state.textContent = words;
    this.state.dataset.state = name;
  }

  #eachChat(act) { this.board.chats.forEach(act); }

  async #happened(event) {
    const chat = this.board.chats.get(event.person);
    switch (event.type) {
      case "message": return chat?.sync();
      case "toast": return chat?.readToasts();
      case "typing": return chat?.showTyping();
      case "clock": return this.clock.read();
      case "fault": return this.faults.struck(event);
      case "person": return this.#readPeople();
    }
  }

  #listenForNewPeople() {
    const dialog = document.getElementById("new-person");
    const form = document.getElementById("new-person-form");
    for (const id of ["add-person", "add-person-small"]) {
      document.getElementById(id).addEventListener("click", () => {
        form.reset();
        dialog.showModal();
      });
    }
    document.getElementById("new-person-cancel").addEventListener("click", () => dialog.close());
    form.addEventListener("submit", () => {
      const { name, language } = Object.fromEntries(new FormData(form));
      this.#guard(() => this.#addPerson({ name: name.trim(), language: language.trim() || "en" }));
    });
  }

  async #addPerson(fields) {
    const person = await api.addPerson(fields);
    await this.#readPeople();
    this.board.show(person.id);
  }
}

new App().start();
