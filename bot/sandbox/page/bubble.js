// One message on the page; changes are patched in, so that an edit neither flickers nor jumps.

import { el, icon } from "/page/dom.js";
import { keyboard } from "/page/keyboard.js";
import { richNodes } from "/page/rich.js";

const SIZES = ["B", "KB", "MB"];

function sizeWords(bytes) {
  let [size, step] = [bytes, 0];
  while (size >= 1024 && step < SIZES.length - 1) [size, step] = [size / 1024, step + 1];
  return `${step ? size.toFixed(1) : size} ${SIZES[step]}`;
}

export class Bubble {
  /** `tools`: wall(), onCommand(text), onTap(bubble, place), onCopy(text), onGrow(), sentKind(id). */
  constructor(message, tools) {
    this.tools = tools;
    this.shown = {};
    this.files = el("div", { class: "files" });
    this.text = el("div", { class: "text", dir: "auto" });
    this.meta = el("span", { class: "meta" });
    this.keys = el("div", { class: "keys" });
    this.body = el("div", { class: "bubble" }, this.files, this.text, this.meta);
    this.element = el(
      "article",
      { class: `message ${message.from}`, "data-id": message.message_id },
      this.body,
      this.keys,
    );
    this.update(message, true);
  }

  /** Show the message as it is now; only what differs is touched. */
  update(message, isNew = false) {
    this.message = message;
    const wall = this.tools.wall();
    const content = this.#patch("files", [message.photo, message.document, message.voice], () => this.#drawFiles());
    const words = this.#patch("text", [message.html, wall.zone], () => this.#drawText(wall));
    const keys = this.#patch("keys", message.buttons, () => this.#drawKeys());
    this.#patch("meta", [message.date, message.edited, message.pinned, message.reaction, wall.zone], () => this.#drawMeta(wall));
    if (!isNew && (content || words || keys)) this.#glow();
  }

  /** Draw everything again, because the zone or what is known about the message changed. */
  redraw() {
    this.shown = {};
    this.update(this.message, true);
  }

  /** A press was answered, or will never be. */
  settle() {
    this.keys.querySelector(".waiting")?.classList.remove("waiting");
  }

  #patch(part, value, draw) {
    const key = JSON.stringify(value ?? null);
    if (this.shown[part] === key) return false;
    this.shown[part] = key;
    draw();
    return true;
  }

  #glow() {
    this.body.classList.remove("changed");
    requestAnimationFrame(() => this.body.classList.add("changed"));
  }

  #drawText(wall) {
    this.text.replaceChildren(...richNodes(this.message.html, { wall, onCommand: this.tools.onCommand }));
    this.text.hidden = !this.message.html;
  }

  #drawFiles() {
    const { photo, document: file, voice, from, text } = this.message;
    const parts = [];
    if (photo && from === "bot") parts.push(this.#picture(photo, text));
    if (file) parts.push(fileLink(file));
    if (voice && from === "bot") parts.push(badge("voice", "Voice message"));
    if (from === "person" && !text && !file) parts.push(this.#sentBadge());
    this.files.replaceChildren(...parts);
    this.files.hidden = parts.length === 0;
    this.body.classList.toggle("pictured", Boolean(photo && from === "bot"));
  }

  // Files that people send exist as fields only, so there is nothing to load or play.
  #sentBadge() {
    const { photo, voice, message_id } = this.message;
    const kind = photo ? ["photo", "Photo"] : voice ? ["voice", "Voice message"] : this.tools.sentKind(message_id);
    return badge(...(kind ?? ["file", "Something that is not text"]));
  }

  #picture(address, caption) {
    const image = el("img", { src: address, alt: caption || "Picture from the bot", onload: this.tools.onGrow });
    image.addEventListener("error", () => image.replaceWith(badge("photo", "Picture that cannot be shown")));
    return el("a", { class: "picture", href: address, target: "_blank", rel: "noopener" }, image);
  }

  #drawKeys() {
    const held = this.keys.contains(document.activeElement) ? document.activeElement.dataset.place : null;
    const rows = keyboard(this.message.buttons, (place, button) => this.#press(place, button));
    this.keys.replaceChildren(...rows);
    this.element.classList.toggle("keyed", rows.length > 0);
    if (held === null) return;
    const heir = this.keys.querySelector(`[data-place="${held}"]`) ?? this.keys.querySelector("button, a");
    (heir ?? this.element.closest('[role="log"]'))?.focus({ preventScroll: true });
  }

  #press(place, button) {
    if (button.copy !== undefined) return this.tools.onCopy(button.copy);
    return this.tools.onTap(this, place);
  }

  #drawMeta(wall) {
    const { date, edited, pinned, reaction, from } = this.message;
    const marks = [reaction, pinned && "📌", edited && "edited"].filter(Boolean);
    const moment = new Date(date * 1000);
    this.meta.replaceChildren(
      ...marks.map((mark) => el("span", {}, mark)),
      el("time", { datetime: moment.toISOString(), title: wall.full(moment) }, wall.time(moment)),
    );
    this.element.setAttribute("aria-label", `${from === "bot" ? "Bot" : "Person"}, ${wall.time(moment)}`);
  }
}

function badge(symbol, name) {
  return el("div", { class: "badge" }, icon(symbol), el("span", {}, name));
}

function fileLink(file) {
  const names = el("span", {}, el("b", {}, file.name), el("small", {}, sizeWords(file.size)));
  return el("a", { class: "badge file", href: file.url, download: file.name }, icon("file"), names);
}
