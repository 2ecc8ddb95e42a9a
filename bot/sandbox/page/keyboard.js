// Inline buttons below a message: rows of buttons of equal width.

import { el, icon } from "/page/dom.js";
import { safeHref } from "/page/rich.js";

/** Rows for `buttons`; `onPress({row, column}, button)` is called for all but links. */
export function keyboard(buttons, onPress) {
  return buttons.map((row, r) =>
    el("div", { class: "keyrow" }, ...row.map((button, c) => key(button, { row: r, column: c }, onPress))),
  );
}

function key(button, place, onPress) {
  const common = { class: "key", "data-place": `${place.row}.${place.column}` };
  const label = el("span", {}, button.text);
  const href = button.url === undefined ? null : safeHref(button.url);
  if (href) {
    return el("a", { ...common, href, target: "_blank", rel: "noopener noreferrer" }, label, icon("link"));
  }
  const press = (event) => {
    if (button.data !== undefined) event.currentTarget.classList.add("waiting");
    onPress(place, button);
  };
  const mark = button.copy === undefined ? null : icon("copy");
  return el("button", { ...common, type: "button", onclick: press }, label, mark);
}
