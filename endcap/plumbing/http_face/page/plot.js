// Draws days: what sold, what was expected, and what stood between. One drawing for the kiosk and
// the dashboard. It is given values and asks nobody; what is not known is left out, never a zero.

import { el, number, svg, table } from "/page/shared/endcap.js";

const WIDTH = 960;
const PLOT = { left: 46, right: 950, top: 24, bottom: 280 };
const LANES = { promotion: 292, mark: 312 };
const HEIGHT = 356;
const IN_STOCK = 0.999;
const LETTER = { holiday: "H", school: "S", special: "D", closed: "X", event: "E" };
const WORD = { holiday: "holiday", school: "school holiday", special: "special day", closed: "closed", event: "event" };
let drawn = 0;

const known = (value) => value !== null && value !== undefined;
const missing = (day) => known(day.in_stock) && day.in_stock < IN_STOCK;

/** A day as people write it: "Tue 3 Mar". The text is the store's own date: no time zone moves it. */
export function dayName(day) {
  return new Date(`${day}T12:00:00Z`).toLocaleDateString("en", { weekday: "short", day: "numeric", month: "short", timeZone: "UTC" })
    .replace(/^(\w+), (\w+) (\d+)$/, "$1 $3 $2");
}

/**
 * A figure of `days`, each {day, units, estimate, in_stock, promotion, marks: [{kind, name}],
 * expected, low, high, inner_low, inner_high}; null or absent is unknown. `estimate` is the demand
 * behind the sales of a day with a stock-out. Arrow keys, Home and End walk through the days and a
 * line below says what is known of one; Enter, or a click, calls `onpick(day)`.
 */
export function plotDays(days, { today = null, label, unit = "units", interval = "", picked = null, onpick = null } = {}) {
  const at = scales(days);
  const id = `plot-${drawn += 1}`;
  const said = el("p", { class: "plot-said", "aria-live": "polite" }, onpick ? "Arrow keys walk through the days; Enter shows what moves one." : "Arrow keys walk through the days.");
  const cursor = svg("line", { class: "plot-cursor", y1: PLOT.top, y2: PLOT.bottom, visibility: "hidden" });
  const picture = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", tabindex: 0, class: "plot", "aria-label": `${label}. ${summary(days, unit)}` },
    hatch(id), axes(at, days, unit), bands(at, days), stockOuts(at, days, id), seams(at, days, today),
    line(at, days, "expected"), line(at, days, "units"), dots(at, days), lanes(at, days), picks(at, days, picked), cursor);
  walk(picture, days, { at, cursor, said, onpick, unit, from: days.findIndex((one) => one.day === picked) });
  const frame = el("div", { class: "scroll" }, picture);
  requestAnimationFrame(() => { frame.scrollLeft = frame.scrollWidth; }); // on a small screen, the days to come
  return el("figure", { class: "plot-figure" }, frame, legend(days, interval), said);
}

/** The same days as a table, for whoever cannot see the figure or wants the numbers. */
export function tableOfDays(days, caption, { today = null } = {}) {
  const over = (one) => today === null || one.day < today;
  return table([["Day", ""], ["Sold", "number"], ["Expected", "number"], ["Likely", "number"], ["In stock", "number"], ["Known of the day", ""]],
    days.map((one) => [dayName(one.day), known(one.units) ? number(one.units, 1) : over(one) ? "unknown" : "to come", number(one.expected, 1),
      known(one.low) ? `${number(one.low, 1)} to ${number(one.high, 1)}` : "–", over(one) ? share(one.in_stock) : "–", circumstances(one) || "–"]), caption);
}

/**
 * Signed bars in words: `rows` are {words, value, detail}. Longer bars move more; a plus goes right.
 */
