// Draws a campaign's money: a bar against time, and its spend day by day against an even flight.
// Given values, it asks nobody.

import { el, number, svg } from "/page/shared/endcap.js";
import { dayName } from "/page/shared/plot.js";

const MICROS = 1_000_000;
const DAY_MS = 86_400_000;
const WIDTH = 960;
const BOX = { left: 70, right: 945, top: 14, bottom: 190 };
const price = (micros) => number(micros / MICROS, 2);
const percent = (share) => `${Math.round(100 * share)} %`;

/** How far time is between a campaign's ends: 0 to 1. */
function elapsed(one, at) {
  const [first, last] = [Date.parse(one.plan.first), Date.parse(one.plan.last)];
  return Math.max(0, Math.min(1, (Date.parse(at) - first) / (last - first)));
}

/** A bar of what is spent, leased and free, with a line where an even flight would be. */
export function moneyBar(one, at) {
  const whole = Math.max(one.budget, one.spent + one.leased, 1);
  const [spent, leased, now] = [one.spent / whole, one.leased / whole, elapsed(one, at)];
  return svg("svg", { viewBox: "0 0 100 10", preserveAspectRatio: "none", class: "money", role: "img",
    "aria-label": `${percent(spent)} spent, ${percent(leased)} leased to stores, ${percent(now)} of the time is over` },
    svg("rect", { class: "track", width: 100, height: 10 }), svg("rect", { class: "spent", width: 100 * spent, height: 10 }),
    svg("rect", { class: "leased", x: 100 * spent, width: 100 * leased, height: 10 }), svg("line", { class: "now", x1: 100 * now, x2: 100 * now, y1: 0, y2: 10 }));
}

/** The sum of spend over the flight; `lines` are the report by day. The dashes are an even flight. */
export function drawFlight(one, lines, at) {
  const [first, last] = [Date.parse(one.plan.first), Date.parse(one.plan.last)];
  const x = (moment) => BOX.left + Math.max(0, Math.min(1, (moment - first) / (last - first))) * (BOX.right - BOX.left);
  const whole = Math.max(one.budget, one.spent, 1);
  const y = (micros) => BOX.bottom - (micros / whole) * (BOX.bottom - BOX.top);
  let sum = 0;
  const points = lines.map((each) => { sum += each.shown.spend; return [Math.min(Date.parse(`${each.key}T00:00:00Z`) + DAY_MS, Date.parse(at)), sum]; });
  const path = [[first, 0], ...points].map(([moment, micros], place) => `${place ? "L" : "M"}${x(moment).toFixed(1)} ${y(micros).toFixed(1)}`).join(" ");
  const label = `${price(sum)} of ${price(one.budget)} spent, ${percent(elapsed(one, at))} of the time is over. Dashed: an even flight.`;
  return el("figure", {}, svg("svg", { viewBox: `0 0 ${WIDTH} 215`, class: "flight", role: "img", "aria-label": label },
    [0, 0.5, 1].map((share) => [svg("line", { class: "rule", x1: BOX.left, x2: BOX.right, y1: y(share * whole), y2: y(share * whole) }),
      svg("text", { x: BOX.left - 8, y: y(share * whole) + 4, "text-anchor": "end" }, price(share * whole))]).flat(),
    svg("line", { class: "even", x1: x(first), y1: y(0), x2: x(last), y2: y(one.budget) }),
    svg("line", { class: "now", x1: x(Date.parse(at)), x2: x(Date.parse(at)), y1: BOX.top, y2: BOX.bottom }),
    svg("path", { class: "spent", d: path }),
    svg("text", { x: BOX.left, y: 208 }, dayName(one.plan.first.slice(0, 10))),
    svg("text", { x: BOX.right, y: 208, "text-anchor": "end" }, dayName(one.plan.last.slice(0, 10)))),
  el("figcaption", { class: "note" }, label));
}
