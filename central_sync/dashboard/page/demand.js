// How the demand forecast fares: over days, by store and item group; which drift; who won and why.

import { changeBar, percent, shareLine, signedPercent } from "/page/shares.js";
import { ask, badge, clock, el, figure, number, put, refresh, table } from "/page/shared/endcap.js";
import { dayName, plotDays } from "/page/shared/plot.js";

const EVERY_S = 30;
const OUTCOME = { promoted: "good", rejected: "warn", failed: "bad", running: "" };
const STORES_SHOWN = 15;
const MANY_UNITS = 10_000;
const loss = (value) => (value === null ? "–" : value.toFixed(4));
const chosen = { store: "", group: "", days: 90, training: null };
const place = (id) => document.getElementById(id);

function pick(text, pressed, onclick) {
  return el("button", { class: "pick", type: "button", "aria-pressed": String(pressed), onclick }, text);
}

function choose(change) {
  Object.assign(chosen, change);
  if (place("store").value !== chosen.store) place("store").value = chosen.store;
  draw().catch((error) => put("accuracy", el("p", { class: "why bad" }, error.message)));
}

function drawScores(scores) {
  const days = scores.days;
  const where = scores.store ?? "all stores";
  place("scores-note").textContent = `${where}, ${scores.group || "all items"}; ${days.length} days told`;
  const series = (name) => days.map((one) => ({ day: one.day, value: one.fared[name] }));
  put("accuracy", days.length ? el("div", { class: "three" },
    shareLine(series("wape"), { name: "wape", title: "Error (WAPE)" }),
    shareLine(series("bias"), { name: "bias", title: "Bias: above 0 is too high", nominal: 0, write: signedPercent }),
    shareLine(series("coverage"), { name: "coverage", title: "Inside the 90 % interval", nominal: 0.9 }))
    : el("p", { class: "empty" }, "No store told of a forecast yet. Each tells it the morning after."));
  const many = days.some((one) => one.fared.units >= MANY_UNITS) ? 1000 : 1;
  put("sold", days.length ? plotDays(days.map((one) => ({ day: one.day, units: one.fared.units / many, expected: one.fared.expected / many })),
    { label: `Units sold and expected, ${where}`, unit: many > 1 ? "thousand units" : "units" }) : el("p", { class: "empty" }, "Nothing to draw yet."));
}

function drawChoices(scores, everywhere) {
  const names = [...new Set(["", ...scores.groups.map((one) => one.name), chosen.group])];
  if (document.activeElement !== place("group")) {
    place("group").replaceChildren(...names.map((name) => el("option", { value: name, selected: name === chosen.group }, name || "all items")));
  }
  place("stores").replaceChildren(...everywhere.worst.map((one) => el("option", { value: one.name })));
}

function ranked(named, title, picked, onpick) {
  return table([[title, ""], ["Sold", "number"], ["Error", "number"], ["Bias", "number"]],
    named.map((one) => [pick(one.name, one.name === picked, () => onpick(one.name === picked ? "" : one.name)),
      number(one.fared.units), percent(one.fared.wape), signedPercent(one.fared.bias)]), title);
}

function drawRanks(scores, everywhere) {
  put("groups", scores.groups.length ? ranked(scores.groups, "Group", chosen.group, (group) => choose({ group }))
    : el("p", { class: "empty" }, "No group was told of yet."));
  put("worst", everywhere.worst.length ? ranked(everywhere.worst, "Store", chosen.store, (store) => choose({ store }))
    : el("p", { class: "empty" }, "No store was told of yet."));
}

function drawAlarms(told) {
  const open = told.alarms.filter((one) => one.closed === null);
  put("alarms", told.alarms.length ? table([["Store", ""], ["Items", ""], ["Since", "day"], ["What", ""], ["", ""]],
    told.alarms.map((one) => [pick(one.store, one.store === chosen.store, () => choose({ store: one.store, group: one.group })),
      one.group || "all items", dayName(one.since), one.why,
      one.closed ? badge(`over on ${dayName(one.closed)}`, "good") : badge("open", "bad")]), "Alarms of drift")
    : el("p", { class: "empty" }, "No forecast drifts."),
  told.open > open.length ? el("p", { class: "note" }, `the newest ${open.length} of ${told.open}; all: central-sync drift`) : null);
}

