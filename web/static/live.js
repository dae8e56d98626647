// Follow the server: ask every few seconds, replace the panels that changed, keep focus, choice and
// scroll, and say "stale since" after two failures. The page brings its own tag, so that the first
// question may already be answered by 304.
//
// <body data-live data-tag="…" data-now="…" data-every="3000" data-most="20000">
//   data-assets   version of scripts and styles: when the answer has another, the page loads anew
//   #stale        the bar that is shown while the server is away
//   [data-live]   panels with an id, replaced by the panel of that id in the answer
//   [data-zone]   clocks that run here: hours and minutes of that time zone
//   [data-as-of]  how old the figures are

const body = document.body;
const every = Number(body.dataset.every || 5000);
const most = Number(body.dataset.most || 60000);
const bar = document.getElementById("stale");
let skew = skewOf(body); // the server's clock counts, not this one
let tag = body.dataset.tag;
let failures = 0;
let answered = now();

function skewOf(page) {
  return Date.parse(page.dataset.now) - Date.now();
}

function now() {
  return Date.now() + skew;
}

function clock(zone, seconds = false) {
  const shape = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone };
  if (seconds) shape.second = "2-digit";
  return (at) => new Intl.DateTimeFormat("en-GB", shape).format(new Date(at));
}

const utcSeconds = clock("UTC", true);
const clocks = new Map();
const shown = new WeakMap();

function age(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 60) return `${seconds}\u00a0s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}\u00a0min`;
  return `${Math.floor(minutes / 60)}\u00a0h\u00a0${String(minutes % 60).padStart(2, "0")}`;
}

function say(element, words) {
  if (element && element.textContent !== words) element.textContent = words;
}

function tick() {
  for (const each of document.querySelectorAll("[data-zone]")) {
    const zone = each.dataset.zone;
    if (!clocks.has(zone)) clocks.set(zone, clock(zone));
    say(each, clocks.get(zone)(now()));
  }
  for (const each of document.querySelectorAll("[data-as-of]")) {
    say(each, `figures ${age(now() - answered)} old`);
  }
  if (failures >= 2) say(document.getElementById("stale-age"), `${age(now() - answered)} old`);
}

// ---- state of a panel that must outlive its replacement

function nameOf(element) {
  if (!element || element === body) return null;
  if (element.id) return `#${CSS.escape(element.id)}`;
  const { name, value } = element;
  if (name) return `[name="${CSS.escape(name)}"]${value ? `[value="${CSS.escape(value)}"]` : ""}`;
  const href = element.getAttribute("href");
  return href ? `a[href="${CSS.escape(href)}"]` : null;
}

function isBusy(panel) {
  const at = document.activeElement;
  if (panel.contains(at) && at.matches("textarea, select, input:not([type=checkbox], [type=radio])")) return true;
  const typed = (field) => field.value !== field.defaultValue;
  return [...panel.querySelectorAll("textarea, input[type=text], input[type=search]")].some(typed);
}

function remember(panel) {
  const ticked = "input[type=checkbox]:checked";
  return {
    focus: panel.contains(document.activeElement) ? nameOf(document.activeElement) : null,
    ticked: [...panel.querySelectorAll(ticked)].map(nameOf),
    open: [...panel.querySelectorAll("details[open][id]")].map(nameOf),
    scroll: [...panel.querySelectorAll(".scroll")].map((each) => [each.scrollLeft, each.scrollTop]),
  };
}

function restore(panel, kept) {
  for (const name of kept.ticked) {
    const box = name && panel.querySelector(name);
    if (box) box.checked = true;
  }
  for (const name of kept.open) panel.querySelector(name)?.setAttribute("open", "");
  panel.querySelectorAll(".scroll").forEach((each, at) => {
    [each.scrollLeft, each.scrollTop] = kept.scroll[at] || [0, 0];
  });
  if (kept.focus) panel.querySelector(kept.focus)?.focus({ preventScroll: true });
}

function replace(fresh) {
  for (const panel of document.querySelectorAll("[data-live][id]")) {
    const next = fresh.getElementById(panel.id);
    if (!next || isBusy(panel) || next.innerHTML === shown.get(panel)) continue;
    const kept = remember(panel);
    const put = document.importNode(next, true);
    shown.set(put, next.innerHTML);
    panel.replaceWith(put);
    restore(put, kept);
  }
  body.className = fresh.body.className;
  document.title = fresh.title;
  document.dispatchEvent(new CustomEvent("live:replaced"));
}

// ---- after an upgrade of the server

const renewed = "ssoc.renewed";
const calm = 60_000; // two servers of different versions behind one name must not make it flicker

// Load the page anew, but only once all that it will need has come: a screen is never blank.
async function renew(fresh) {
  const wanted = fresh.body.dataset.assets;
  if (!wanted || wanted === body.dataset.assets) return false;
  if (Date.now() - Number(sessionStorage.getItem(renewed) || 0) < calm) return false;
  const parts = [...fresh.querySelectorAll("link[rel=stylesheet], script[src]")];
  const answers = await Promise.all(
    parts.map((each) => fetch(each.getAttribute("href") || each.getAttribute("src"), { signal: AbortSignal.timeout(8000) })),
  );
  if (!answers.every((each) => each.ok)) return false;
  sessionStorage.setItem(renewed, String(Date.now()));
  location.reload();
  return true;
}

// ---- asking

function lost(because) {
  failures += 1;
  if (failures < 2) return;
  body.classList.add("stale");
  say(document.getElementById("stale-since"), `Stale since ${utcSeconds(answered)} UTC: ${because}`);
  swap(true);
  bar?.removeAttribute("hidden");
  document.querySelectorAll("[data-hide-when-stale]").forEach((each) => each.setAttribute("hidden", ""));
}

// What an answer of its own freshness says is no longer true while the server is away.
function swap(isStale) {
  for (const each of document.querySelectorAll("[data-when-stale]")) {
    each.dataset.fresh ??= each.textContent;
    each.textContent = isStale ? each.dataset.whenStale : each.dataset.fresh;
  }
}

function found() {
  if (failures >= 2) swap(false);
  failures = 0;
  answered = now();
  body.classList.remove("stale");
  bar?.setAttribute("hidden", "");
  document.querySelectorAll("[data-hide-when-stale]").forEach((each) => each.removeAttribute("hidden"));
}

function reason(status) {
  if (status === 401 || status === 403) return "this screen is signed out, open its link again";
  if (status === 503) return "the server has lost its database";
  return `the server answers with an error (${status})`;
}

async function ask() {
  try {
    const answer = await fetch(location.href, {
      headers: { "If-None-Match": tag, Accept: "text/html" },
      cache: "no-store",
      redirect: "manual",
      signal: AbortSignal.timeout(8000),
    });
    if (answer.status === 200) {
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (fresh.body.dataset.tag === undefined) throw new Error("not this page"); // of a proxy, say
      skew = skewOf(fresh.body);
      found();
      tag = answer.headers.get("ETag") || tag;
      if (await renew(fresh)) return;
      replace(fresh);
    } else if (answer.status === 304) {
      found();
    } else {
      lost(reason(answer.type === "opaqueredirect" ? 401 : answer.status));
    }
  } catch {
    lost("this screen has lost the server");
  }
  tick();
  const pause = Math.min(every * 2 ** failures, Math.max(most, every));
  say(document.getElementById("stale-every"), `trying every ${Math.round(pause / 1000)}\u00a0s`);
  setTimeout(ask, failures ? pause * (0.9 + Math.random() * 0.2) : pause);
}

tick();
setInterval(tick, 1000);
setTimeout(ask, every);
