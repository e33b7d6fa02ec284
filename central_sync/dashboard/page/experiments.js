// What is tried in the stores: each experiment, its arms beside the control, and its journal.

import { ask, badge, el, number, put, refresh, table } from "/page/shared/endcap.js";

const EVERY_S = 15;
const LOOKS = { running: "good", stopped: "warn", ended: "" };
const VERDICTS = { better: "good", worse: "bad", unknown: "" };
const LESS_IS_BETTER = ["dismiss_rate", "empty_rate"];
const signed = (value) => `${value > 0 ? "+" : value < 0 ? "−" : ""}${Math.abs(value).toPrecision(3)}`;

function bounds(found) {
  if (found.low === null) return "too few units yet";
  return `${signed(found.low)} to ${signed(found.high)}`;
}

function armRows(one) {
  const rows = [];
  for (const arm of one.arms) {
    for (const [metric, found] of Object.entries(arm.above_control)) {
      const own = one.figures[arm.arm]?.[metric];
      rows.push([arm.arm, LESS_IS_BETTER.includes(metric) ? `${metric} (less is better)` : metric,
        own ? `${own.mean.toPrecision(3)} of ${number(own.units)}` : "–", signed(found.value), bounds(found),
        metric === one.metric ? badge(arm.verdict, VERDICTS[arm.verdict]) : badge("guarded")]);
    }
  }
  return rows;
}

function drawn(one) {
  const rows = armRows(one);
  const journal = one.journal.map((entry) => el("li", {}, el("span", { class: "note" }, `${new Date(entry.at).toLocaleString()} `),
    `${entry.event} by ${entry.by}${entry.reason ? `: ${entry.reason}` : ""}`));
  return el("article", { class: "experiment", "aria-label": one.experiment },
    el("h3", {}, `${one.experiment} `, badge(one.state, LOOKS[one.state])),
    el("p", { class: "note" }, `${one.metric} by ${one.unit}, ${number(one.stores)} stores told; until ${new Date(one.plan.last).toLocaleString()}`),
    one.problem ? el("p", { class: "why bad" }, one.problem) : null,
    rows.length ? table([["Arm", ""], ["Figure", ""], ["Mean", "number"], ["Above control", "number"], ["Bounds", ""], ["", ""]], rows, `Arms of ${one.experiment}`)
      : el("p", { class: "empty" }, "No store told of it yet. Each tells it the morning after."),
    el("ul", {}, ...journal));
}

refresh(EVERY_S, async () => {
  const { experiments } = await ask("/v1/experiments");
  put("experiments", experiments.length ? experiments.map(drawn)
    : el("p", { class: "empty" }, "Nothing is tried. A plan in a file begins it: central-sync experiment start."));
});