export function signedBars(rows, label) {
  const values = rows.map((one) => one.value);
  const [least, most] = [Math.min(0, ...values), Math.max(0, ...values)];
  const x = (value) => (100 * (value - least)) / Math.max(most - least, 1e-9);
  return el("ul", { class: "bars", "aria-label": label }, rows.map((one) => el("li", {},
    el("span", { class: "bar-words" }, one.words, one.detail ? el("span", { class: "note" }, one.detail) : null),
    svg("svg", { viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" },
      svg("rect", { class: one.value < 0 ? "less" : "more", x: x(Math.min(0, one.value)), y: 1, width: x(Math.abs(one.value) + least), height: 8 }),
      svg("line", { x1: x(0), x2: x(0), y1: 0, y2: 10 })),
    el("b", {}, signed(one.value)))));
}

/** A number with its sign: "+3.1", "−0.4", and "0" for what rounds to nothing. */
export function signed(value, digits = 1) {
  const text = number(Math.abs(value), digits);
  if (text === "0") return "0";
  return `${value < 0 ? "−" : "+"}${text}`;
}

const share = (value) => (known(value) ? `${Math.round(100 * value)} %` : "unknown");

function circumstances(one) {
  const words = (one.marks ?? []).map((mark) => (mark.name ? `${WORD[mark.kind] ?? mark.kind}: ${mark.name}` : WORD[mark.kind] ?? mark.kind));
  if (one.promotion) words.unshift("promotion");
  if (missing(one)) words.unshift(`out of stock ${share(1 - one.in_stock)} of the day`);
  if (missing(one) && known(one.estimate)) words.push(`demand about ${number(one.estimate, 1)}`);
  return words.join(", ");
}

function inWords(one, unit) {
  const parts = [known(one.units) ? `sold ${number(one.units, 1)} ${unit}` : null,
    known(one.expected) ? `expected ${number(one.expected, 1)}${known(one.low) ? ` (${number(one.low, 1)} to ${number(one.high, 1)})` : ""}` : null,
    circumstances(one) || null].filter(Boolean);
  return `${dayName(one.day)}: ${parts.join("; ") || "nothing is known"}`;
}

function summary(days, unit) {
  const sold = days.filter((one) => known(one.units));
  const ahead = days.filter((one) => !known(one.units) && known(one.expected));
  const out = days.filter(missing).length;
  const mean = (list, name) => number(list.reduce((sum, one) => sum + one[name], 0) / Math.max(1, list.length), 1);
  return [sold.length ? `${sold.length} days with sales, ${mean(sold, "units")} ${unit} a day` : "no sales are known",
    ahead.length ? `${ahead.length} days to come, ${mean(ahead, "expected")} expected a day` : null,
    out ? `${out} days with a stock-out` : null].filter(Boolean).join("; ") + ". A table of the same days is below.";
}

function scales(days) {
  const highest = Math.max(1, ...days.flatMap((one) => [one.units, one.estimate, one.expected, one.high].filter(known)));
  const step = niceStep(highest / 4);
  const top = Math.ceil(highest / step) * step;
  const width = (PLOT.right - PLOT.left) / Math.max(1, days.length);
  return {
    step, top, width,
    x: (place) => PLOT.left + (place + 0.5) * width,
    y: (value) => PLOT.bottom - ((PLOT.bottom - PLOT.top) * Math.max(0, value)) / top,
  };
}

function niceStep(rough) {
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * [1, 2, 5, 10].find((one) => one * power >= rough * 0.999);
}

function axes(at, days, unit) {
  const ticks = [];
  for (let value = 0; value <= at.top * 1.001; value += at.step) {
    ticks.push(svg("line", { class: "plot-grid", x1: PLOT.left, x2: PLOT.right, y1: at.y(value), y2: at.y(value) }),
      svg("text", { class: "plot-tick end", x: PLOT.left - 6, y: at.y(value) + 4 }, number(value, 2)));
  }
  const every = Math.max(1, Math.ceil(78 / at.width / 7) * 7);
  const mondays = days.map((one, place) => [one, place]).filter(([one, place]) => (days.length <= 10 ? true : weekday(one.day) === 1 && Math.floor(place / 7) % (every / 7) === 0));
  const names = mondays.map(([one, place]) => svg("g", {},
    svg("line", { class: "plot-grid", x1: at.x(place), x2: at.x(place), y1: PLOT.bottom, y2: PLOT.bottom + 5 }),
    svg("text", { class: "plot-tick middle", x: at.x(place), y: HEIGHT - 6 }, dayName(one.day).replace(/^\w+ /, ""))));
  return svg("g", { "aria-hidden": "true" }, ticks, names, svg("text", { class: "plot-tick", x: PLOT.left, y: PLOT.top - 9 }, `${unit} a day`));
}

const weekday = (day) => new Date(`${day}T12:00:00Z`).getUTCDay();

/** The runs of neighbouring days of which all `names` are known: a line or a band breaks between. */
function runs(days, ...names) {
  const found = [[]];
  days.forEach((one, place) => {
    if (names.every((name) => known(one[name]))) found.at(-1).push([one, place]);
    else if (found.at(-1).length) found.push([]);
  });
  return found.filter((run) => run.length);
}

function bands(at, days) {
  const band = (low, high, kind) => runs(days, low, high).map((run) => {
    const wide = run.length > 1 ? run.map(([one, place]) => [one, at.x(place)]) : [[run[0][0], at.x(run[0][1]) - at.width * 0.4], [run[0][0], at.x(run[0][1]) + at.width * 0.4]];
    const there = wide.map(([one, x]) => `${x},${at.y(one[high])}`);
    const back = wide.map(([one, x]) => `${x},${at.y(one[low])}`).reverse();
    return svg("polygon", { class: `plot-band ${kind}`, points: [...there, ...back].join(" ") });
  });
  return svg("g", {}, band("low", "high", "outer"), band("inner_low", "inner_high", "inner"));
}

function stockOuts(at, days, id) {
  return svg("g", {}, days.flatMap((one, place) => {
    if (!missing(one)) return [];
    const found = [svg("rect", { class: "plot-out", fill: `url(#${id})`, x: at.x(place) - at.width / 2, width: at.width, y: PLOT.top, height: PLOT.bottom - PLOT.top })];
    if (known(one.estimate) && known(one.units) && one.estimate > one.units) {
      found.push(svg("line", { class: "plot-unseen", x1: at.x(place), x2: at.x(place), y1: at.y(one.units), y2: at.y(one.estimate) }),
        svg("circle", { class: "plot-estimate", cx: at.x(place), cy: at.y(one.estimate), r: 3.4 }));
    }
    return found;
  }));
}

/** Grey where nothing is known of a day that is over, and the line between then and to come. */
function seams(at, days, today) {
  const blank = days.flatMap((one, place) => (today && one.day < today && !known(one.units)
    ? [svg("rect", { class: "plot-blank", x: at.x(place) - at.width / 2, width: at.width, y: PLOT.top, height: PLOT.bottom - PLOT.top }),
      svg("text", { class: "plot-tick middle", x: at.x(place), y: (PLOT.top + PLOT.bottom) / 2 }, "?")] : []));
  const place = today ? days.findIndex((one) => one.day >= today) : -1;
  if (place < 1) return svg("g", {}, blank);
  const x = at.x(place) - at.width / 2;
  return svg("g", {}, blank, svg("line", { class: "plot-today", x1: x, x2: x, y1: PLOT.top, y2: PLOT.bottom }),
    svg("text", { class: "plot-tick", x: x + 5, y: PLOT.top - 9 }, "to come →"));
}

function line(at, days, name) {
  return svg("g", {}, runs(days, name).filter((run) => run.length > 1).map((run) =>
    svg("polyline", { class: `plot-line ${name}`, points: run.map(([one, place]) => `${at.x(place)},${at.y(one[name])}`).join(" ") })));
}

function dots(at, days) {
  const radius = Math.min(3.6, Math.max(1.6, at.width / 4));
  return svg("g", {}, days.flatMap((one, place) => [
    known(one.expected) ? svg("circle", { class: "plot-dot expected", cx: at.x(place), cy: at.y(one.expected), r: radius * 0.8 }) : null,
    known(one.units) ? svg("circle", { class: "plot-dot units", cx: at.x(place), cy: at.y(one.units), r: radius }) : null]));
}

function lanes(at, days) {
  return svg("g", {}, days.flatMap((one, place) => [
    one.promotion ? svg("rect", { class: "plot-promotion", x: at.x(place) - at.width / 2, width: at.width + 0.4, y: LANES.promotion - 4, height: 8 }) : null,
    ...(one.marks ?? []).slice(0, 2).map((mark, row) => svg("text", { class: `plot-mark ${mark.kind}`, x: at.x(place), y: LANES.mark + 4 + 13 * row },
      svg("title", {}, mark.name || WORD[mark.kind]), LETTER[mark.kind] ?? "•"))]));
}

function picks(at, days, picked) {
  const place = days.findIndex((one) => one.day === picked);
  return place < 0 ? null : svg("rect", { class: "plot-picked", x: at.x(place) - at.width / 2, width: at.width, y: PLOT.top, height: PLOT.bottom - PLOT.top, rx: 3 });
}

function hatch(id) {
  return svg("defs", {}, svg("pattern", { id, width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
    svg("rect", { class: "plot-hatch", width: 2, height: 7 })));
}

function legend(days, interval) {
  const some = (test) => days.some(test);
  const kinds = new Set(days.flatMap((one) => (one.marks ?? []).map((mark) => mark.kind)));
  const entry = (kind, words) => el("li", {}, el("i", { class: kind, "aria-hidden": "true" }, LETTER[kind.split(" ")[1]] ?? ""), words);
  return el("ul", { class: "plot-legend", "aria-label": "Legend" }, [
    some((one) => known(one.units)) ? entry("key-units", "sold") : null,
    some((one) => known(one.expected)) ? entry("key-expected", "expected") : null,
    some((one) => known(one.low)) ? entry("key-band", interval ? `likely: ${interval}` : "likely") : null,
    some(missing) ? entry("key-out", "out of stock for a part of the day: people wanted more than was sold") : null,
    some((one) => missing(one) && known(one.estimate)) ? entry("key-estimate", "estimated demand of such a day") : null,
    some((one) => one.promotion) ? entry("key-promotion", "promotion") : null,
    [...kinds].map((kind) => entry(`key-mark ${kind}`, WORD[kind] ?? kind)),
  ].flat());
}

function walk(picture, days, { at, cursor, said, onpick, unit, from }) {
  let place = from;
  const go = (to) => {
    place = Math.min(days.length - 1, Math.max(0, to));
    cursor.setAttribute("x1", at.x(place));
    cursor.setAttribute("x2", at.x(place));
    cursor.setAttribute("visibility", "visible");
    said.textContent = inWords(days[place], unit);
  };
  const under = (event) => {
    const box = picture.getBoundingClientRect();
    return Math.floor((((event.clientX - box.left) * WIDTH) / box.width - PLOT.left) / at.width);
  };
  picture.addEventListener("pointermove", (event) => {
    if (under(event) >= 0 && under(event) < days.length) go(under(event));
  });
  picture.addEventListener("click", () => place >= 0 && onpick?.(days[place].day));
  picture.addEventListener("keydown", (event) => {
    const to = { ArrowLeft: place - 1, ArrowRight: place + 1, Home: 0, End: days.length - 1 }[event.key];
    if (to !== undefined) go(place < 0 && event.key === "ArrowLeft" ? days.length - 1 : to);
    else if (event.key === "Enter" && place >= 0) onpick?.(days[place].day);
    else return;
    event.preventDefault();
  });
}
