// Draw the charts of a page: each [data-chart] names the data block its figure stands in.
//
// Colours in a figure are names of tokens, such as var(--plot-1); what they mean now is asked of the
// page, and charts are drawn anew when that changes. plotly itself comes from this server, once, and
// only when a chart is there. Without JavaScript the table under the chart says the same.
//
// <div class="plot" data-chart="id of the data block" data-plotly="address of plotly"
//      data-reserved="names of style sheets"></div>

const token = /^var\((--[\w-]+)\)$/;
const drawn = new Map(); // element → colours it was drawn with
const config = { displayModeBar: false, displaylogo: false, showTips: false, responsive: true };
let loading = null;

// Names in `reserved` are style sheets of maps that plotly would put in, were the names not taken.
function load(address, reserved) {
  loading ||= new Promise((done, failed) => {
    for (const name of reserved.split(" ").filter(Boolean)) {
      const taken = document.createElement("template");
      taken.id = name;
      document.head.append(taken);
    }
    const script = document.createElement("script");
    script.src = address;
    script.addEventListener("load", () => done(window.Plotly));
    script.addEventListener("error", () => {
      loading = null;
      failed(new Error("the charts' script did not come"));
    });
    document.head.append(script);
  });
  return loading;
}

// A figure with its tokens as colours; which ones were used is noted in `used`.
function coloured(value, styles, used) {
  if (typeof value === "string") {
    const name = token.exec(value)?.[1];
    if (!name) return value;
    const colour = styles.getPropertyValue(name).trim();
    used.set(name, colour);
    return colour;
  }
  if (Array.isArray(value)) return value.map((each) => coloured(each, styles, used));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, coloured(each, styles, used)]));
}

// Names of days and months in the page's language, which plotly knows in English alone.
function language(plotly) {
  const code = document.documentElement.lang || "en";
  if (code.startsWith("en")) return "en";
  const names = (shape, count, at) =>
    Array.from({ length: count }, (_, n) => new Intl.DateTimeFormat(code, { ...shape, timeZone: "UTC" }).format(at(n)));
  const day = (n) => new Date(Date.UTC(2026, 1, 1 + n)); // a Sunday first
  const month = (n) => new Date(Date.UTC(2026, n, 1));
  plotly.register({
    moduleType: "locale",
    name: code,
    dictionary: {},
    format: {
      days: names({ weekday: "long" }, 7, day),
      shortDays: names({ weekday: "short" }, 7, day),
      months: names({ month: "long" }, 12, month),
      shortMonths: names({ month: "short" }, 12, month),
      date: "%d/%m/%Y",
    },
  });
  return code;
}

function same(one, other) {
  return one.size === other.size && [...one].every(([name, colour]) => other.get(name) === colour);
}

async function draw(place) {
  const block = document.getElementById(place.dataset.chart);
  if (!block) return;
  const figure = JSON.parse(block.textContent);
  const plotly = await load(place.dataset.plotly, place.dataset.reserved);
  if (!place.isConnected) return;
  const styles = getComputedStyle(place);
  const used = new Map();
  const { data, layout } = coloured(figure, styles, used);
  if (drawn.has(place) && same(drawn.get(place), used)) return;
  layout.font.family = styles.fontFamily;
  drawn.set(place, used);
  place.dataset.drawn ||= "soon"; // it has a size from now on
  await plotly.react(place, data, layout, { ...config, locale: language(plotly) });
  place.dataset.drawn = "yes";
}

async function drawAll() {
  for (const place of [...drawn.keys()]) {
    if (place.isConnected) continue;
    window.Plotly?.purge(place);
    drawn.delete(place);
  }
  for (const place of document.querySelectorAll("[data-chart]")) {
    try {
      await draw(place);
    } catch {
      place.closest("figure")?.querySelector("details")?.setAttribute("open", ""); // the table says it
    }
  }
}

document.addEventListener("live:replaced", drawAll);
new MutationObserver(drawAll).observe(document.documentElement, { attributes: true });
window.matchMedia("print").addEventListener("change", drawAll);
drawAll();
