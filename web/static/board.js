// The board of sites: filters what is drawn without asking the server, and lets the arrow keys go from
// square to square. The same filters are a form without this script.
//
//   [data-board]           the drawing; each link is a site: data-s state, -w wave, -m market, -r region,
//                          -k what blocks it, -c crew, -l line, -a place in the line, -x readiness lost
//   [data-board-filters]   the form; fields are named as in `fields`, and q for words
//   [data-board-count]     how many are left; [data-board-line] what the square under the hand is
//   [data-board-key]       an entry of the legend with its states, its number in <b>
const fields = { state: "s", wave: "w", market: "m", region: "r", kind: "k", crew: "c" };
const form = document.querySelector("[data-board-filters]");
const count = document.querySelector("[data-board-count]");
let names = new WeakMap();
let said = "";

const board = () => document.querySelector("[data-board]");
const squares = () => [...board().querySelectorAll("a")];
const isLeft = (square) => !square.classList.contains("off");
const figure = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, "\u202f");

function nameOf(square) {
  let name = names.get(square);
  if (name === undefined) names.set(square, (name = square.getAttribute("aria-label").toLowerCase()));
  return name;
}

function asked() {
  const given = new FormData(form);
  const same = Object.entries(fields)
    .map(([name, key]) => [key, (given.get(name) || "").toString()])
    .filter(([, value]) => value);
  const words = (given.get("q") || "").toString().toLowerCase().split(/\s+/).filter(Boolean);
  return { same, words, given };
}

function filter() {
  const { same, words, given } = asked();
  const all = squares();
  const numbers = new Map();
  let left = 0;
  for (const square of all) {
    const stays =
      same.every(([key, value]) => (square.dataset[key] || "") === value) &&
      (!words.length || words.every((word) => nameOf(square).includes(word)));
    square.classList.toggle("off", !stays);
    if (!stays) continue;
    left += 1;
    numbers.set(square.dataset.s, (numbers.get(square.dataset.s) || 0) + 1);
    if (square.dataset.x) numbers.set("lost", (numbers.get("lost") || 0) + 1);
  }
  for (const each of document.querySelectorAll("[data-board-key]")) {
    const number = each.dataset.boardKey.split("|").reduce((sum, state) => sum + (numbers.get(state) || 0), 0);
    each.querySelector("b").textContent = figure(number);
  }
  const text = `${figure(left)} of ${figure(all.length)}\u00a0${all.length === 1 ? "site" : "sites"}`;
  if (count.textContent !== text) count.textContent = text;
  if (!all.some((each) => each.tabIndex === 0 && isLeft(each))) stop(all.find(isLeft));
  return given;
}

// The address says what is shown, so that it can be sent to a colleague; so does the way to the table.
function remember(given) {
  const place = new URL(location.href);
  const query = new URLSearchParams([...given].filter(([, value]) => value));
  place.search = query.toString();
  history.replaceState(null, "", place);
  const table = document.querySelector("[data-board-table]");
  if (table) table.search = place.search;
}

// One square is a stop of Tab; the arrow keys move it.
function stop(square) {
  for (const each of squares()) if (each.tabIndex === 0) each.tabIndex = -1;
  if (square) square.tabIndex = 0;
}

function say(square) {
  const line = document.querySelector("[data-board-line]");
  if (!line) return;
  const text = document.createElement("bdi");
  text.textContent = square ? square.getAttribute("aria-label") : said;
  if (!square) text.className = "quiet";
  line.replaceChildren(text);
}

const goes = {
  ArrowRight: (all, at) => all[at + 1],
  ArrowLeft: (all, at) => all[at - 1],
  Home: (all, at) => all.find((each) => each.dataset.l === all[at].dataset.l),
  End: (all, at) => all.findLast((each) => each.dataset.l === all[at].dataset.l),
  ArrowDown: (all, at) => nearest(all, all[at], 1),
  ArrowUp: (all, at) => nearest(all, all[at], -1),
};

function nearest(all, from, by) {
  const line = Number(from.dataset.l);
  const beyond = all.filter((each) => (Number(each.dataset.l) - line) * by > 0);
  if (!beyond.length) return undefined;
  const next = (by > 0 ? beyond[0] : beyond[beyond.length - 1]).dataset.l;
  const far = (each) => Math.abs(Number(each.dataset.a) - Number(from.dataset.a));
  return beyond.filter((each) => each.dataset.l === next).reduce((best, each) => (far(each) < far(best) ? each : best));
}

function move(event) {
  const square = event.target.closest?.("[data-board] a");
  const go = goes[event.key];
  if (!square || !go || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  const all = squares().filter(isLeft);
  const next = go(all, all.indexOf(square));
  if (!next) return;
  stop(next);
  next.focus();
}

function begin() {
  said = board().getAttribute("aria-label");
  names = new WeakMap();
  const { same, words } = asked(); // the server drew what the address asks for; a form may be kept
  if (same.length || words.length || board().querySelector(".off")) filter();
}

if (form && board()) {
  form.addEventListener("input", () => remember(filter()));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    remember(filter());
  });
  form.querySelector("[data-board-all]").addEventListener("click", (event) => {
    event.preventDefault();
    for (const each of form.elements) if (each.name) each.value = "";
    remember(filter());
  });
  form.querySelector("[data-board-send]").hidden = true;
  document.addEventListener("keydown", move);
  const at = (event) => event.target.closest?.("[data-board] a");
  document.addEventListener("pointerover", (event) => at(event) && say(at(event)));
  document.addEventListener("focusin", (event) => at(event) && say(at(event)));
  document.addEventListener("live:replaced", begin);
  addEventListener("pageshow", (event) => event.persisted && begin());
  begin();
}
