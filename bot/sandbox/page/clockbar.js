// The simulated clock: what it shows in a zone, and how it is moved.

import { api } from "/page/api.js";
import { el } from "/page/dom.js";
import { toast } from "/page/notices.js";
import { allZones, offsetWords, ownZone, Wall } from "/page/wall.js";

const TICK_MS = 1_000;
const STORED_ZONE = "stillwater-zone";

export class ClockBar {
  /** `onZone()` is called when the zone shown changes. */
  constructor(region, onZone) {
    this.region = region;
    this.bar = document.getElementById("clock");
    this.now = document.getElementById("clock-now");
    this.short = document.getElementById("clock-short");
    this.offset = document.getElementById("clock-offset");
    this.aheadMs = null;
    this.#fillZones(onZone);
    this.#listen();
    setInterval(() => this.#tick(), TICK_MS);
  }

  #fillZones(onZone) {
    const select = document.getElementById("clock-zone");
    const stored = localStorage.getItem(STORED_ZONE);
    const zones = [...new Set([ownZone(), ...allZones()])];
    const chosen = zones.includes(stored) ? stored : ownZone();
    select.append(...zones.map((name) => el("option", { value: name, selected: name === chosen }, name.replaceAll("_", " "))));
    this.wall = new Wall(chosen);
    select.addEventListener("change", () => {
      localStorage.setItem(STORED_ZONE, select.value);
      this.wall = new Wall(select.value);
      this.#tick();
      onZone();
    });
  }

  #listen() {
    for (const button of this.bar.querySelectorAll("[data-jump]")) {
      button.addEventListener("click", () => this.#move(this.#jump(button.dataset.jump)));
    }
    const form = document.getElementById("clock-wish");
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const field = form.querySelector("input");
      if (field.value.trim() && (await this.#move(this.wall.order(field.value)))) field.value = "";
    });
    const toggle = document.getElementById("clock-toggle");
    toggle.addEventListener("click", () => {
      toggle.setAttribute("aria-expanded", String(this.bar.classList.toggle("open")));
    });
  }

  #jump(name) {
    if (name === "hour") return { by_s: 3_600 };
    return name === "reset" ? { reset: true } : { person_zone: this.wall.zone, at: name };
  }

  async #move(order) {
    try {
      this.#show(await api.moveClock(order));
      toast(this.region, `The clock shows ${this.wall.full(this.nowMs())}`);
      return true;
    } catch (error) {
      toast(this.region, error.message, "wrong");
      return false;
    }
  }

  /** Read the clock again, because somebody moved it. */
  async read() { this.#show(await api.clock()); }

  #show({ now, offset_s }) {
    // Against the steady counter: the machine's own clock may be set meanwhile.
    this.aheadMs = Date.parse(now) - performance.now();
    this.offset.textContent = offsetWords(offset_s);
    this.offset.classList.toggle("moved", Math.abs(offset_s) >= 30);
    this.#tick();
  }

  nowMs() { return performance.now() + this.aheadMs; }

  #tick() {
    if (this.aheadMs === null) return;
    this.now.textContent = this.wall.full(this.nowMs());
    this.now.dateTime = new Date(this.nowMs()).toISOString();
    this.short.textContent = this.wall.time(this.nowMs());
  }
}
