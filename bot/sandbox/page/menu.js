// A small menu that opens above its button.

import { el, icon } from "/page/dom.js";

/** Open a menu of `{icon, label, hint, act}`; null is a line between items. */
export function openMenu(button, items) {
  const before = button.parentElement.querySelector('[role="menu"]');
  if (before) return before.closeMenu();
  const menu = el("div", { role: "menu", class: "menu", "aria-label": button.getAttribute("aria-label") });
  const aside = new AbortController();

  const close = (refocus) => {
    aside.abort();
    menu.remove();
    button.setAttribute("aria-expanded", "false");
    if (refocus) button.focus();
  };
  menu.closeMenu = () => close(true);
  menu.append(...items.map((item) => (item ? entry(item, close) : el("hr", { role: "separator" }))));
  menu.addEventListener("keydown", (event) => steer(event, menu, close));
  document.addEventListener(
    "pointerdown",
    (event) => menu.contains(event.target) || button.contains(event.target) || close(false),
    { signal: aside.signal },
  );
  button.parentElement.append(menu);
  button.setAttribute("aria-expanded", "true");
  menu.firstElementChild.focus();
}

function entry(item, close) {
  const choose = () => {
    close(true);
    item.act();
  };
  return el(
    "button",
    { type: "button", role: "menuitem", tabindex: -1, class: item.danger ? "danger" : null, onclick: choose },
    item.icon ? icon(item.icon) : null,
    el("span", { class: "name" }, item.label),
    item.hint ? el("span", { class: "hint" }, item.hint) : null,
  );
}

function steer(event, menu, close) {
  const entries = [...menu.querySelectorAll('[role="menuitem"]')];
  const at = entries.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: entries.length - 1 }[event.key];
  if (event.key === "Escape") close(true);
  else if (event.key === "Tab") return close(false);
  else if (to === undefined) return;
  else entries.at(to % entries.length).focus();
  event.preventDefault();
  event.stopPropagation();
}
