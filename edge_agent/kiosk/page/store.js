// The page of those who run the store: shelves, gaps, tomorrow, health. What is said of a facing is
// facing.js's; else it only reads.

import { advice, openFacing } from "/page/facing.js";
import { ask, badge, clock, el, figure, notice, number, put, refresh, span, svg, table } from "/page/shared/endcap.js";

const OLD_FORECAST_S = 36 * 3600;
const CENTRE_SILENT_S = 15 * 60;
const WIDTH = 1000;
const HEIGHT = 562;
const MARKS = { full: "", low: "LOW", gap: "GAP", unknown: "?" };
const ADVICE = {
  missing: "see its power, cable and address",
  dark: "see the light before it",
  covered: "see what hangs before it",
  blurred: "clean its lens, and see its focus",
  frozen: "start it anew",
  moved: "turn it back, or enrol its shelf anew",
  damaged: "see its cable and its network",
};

function facing(one) {
  const [x, y, w, h] = [one.x * WIDTH, one.y * HEIGHT, one.w * WIDTH, one.h * HEIGHT];
  const since = one.since ? ` since ${clock(one.since)}` : "";
  const why = one.reason ? `: ${one.reason}` : "";
  const label = `${one.name ?? one.gtin ?? "no item"} (${one.facing}): ${one.state}${since}${why}`;
  const mark = MARKS[one.state];
  const open = () => openFacing(one);
  const keyed = (event) => {
    if (event.key === "Enter" || event.key === " ") { event.preventDefault(); open(); }
  };
  const [middle, named] = [x + w / 2, h > 60 ? cut(one.name ?? "", w) : ""];
  const drawn = svg("g", { class: `facing ${one.state}`, role: "button", tabindex: 0, "aria-label": label, onclick: open },
    svg("title", {}, label),
    svg("rect", { x: x + 3, y: y + 3, width: Math.max(1, w - 6), height: Math.max(1, h - 6), rx: 8 }),
    mark && w > 30 ? svg("text", { class: "mark", x: middle, y: y + h / 2 - (named ? 20 : 0) }, w > 90 ? mark : mark[0]) : null,
    named ? svg("text", { class: "item-name", x: middle, y: y + h / 2 + (mark ? 24 : 0) }, named) : null);
  drawn.addEventListener("keydown", keyed);
  return drawn;
}

/** A name as far as it fits into `width`; nothing where a few letters would say nothing. */
function cut(name, width) {
  const most = Math.floor((width - 24) / 18);
  if (most < 8) return "";
  return name.length <= most ? name : `${name.slice(0, most - 1)}…`;
}

function hatch() {
  return svg("defs", {}, svg("pattern", { id: "hatch", width: 16, height: 16, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
    svg("rect", { width: 16, height: 16, fill: "#fbe4e1" }), svg("rect", { width: 6, height: 16, fill: "#eba49d" })));
}

function picture(camera, facings, conditions) {
  const condition = conditions.get(camera);
  const count = (state) => facings.filter((one) => one.state === state).length;
  const [gaps, low, unknown] = ["gap", "low", "unknown"].map(count);
  const state = condition?.condition !== "ok" ? [badge(`camera ${condition?.condition ?? "missing"}`, "warn")] : [
    gaps ? badge(`${gaps} ${gaps === 1 ? "gap" : "gaps"}`, "bad") : null,
    low ? badge(`${low} low`, "warn") : null,
    unknown ? badge(`${unknown} unknown`, "") : null,
    gaps + low + unknown ? null : badge("full", "good")];
  const words = `Camera ${camera}: ${facings.length} facings, ${gaps} gaps`;
  return el("figure", {}, el("figcaption", {}, camera, state),
    svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "group", "aria-label": words }, hatch(), facings.map(facing)));
}

const faces = new Map();

/** Whether what is drawn in `id` became another: what did not keeps its focus. */
function isNews(id, ...told) {
  const face = JSON.stringify(told);
  if (faces.get(id) === face) return false;
  faces.set(id, face);
  return true;
}

function drawShelves(shelves, status) {
  if (!isNews("shelves", shelves.facings, status.cameras)) return;
  const conditions = new Map(status.cameras.map((one) => [one.camera, one]));
  const cameras = new Map();
  for (const one of shelves.facings) cameras.set(one.camera, [...(cameras.get(one.camera) ?? []), one]);
  put("shelves", cameras.size ? [...cameras].map(([camera, facings]) => picture(camera, facings, conditions))
    : el("p", { class: "empty" }, "No planogram yet. ", el("a", { href: "/shelf-setup" }, "Set up a shelf"), "."));
}

