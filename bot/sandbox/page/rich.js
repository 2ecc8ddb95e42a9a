// Message HTML is rebuilt from an allow-list, even though the sandbox escapes it already.

import { el } from "/page/dom.js";

const PLAIN = new Set(["B", "I", "U", "S", "CODE", "PRE", "BR"]);
const BLOCKS = new Set(["PRE", "BLOCKQUOTE"]);
const SCHEMES = new Set(["http:", "https:", "tg:"]);

/** The address if it is absolute and of a harmless scheme, else null. */
export function safeHref(address) {
  try {
    const url = new URL(address);
    return SCHEMES.has(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

/** Nodes for a message's HTML. `wall` shows moments, `onCommand` gets a pressed /command. */
export function richNodes(html, { wall, onCommand }) {
  // A parsed document runs no script and loads no picture.
  const parsed = new DOMParser().parseFromString(html, "text/html");
  return rebuilt(parsed.body, { wall, onCommand });
}

function rebuilt(parent, tools) {
  return Array.from(parent.childNodes).flatMap((node) => {
    if (node.nodeType === Node.TEXT_NODE) return [document.createTextNode(node.data)];
    if (node.nodeType !== Node.ELEMENT_NODE || isSpareBreak(node)) return [];
    return [element(node, tools)].flat();
  });
}

// A block ends its line by itself; the break behind it would be an empty line.
function isSpareBreak(node) {
  return node.tagName === "BR" && BLOCKS.has(node.previousSibling?.nodeName);
}

function element(node, tools) {
  const inner = rebuilt(node, tools);
  if (PLAIN.has(node.tagName)) return el(node.tagName.toLowerCase(), {}, ...inner);
  if (node.tagName === "A") return link(node, inner);
  if (node.tagName === "BLOCKQUOTE") return quote(node, inner);
  if (node.tagName === "TIME" || node.tagName === "TG-TIME") return moment(node, inner, tools.wall);
  if (node.tagName === "TG-SPOILER" || node.classList.contains("spoiler")) return spoiler(inner);
  if (node.classList.contains("command")) return command(node, tools.onCommand);
  return inner;
}

function link(node, inner) {
  const href = safeHref(node.getAttribute("href") ?? "");
  return href ? el("a", { href, target: "_blank", rel: "noopener noreferrer" }, ...inner) : inner;
}

function onPress(act) {
  return (event) => {
    if (event.type === "keydown" && event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    act(event.currentTarget);
  };
}

function spoiler(inner) {
  const show = onPress((node) => {
    node.classList.add("shown");
    node.removeAttribute("role");
    node.removeAttribute("tabindex");
    node.removeAttribute("aria-label");
  });
  return el(
    "span",
    { class: "spoiler", role: "button", tabindex: 0, "aria-label": "Hidden text, press to show", onclick: show, onkeydown: show },
    el("span", {}, ...inner),
  );
}

function quote(node, inner) {
  if (!node.classList.contains("expandable") && !node.hasAttribute("expandable")) return el("blockquote", {}, ...inner);
  const turn = onPress((quoted) => quoted.setAttribute("aria-expanded", quoted.getAttribute("aria-expanded") !== "true"));
  return el(
    "blockquote",
    { class: "expandable", role: "button", tabindex: 0, "aria-expanded": "false", onclick: turn, onkeydown: turn },
    el("div", {}, ...inner),
  );
}

function moment(node, inner, wall) {
  const unix = Number(node.dataset.unix ?? node.getAttribute("unix"));
  if (!Number.isFinite(unix)) return inner;
  const format = node.dataset.format ?? node.getAttribute("format") ?? "";
  const shown = format && format !== "r" ? [wall.styled(unix * 1000, format)] : inner;
  return el("time", { datetime: new Date(unix * 1000).toISOString(), title: wall.full(unix * 1000) }, ...shown);
}

function command(node, onCommand) {
  const text = node.textContent;
  return el("button", { type: "button", class: "command", onclick: () => onCommand(text) }, text);
}