function drawContests(told) {
  put("contests", told.trainings.length ? table([["Version", ""], ["When", ""], ["Outcome", ""], ["Because", ""], ["Candidate", "number"], ["Champion", "number"]],
    told.trainings.slice(0, 5).map((one) => [pick(one.version ?? `training ${one.training}`, one.training === told.training, () => choose({ training: one.training })),
      clock(one.finished ?? one.started), badge(one.outcome, OUTCOME[one.outcome]), one.cause || "–",
      el("span", {}, loss(one.candidate), el("span", { class: "note" }, one.metric)), loss(one.champion)]), "The last verdicts")
    : el("p", { class: "empty" }, "No training came to a verdict yet."));
  const one = told.trainings.find((training) => training.training === told.training);
  if (one) put("contest", el("p", { class: "reason" }, one.reason), partsOf(told.parts));
}

function partsOf(parts) {
  const changeOf = (one) => one.champion ? one.candidate / one.champion - 1 : null;
  const weight = (one) => Math.abs(changeOf(one) ?? 0) * one.share;
  const stores = parts.filter((one) => one.by === "store").sort((one, two) => weight(two) - weight(one));
  const shown = [...parts.filter((one) => one.by === "segment"), ...parts.filter((one) => one.by === "origin"), ...stores.slice(0, STORES_SHOWN)];
  if (!shown.length) return null;
  const reach = Math.max(0.02, ...shown.map((one) => Math.abs(changeOf(one) ?? 0)));
  return el("div", {}, table([["", ""], ["Part", ""], ["Rows", "number"], ["Units", "number"], ["Candidate", "number"], ["Champion", "number"], ["Change: left is better", ""], ["", "number"], ["90 % interval", "number"]],
    shown.map((one) => {
      const change = changeOf(one);
      return [one.by, one.name, number(one.rows), percent(one.share, 0), loss(one.candidate), loss(one.champion),
        change === null ? "–" : changeBar(change, one.low, one.high, reach), signedPercent(change),
        one.low === null ? "–" : `${signedPercent(one.low)} to ${signedPercent(one.high)}`];
    }), "Candidate against champion, in parts"),
  stores.length > STORES_SHOWN ? el("p", { class: "note" }, `the ${STORES_SHOWN} stores that weigh most of ${stores.length}; all: central-sync model compare`) : null);
}

async function draw() {
  const { store, group, days, training } = chosen;
  const asked = new URLSearchParams({ group, days: String(days), ...(store ? { store } : {}) });
  const [scores, alarms, contests] = await Promise.all([ask(`/v1/demand/scores?${asked}`), ask("/v1/demand/alarms"),
    ask(`/v1/demand/contests${training ? `?training=${training}` : ""}`)]);
  const everywhere = store ? await ask("/v1/demand/scores?days=1") : scores;
  const { recent } = scores;
  put("figures", figure(percent(recent.wape), "error (WAPE), 28 days"), figure(signedPercent(recent.bias), "bias", Math.abs(recent.bias ?? 0) > 0.05 ? "bad" : "good"),
    figure(percent(recent.coverage), "inside the 90 % interval"), figure(alarms.open, "open alarms", alarms.open ? "bad" : "good"),
    figure(number(scores.days.at(-1)?.stores ?? null), "stores told last"));
  drawChoices(scores, everywhere);
  drawScores(scores);
  drawAlarms(alarms);
  drawRanks(scores, everywhere);
  drawContests(contests);
}

place("choice").addEventListener("submit", (event) => event.preventDefault());
place("store").addEventListener("change", (event) => choose({ store: event.target.value.trim() }));
place("group").addEventListener("change", (event) => choose({ group: event.target.value }));
place("days").addEventListener("change", (event) => choose({ days: Number(event.target.value) }));
refresh(EVERY_S, draw);