function drawGaps({ gaps, lost_units_today: lost }) {
  if (!isNews("gaps", gaps, lost)) return;
  put("gaps-note", lost === null ? "lost units: an estimate" : `about ${number(lost, 1)} units lost today, an estimate`);
  put("gaps", gaps.length ? table(
    [["Item", ""], ["Where", ""], ["Minutes", "number"], ["Lost units", "number"]],
    gaps.map((one) => [
      el("span", {}, el("button", { type: "button", class: "plain", title: advice({ state: "gap" }), onclick: () => openFacing(one) }, one.name ?? one.gtin ?? "unknown item"),
        one.certain ? null : badge("out of sight", "warn"), one.by === "person" ? badge("said by a person", "") : null),
      `${one.camera} / ${one.facing}`, number(one.minutes), one.lost_units === null ? "–" : `≈ ${number(one.lost_units, 1)}`]),
    "Facings that stand empty") : el("p", { class: "empty" }, "No gap is known."));
}

function range(quantiles) {
  const levels = Object.keys(quantiles ?? {}).sort((a, b) => a - b);
  return levels.length < 2 ? "–" : `${number(quantiles[levels[0]])} to ${number(quantiles[levels.at(-1)])}`;
}

function drawForecasts(answer) {
  const rows = answer.forecasts.filter((one) => one.expected !== null);
  put("forecasts", rows.length ? table(
    [["Item", ""], ["Units", "number"], ["Likely", "number"]],
    rows.map((one) => [el("a", { href: `/forecast?item=${one.gtin}` }, one.name ?? one.gtin), number(one.expected, 1), range(one.quantiles)]), "What should sell tomorrow")
    : el("p", { class: "empty" }, "No forecast for tomorrow yet. It is made once sales have come in."));
  put("forecasts-note", answer.age_s === null ? "" : `made ${span(answer.age_s)} ago, release ${rows[0]?.release ?? "–"}`);
  notice("forecast", answer.age_s > OLD_FORECAST_S ? `The forecast is ${span(answer.age_s)} old.` : null);
}

function line(label, text, kind, note) {
  return el("li", {}, el("span", {}, label), badge(text, kind), el("span", { class: "note" }, note ?? ""));
}

function drawHealth(status) {
  const cameras = status.cameras.map((one) => line(`Camera ${one.camera}`, one.condition, one.condition === "ok" ? "good" : "bad",
    [one.detail, one.since ? `since ${clock(one.since)}` : "", ADVICE[one.condition]].filter(Boolean).join(", ")));
  const parts = status.degraded.map((one) => line(one.part, one.code, "bad", `${one.detail} for ${span(one.age_s)}`));
  const silent = status.centre_heard_age_s === null || status.centre_heard_age_s > CENTRE_SILENT_S;
  const centre = line("Centre", status.centre_heard_age_s === null ? "not heard yet" : `heard ${span(status.centre_heard_age_s)} ago`,
    silent ? "warn" : "good", silent ? "the store works on without it" : "");
  const outbox = line("Waiting to be sent", number(status.outbox_waiting), "", status.outbox_oldest ? `oldest from ${clock(status.outbox_oldest)}` : "");
  const files = status.refused_files.map((one) => line(one.file, `${number(one.refused)} rows refused`, "warn",
    `${number(one.accepted)} taken in at ${clock(one.read_at)}; line ${one.line}: ${one.reason}`));
  put("health", el("ul", { class: "health" }, parts, cameras, files, centre, outbox));
}

function drawModels(status) {
  put("models", status.models.length ? table([["Model", ""], ["Version", ""], ["Content", "number"]],
    status.models.map((one) => [one.kind, one.version, one.sha256.slice(0, 12)]), "Models that serve now")
    : el("p", { class: "empty" }, "No model is loaded; answers come from simple rules."));
  const update = status.update;
  put("update", update ? `update to release ${update.release}: ${update.state.replaceAll("_", " ")} at ${clock(update.at)}${update.reason ? ` (${update.reason})` : ""}` : "no update yet");
}

function drawHeader(status) {
  document.getElementById("name").textContent = status.name || status.store;
  document.title = `${status.name || status.store}: store`;
  put("pills", badge(`release ${status.release}`, ""), badge(`agent ${status.agent}`, ""),
    status.degraded.length ? badge(`${status.degraded.length} degraded`, "bad") : badge("all well", ""));
}

refresh(5, async () => {
  const [status, shelves, gaps, forecasts] = await Promise.all([
    ask("/v1/status"), ask("/v1/shelves"), ask("/v1/gaps"), ask("/v1/forecasts?limit=15")]);
  drawHeader(status);
  put("figures", figure(gaps.gaps.length, "open gaps", gaps.gaps.length ? "bad" : "good"),
    figure(shelves.full, "facings full", "good"), figure(shelves.low, "facings low", shelves.low ? "warn" : ""),
    figure(shelves.unknown, "facings unknown"),
    figure(number(status.items), "items"), figure(status.release, "model release"));
  drawShelves(shelves, status);
  drawGaps(gaps);
  drawForecasts(forecasts);
  drawHealth(status);
  drawModels(status);
});
