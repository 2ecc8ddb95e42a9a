// Toasts, and alerts that want to be confirmed.

import { el } from "/page/dom.js";

const SHORTEST_MS = 4_000;
const MS_A_LETTER = 60;

/** Show a line for a while; long enough to be read. */
export function toast(region, text, kind = "plain") {
  const note = el("div", { class: `toast ${kind}` }, text);
  region.append(note);
  while (region.children.length > 3) region.firstElementChild.remove();
  setTimeout(() => note.remove(), SHORTEST_MS + text.length * MS_A_LETTER);
}

/** Dialogs for alerts, one after the other. */
export class Alerts {
  constructor(dialog) {
    this.dialog = dialog;
    this.waiting = [];
    dialog.addEventListener("close", () => this.#next());
  }

  show(text) {
    this.waiting.push(text);
    if (!this.dialog.open) this.#next();
  }

  #next() {
    const text = this.waiting.shift();
    if (text === undefined) return;
    this.dialog.querySelector("p").textContent = text;
    this.dialog.showModal();
  }
}

/** Put a text on the clipboard; says whether that worked. */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

// Older browsers, and pages that were refused the clipboard.
function copyBySelection(text) {
  const field = el("textarea", { class: "sr", readonly: true });
  field.value = text;
  document.body.append(field);
  const before = document.activeElement;
  field.select();
  const worked = document.execCommand("copy");
  field.remove();
  before?.focus();
  return worked;
}
