// Draws shares over days, and a relative change with its interval. Given values, it asks nobody.

import { el, svg } from "/page/shared/endcap.js";
import { dayName } from "/page/shared/plot.js";

const WIDTH = 420;
const BOX = { left: 44, right: 410, top: 12, bottom: 128 };
const HEIGHT = 150;
const DAY_MS = 86_400_000;
const known = (value) => value !== null && value !== undefined;

export const percent = (value, digits = 1) => known(value) ? `${(100 * value).toFixed(digits)} %` : "–";
export const signedPercent = (value, digits = 1) => known(value) ? `${value > 0 ? "+" : value < 0 ? "−" : ""}${Math.abs(100 * value).toFixed(digits)} %` : "–";

/**
 * A line of one share over `days`, [{day, value}]; a day without a value is a gap in it. `nominal`
 * is what it should be; `name` is a class of the page's stylesheet.
 */
export function shareLine(days, { name, title, nominal = null, write = percent }) {
  const told = days.filter((one) => known(one.value));
  if (!told.length) return el("div", {}, el("h3", {}, title), el("p", { class: "empty" }, "Nothing was told of it yet."));
  const at = scales(days, nominal);
  const last = told[told.length - 1];
  const label = `${title}: ${write(last.value)} on ${dayName(last.day)}, from ${write(Math.min(...told.map((one) => one.value)))} to ${write(Math.max(...told.map((one) => one.value)))}`;
  return el("div", {}, el("h3", {}, title), svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "shares", role: "img", "aria-label": label },
    at.ticks.map((value) => [svg("line", { class: "rule", x1: BOX.left, x2: BOX.right, y1: at.y(value), y2: at.y(value) }),
      svg("text", { x: BOX.left - 6, y: at.y(value) + 4, "text-anchor": "end" }, write(value, at.digits))]).flat(),
    known(nominal) ? svg("line", { class: "nominal", x1: BOX.left, x2: BOX.right, y1: at.y(nominal), y2: at.y(nominal) }) : null,
    svg("g", { class: name }, svg("path", { d: path(days, at) }), svg("circle", { cx: at.x(last.day), cy: at.y(last.value), r: 3.5 })),
    svg("text", { x: BOX.left, y: HEIGHT - 4 }, dayName(days[0].day)),
    svg("text", { x: BOX.right, y: HEIGHT - 4, "text-anchor": "end" }, dayName(days[days.length - 1].day))));
}

function scales(days, nominal) {
  const values = days.map((one) => one.value).concat([nominal]).filter(known);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const step = niceStep(Math.max(most - least, 0.02) / 3);
  const low = Math.floor(least / step + 1e-9) * step;
  const high = Math.max(Math.ceil(most / step - 1e-9) * step, low + step);
  const first = Date.parse(days[0].day);
  const length = Math.max(Date.parse(days[days.length - 1].day) - first, DAY_MS);
  const ticks = [];
  for (let value = low; value <= high + step / 2; value += step) ticks.push(value);
  return {
    ticks,
    digits: step < 0.01 ? 1 : 0,
    x: (day) => BOX.left + ((Date.parse(day) - first) / length) * (BOX.right - BOX.left),
    y: (value) => BOX.bottom - ((value - low) / (high - low)) * (BOX.bottom - BOX.top),
  };
}

function niceStep(rough) {
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough - 1e-12);
}

/** A path that breaks where a day is missing or not known. */
function path(days, at) {
  let before = null;
  return days.map((one) => {
    if (!known(one.value)) { before = null; return ""; }
    const joined = before !== null && Date.parse(one.day) - Date.parse(before) <= 1.5 * DAY_MS;
    before = one.day;
    return `${joined ? "L" : "M"}${at.x(one.day).toFixed(1)} ${at.y(one.value).toFixed(1)}`;
  }).join(" ");
}

/** A bar from no change to `change`, leftwards for better, with the interval from `low` to `high`. */
export function changeBar(change, low, high, reach) {
  const x = (value) => 50 + 50 * Math.max(-1, Math.min(1, value / reach));
  return svg("svg", { viewBox: "0 0 100 10", class: "change", preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("rect", { class: change < 0 ? "better" : "worse", x: Math.min(50, x(change)), y: 2, width: Math.abs(x(change) - 50), height: 6 }),
    svg("line", { class: "zero", x1: 50, x2: 50, y1: 0, y2: 10 }),
    known(low) ? svg("line", { class: "span", x1: x(low), x2: x(high), y1: 5, y2: 5 }) : null);
}
