// The drawer in which faults of the network and of the server are switched on.

import { api } from "/page/api.js";
import { el, iconButton } from "/page/dom.js";
import { toast } from "/page/notices.js";

const KINDS = [
  ["429", "Too many requests", "Refused; the bot must wait 5 seconds."],
  ["403", "Forbidden", "Refused, as if the person had blocked the bot."],
  ["502", "Bad gateway", "Refused; nothing is carried out."],
  ["slow", "Slow", "Carried out, but answered 5 seconds later."],
  ["lost", "Answer lost", "Carried out, but the connection breaks before the answer."],
];
const WHAT = {
  sending: ["sendMessage", "sendPhoto", "sendDocument", "editMessageText"],
  answering: ["answerCallbackQuery"],
  fetching: ["getUpdates"],
  everything: undefined,
};

export class FaultsDrawer {
  constructor(region) {
    this.region = region;
    this.drawer = document.getElementById("faults");
    this.toggle = document.getElementById("faults-toggle");
    this.count = document.getElementById("faults-count");
    this.#build();
    this.toggle.addEventListener("click", () => this.#open(this.drawer.hidden));
    this.drawer.addEventListener("keydown", (event) => event.key === "Escape" && this.#open(false));
  }

  #build() {
    this.switches = new Map(KINDS.map(([kind, name, words]) => [kind, this.#switch(kind, name, words)]));
    this.what = choice("Hits", { sending: "messages", answering: "answers", fetching: "polling", everything: "everything" });
    this.times = choice("How often", { "": "always", 1: "once", 3: "3 times" });
    this.drawer.append(
      el("header", {}, el("h2", { id: "faults-title" }, "Faults"), iconButton("close", "Close", () => this.#open(false), { class: "tool" })),
      el("p", {}, "What a network and a busy server do to a bot. Choose first what is hit, then switch on."),
      el("div", { class: "choices" }, this.what, this.times),
      ...this.switches.values(),
      el("button", { type: "button", class: "primary", onclick: () => this.#do(api.clearFaults) }, "Clear all faults"),
    );
  }

  #switch(kind, name, words) {
    return el(
      "button",
      { type: "button", role: "switch", "aria-checked": "false", class: "switch", "data-kind": kind, onclick: () => this.#flip(kind) },
      el("span", { class: "words" }, el("b", {}, /\d/.test(kind) ? `${kind} ${name}` : name), el("small", {}, words)),
      el("span", { class: "knob", "aria-hidden": "true" }),
    );
  }

  #flip(kind) {
    const lying = (this.faults ?? []).filter((fault) => fault.kind === kind);
    if (lying.length) return this.#do(() => Promise.all(lying.map(({ id }) => api.removeFault(id))));
    const times = Number(this.times.querySelector("select").value) || undefined;
    const method = WHAT[this.what.querySelector("select").value];
    return this.#do(() => api.addFault({ kind, method, times }));
  }

  async #do(request) {
    try {
      await request();
    } catch (error) {
      toast(this.region, error.message, "wrong");
    }
    await this.read();
  }

  #open(wanted) {
    this.drawer.hidden = !wanted;
    this.toggle.setAttribute("aria-expanded", String(wanted));
    (wanted ? this.drawer.querySelector("select") : this.toggle).focus();
  }

  /** Read which faults lie in wait. */
  async read() {
    this.faults = await api.faults();
    for (const [kind, button] of this.switches) {
      button.setAttribute("aria-checked", String(this.faults.some((fault) => fault.kind === kind)));
    }
    this.count.textContent = String(this.faults.length);
    this.count.hidden = this.faults.length === 0;
  }

  /** A fault has hit a request. */
  struck({ fault, method }) {
    toast(this.region, `Fault ${fault} hit ${method}`);
    return this.read();
  }
}

function choice(name, options) {
  return el("label", {}, name, el("select", {}, ...Object.entries(options).sort((one, other) => order(one) - order(other)).map(([value, words]) => el("option", { value }, words))));
}

// Objects put numeric keys first; "always" belongs on top.
function order([value]) { return value === "" ? -1 : Number(value) || 0; }
