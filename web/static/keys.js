// The keyboard: the same keys on every list, off while typing, switchable off. A key only presses a
// button that is also there to be clicked: [data-key]. Rows of a list are [data-row]. Where g leads is
// in the help: [data-go].
const dialog = document.getElementById("keys-help");
let going = 0;

const rows = () => [...document.querySelectorAll("[data-row]")];
const current = () => document.querySelector('[data-row][aria-selected="true"]');
const isOff = () => document.documentElement.dataset.keys === "off";

function isTyping(element) {
  return element.matches?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
}

async function preview(row) {
  const pane = document.getElementById("pane");
  if (!pane || !row.dataset.pane || pane.dataset.of === row.dataset.row) return;
  pane.dataset.of = row.dataset.row;
  const answer = await fetch(row.dataset.pane, { cache: "no-store", redirect: "manual" }).catch(() => null);
  if (!answer?.ok || pane.dataset.of !== row.dataset.row) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  pane.replaceChildren(...fresh.body.childNodes);
}

function choose(row, { focus = true } = {}) {
  if (!row) return;
  for (const each of rows()) each.toggleAttribute("aria-selected", false);
  row.setAttribute("aria-selected", "true");
  const at = document.getElementById("at");
  if (at) at.value = row.dataset.row;
  const place = new URL(location.href);
  if (document.body.hasAttribute("data-live") && place.searchParams.get("at") !== row.dataset.row) {
    place.searchParams.set("at", row.dataset.row);
    history.replaceState(null, "", place);
  }
  if (focus) {
    keepClearOfTheBar();
    row.querySelector("a[href]")?.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }
  preview(row);
}

// What is scrolled to, by a key or by Tab, ends above the bar that sticks to the foot of a list.
function keepClearOfTheBar() {
  const bar = document.querySelector(".bulk");
  const isSticky = bar && getComputedStyle(bar).position === "sticky";
  document.documentElement.style.scrollPaddingBlockEnd = isSticky ? `${bar.offsetHeight}px` : "";
}

function step(by) {
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(current());
  choose(all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + by))]);
}

function tick() {
  const box = current()?.querySelector("input[type=checkbox]");
  if (!box || box.disabled) return;
  box.checked = !box.checked;
  count();
}

function count() {
  const place = document.getElementById("chosen");
  if (!place) return;
  const number = document.querySelectorAll("[data-row] input[type=checkbox]:checked").length;
  place.textContent = String(number);
}

// What a key would press: a button of the page; on a list it means the chosen rows, or this one.
function press(key) {
  const target = [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].find((each) => each.checkVisibility());
  if (!target) return false;
  const boxes = "[data-row] input[type=checkbox]";
  if (target.closest("[data-bulk]") && !document.querySelector(`${boxes}:checked`)) {
    const own = current()?.querySelector("input[type=checkbox]");
    if (own && !own.disabled) own.checked = true;
    count();
  }
  if (target.matches("details")) {
    target.open = true;
    target.querySelector("input:not([type=hidden]), textarea, select, button")?.focus();
  } else if (target.matches("input, textarea")) {
    target.focus();
  } else {
    target.click();
  }
  return true;
}

function open() {
  const link = current()?.querySelector(".what a, a[href]");
  if (link) link.click();
  return Boolean(link);
}

// What a key would do on this very page; the help shows no other.
function works(key) {
  if (key === "?" || (key === "Esc" && document.querySelector("main form"))) return true;
  if (["j", "k", "Enter"].includes(key)) return rows().length > 0;
  if (key === "x") return Boolean(document.querySelector("[data-row] input[type=checkbox]"));
  if (key === "/") return Boolean(document.querySelector("#find, #f-q"));
  return [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].some((each) => each.checkVisibility());
}

function help() {
  if (!dialog) return;
  for (const row of dialog.querySelectorAll("[data-help]")) {
    row.hidden = !row.dataset.help.split(" ").some(works);
  }
  if (dialog.open) dialog.close();
  else dialog.showModal();
}

// ---- a form that is left by Esc: back to where one came from, the focus on what led here

let isWritten = Boolean(document.querySelector("main form [role=alert]"));

function nameOf(element) {
  if (element.id) return `#${CSS.escape(element.id)}`;
  const href = element.getAttribute("href");
  if (href) return `a[href="${CSS.escape(href)}"]`;
  const { name, value } = element;
  return name ? `[name="${CSS.escape(name)}"][value="${CSS.escape(value)}"]` : "";
}

function leave() {
  const link = document.querySelector("[data-escape]");
  if (!link) return false;
  if (isWritten && document.activeElement !== link) link.focus(); // once more: what was typed goes
  else link.click();
  return true;
}

document.addEventListener("input", (event) => {
  if (event.target.closest("main form")) isWritten = true;
});

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href], button, input[type=submit]");
  if (!link) return;
  if (link.matches("[data-escape]")) {
    sessionStorage.setItem("ssoc.back", "yes");
    return;
  }
  const at = document.activeElement;
  const opener = !at || at === document.body || at.closest("dialog") ? link : at;
  sessionStorage.setItem(`ssoc.opener ${location.pathname}`, nameOf(opener));
}, true);

function comeBack() {
  const name = sessionStorage.getItem(`ssoc.opener ${location.pathname}`);
  if (sessionStorage.getItem("ssoc.back") && name) document.querySelector(name)?.focus();
  sessionStorage.removeItem("ssoc.back");
}

function find() {
  document.querySelector("#find, #f-q")?.focus();
}

const acts = { j: () => step(1), k: () => step(-1), x: tick, "/": find, "?": help };

// Ctrl+Enter sends what is being written, by the first button of its form.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
  const form = event.target.matches?.("textarea") && event.target.form;
  if (!form) return;
  event.preventDefault();
  form.requestSubmit(form.querySelector("button[type=submit]"));
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (isTyping(event.target)) {
    if (event.key === "Escape" && !leave()) event.target.blur();
    return;
  }
  if (dialog?.open && event.key !== "?") return;
  if (event.key === "Escape" && leave()) return;
  if (isOff() && event.key !== "?") return;
  if (going && event.timeStamp - going < 1500) {
    going = 0;
    const link = dialog?.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
    if (link) {
      event.preventDefault();
      link.click();
    }
    return;
  }
  going = event.key === "g" ? event.timeStamp : 0;
  if (event.key === "Enter") {
    if (event.target.closest("a, button, summary, input")) return;
    if (open()) event.preventDefault();
    return;
  }
  const act = acts[event.key];
  if (act) act();
  if (act || press(event.key)) event.preventDefault();
});

document.addEventListener("change", (event) => {
  if (event.target.matches?.("[data-row] input[type=checkbox]")) count();
});

document.addEventListener("focusin", (event) => {
  const row = event.target.closest?.("[data-row]");
  if (row && row !== current()) choose(row, { focus: false });
});

document.addEventListener("live:replaced", () => {
  const at = document.getElementById("pane")?.dataset.of;
  if (at) rows().forEach((each) => each.toggleAttribute("aria-selected", false));
  const row = at && document.querySelector(`[data-row="${CSS.escape(at)}"]`);
  if (row) row.setAttribute("aria-selected", "true");
  keepClearOfTheBar();
  count();
});
addEventListener("resize", keepClearOfTheBar);

document.querySelectorAll("[data-keys-help]").forEach((link) =>
  link.addEventListener("click", (event) => {
    if (!dialog) return;
    event.preventDefault();
    help();
  }),
);
keepClearOfTheBar();
count();
comeBack();
