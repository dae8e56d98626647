// Presses that outlive a gap in the network: kept on this device until the server has answered,
// sent again in order, and done at most once, for each has its own key.
//
//   <section id="unsent" data-presses data-actor="…" hidden>   where they are listed
//   form[data-press]   a form that is sent so; data-then is where a question leads afterwards
//
// Kept by person: what one of them pressed is never sent in the name of another.

const room = document.querySelector("[data-presses]");
const me = room.dataset.actor;
const place = `presses ${me}`;
const patience = 8000; // milliseconds until an answer counts as lost
const slowest = 20000;
const forgotten = 20 * 3600 * 1000; // the server knows a key for a day; older ones are not sent
let pause = 1000;
let timer = 0;
let busy = false;

function kept() {
  try {
    return JSON.parse(localStorage.getItem(place)) || [];
  } catch {
    return [];
  }
}

function keep(presses) {
  localStorage.setItem(place, JSON.stringify(presses));
}

function change(key, make) {
  keep(kept().flatMap((each) => (each.key === key ? make(each) : [each])));
}

function clock(at) {
  return new Date(at).toISOString().slice(11, 16);
}

function fresh() {
  return crypto.randomUUID?.() || [...crypto.getRandomValues(new Uint8Array(16))].map((each) => each.toString(16).padStart(2, "0")).join("");
}

// ---- what is shown

function put(tag, words, parent) {
  const made = document.createElement(tag);
  made.textContent = words;
  parent.append(made);
  return made;
}

function show() {
  const presses = kept();
  room.replaceChildren();
  room.hidden = !presses.length;
  if (presses.length) {
    const open = presses.filter((each) => !each.refused).length;
    put("p", open ? `Not sent yet: ${open}. Kept on this device; sent as soon as the line is back.` : "Refused by the server:", room).className = "big";
    const list = put("ul", "", room);
    for (const each of presses) {
      const line = put("li", `${each.label}, pressed ${clock(each.at)} UTC`, list);
      if (each.refused) put("b", `: ${each.refused} `, line);
      else if (each.waits) put("span", ` (${each.waits}) `, line);
      const away = put("button", each.refused ? "Seen" : "Take back", line);
      away.className = "button";
      away.type = "button";
      away.addEventListener("click", () => {
        change(each.key, () => []);
        show();
      });
    }
  }
  const waiting = new Map(presses.filter((each) => !each.refused).map((each) => [each.action, each]));
  for (const form of document.querySelectorAll("form[data-press]")) {
    const button = form.querySelector("button[type=submit]");
    const one = waiting.get(form.getAttribute("action"));
    button.disabled = Boolean(one);
    button.dataset.words ??= button.textContent;
    button.textContent = one ? `${button.dataset.words}: not sent yet` : button.dataset.words;
  }
}

// ---- sending

async function send(each) {
  const form = new URLSearchParams(each.fields);
  const token = document.querySelector("input[name=csrf_token]");
  if (token) form.set("csrf_token", token.value);
  const answer = await fetch(each.action, {
    method: "POST",
    body: form,
    redirect: "manual",
    headers: { Accept: "application/json", "Idempotency-Key": each.key, "X-Pressed-At": new Date(each.at).toISOString() },
    signal: AbortSignal.timeout(patience),
  });
  if (answer.type === "opaqueredirect" || answer.status === 401) return { waits: "sign in again to send it" };
  if (answer.status === 429 || answer.status >= 500) return { waits: `the server answers ${answer.status}` };
  const told = await answer.json().catch(() => null);
  if (!told) return { waits: "the answer was not the server's" }; // of a proxy or a sign-in page of the network
  return answer.ok && told.said ? { done: told } : { refused: told.detail || `the server answers ${answer.status}` };
}

async function sendAll() {
  if (busy) return;
  busy = true;
  clearTimeout(timer);
  let went = null;
  let failed = false;
  for (const each of kept().filter((one) => !one.refused)) {
    let found;
    if (Date.now() - each.at > forgotten) found = { refused: "too old to be sent; look at the sheet and press again" };
    else {
      try {
        found = await send(each);
      } catch {
        found = { waits: "no line" };
      }
    }
    change(each.key, (one) => (found.done ? [] : [{ ...one, ...found }]));
    if (found.done) went = each;
    show();
    if (found.waits) {
      failed = true;
      break; // the order is kept
    }
  }
  busy = false;
  pause = failed ? Math.min(pause * 1.6, slowest) : 1000;
  if (failed) timer = setTimeout(sendAll, pause);
  if (went && !failed && kept().every((each) => each.refused)) location.assign(went.then || location.pathname);
  else if (!failed && kept().some((one) => !one.refused)) sendAll();
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-press]");
  if (!form) return;
  event.preventDefault();
  const fields = [...new FormData(form)].filter(([name]) => name !== "csrf_token");
  const action = form.getAttribute("action");
  if (kept().some((each) => each.action === action && !each.refused)) return; // a second tap
  const label = form.dataset.press || form.querySelector("button[type=submit]").textContent.trim();
  const press = { key: fresh(), action, fields, label, at: Date.now(), then: form.dataset.then || "" };
  keep([...kept(), press]);
  show();
  pause = 1000;
  sendAll();
});

document.addEventListener("live:replaced", show);
window.addEventListener("online", sendAll);
window.addEventListener("storage", show);
document.addEventListener("visibilitychange", () => document.hidden || sendAll());
show();
sendAll();
