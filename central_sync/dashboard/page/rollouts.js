// The rollout on the centre's page: its waves, its gates, why it stopped, and each store's timeline.

import { ask, badge, clock, el, number, put, svg, table } from "/page/shared/endcap.js";

const STATE = {
  awaiting_approval: "warn", running: "", soaking: "", paused: "warn", complete: "good",
  stopped: "bad", reverting: "bad", reverted: "bad", aborted: "warn",
};
const OUTCOME = { committed: "good", failed: "bad", trying: "", unknown: "" };
const STORES_SHOWN = 12;
const WIDE = 320;

let chosen = null; // the rollout a person asked for; else the newest
let opened = null; // the store whose timeline is shown

const words = (name) => name.replaceAll("_", " ");

function bar(part, whole, kind, label) {
  const share = whole > 0 ? Math.min(1, part / whole) : 0;
  return svg("svg", { viewBox: `0 0 ${WIDE} 14`, class: "progress", role: "img", "aria-label": label },
    svg("rect", { width: WIDE, height: 14, rx: 7, class: "track" }),
    share ? svg("rect", { width: Math.max(14, share * WIDE), height: 14, rx: 7, class: kind }) : null);
}

function wave(one, exposed) {
  const there = ["to come", "never"].includes(one.standing) ? 0 : Math.min(exposed, one.stores);
  const agreed = one.approvals ? `, ${one.approved_by.length} of ${one.approvals} agree` : "";
  return el("li", {}, el("b", {}, one.name || `Wave ${one.wave}`), ` ${one.standing}${agreed}`,
    bar(there, one.stores, one.standing === "now" ? "now" : "done", `${there} of ${one.stores} stores`),
    el("span", { class: "note" }, `${number(there)} of ${number(one.stores)} stores`));
}

// Above: the share of bad stores against what is tolerated. Below: the evidence against its limit.
function gate(one) {
  const share = one.answers ? one.bad / one.answers : 0;
  const scale = Math.max(2 * one.tolerated, one.allowed, share, 0.01) * 1.1;
  const place = (value) => Math.min(WIDE, (value / scale) * WIDE);
  const evidence = Math.max(0, Math.min(1, one.evidence / one.enough));
  const bad = share > one.allowed || one.evidence >= one.enough;
  const chart = svg("svg", { viewBox: `0 0 ${WIDE} 40`, class: "gate", role: "img",
    "aria-label": `${one.bad} of ${one.answers} stores bad; evidence ${(100 * evidence).toFixed(0)} % of what stops it` },
    svg("rect", { y: 2, width: WIDE, height: 14, rx: 3, class: "track" }),
    svg("rect", { y: 2, width: place(share), height: 14, rx: 3, class: bad ? "bad" : "done" }),
    svg("line", { x1: place(one.tolerated), x2: place(one.tolerated), y1: 0, y2: 18, class: "tolerated" }),
    svg("line", { x1: place(one.allowed), x2: place(one.allowed), y1: 0, y2: 18, class: "allowed" }),
    svg("rect", { y: 24, width: WIDE, height: 8, rx: 3, class: "track" }),
    svg("rect", { y: 24, width: evidence * WIDE, height: 8, rx: 3, class: bad ? "bad" : "evidence" }));
  return el("li", {}, el("b", {}, one.gate), ` ${number(one.bad)} bad of ${number(one.answers)} answers`, chart,
    el("span", { class: "note" }, one.problem || `tolerated ${percent(one.tolerated)}, allowed ${percent(one.allowed)}; evidence ${one.evidence.toFixed(1)} of ${one.enough.toFixed(1)}`));
}

const percent = (share) => `${number(100 * share, 1)} %`;

function head(one) {
  const counts = one.counts;
  return [
    el("p", {}, badge(words(one.state), STATE[one.state]), ` Release ${one.release}`,
      one.base ? ` over ${one.base}` : "", one.fallback ? `, back by ${one.fallback}` : ", without a way back",
      `; started by ${one.started_by} ${clock(one.started)}`),
    one.reason ? el("p", { class: STATE[one.state] === "bad" ? "why bad" : "why" }, one.reason) : null,
    one.waits_for ? el("p", { class: "note" }, `Waits for: ${one.waits_for}`) : null,
    el("p", { class: "note" }, `${number(counts.exposed)} of ${number(counts.fleet)} stores got it: ${number(counts.committed)} committed, ${number(counts.failed)} failed, ${number(counts.waiting)} to answer${counts.back ? `, ${number(counts.back)} back` : ""}`),
  ];
}

function stores(lines, rollout) {
  return lines.length ? table([["Store", ""], ["Kind", ""], ["Should run", "number"], ["Runs", "number"], ["Outcome", ""], ["Why", ""], ["", ""]],
    lines.slice(0, STORES_SHOWN).map((one) => [el("b", {}, one.store), one.stratum.filter(Boolean).join(" / ") || "–",
      String(one.assigned), one.serving ? String(one.serving) : "–", badge(one.outcome, OUTCOME[one.outcome]), one.reason || "–",
      el("button", { class: "link", onclick: () => { opened = opened === one.store ? null : one.store; drawRollouts(); }, "aria-expanded": String(opened === one.store), "aria-label": `Timeline of ${one.store} in rollout ${rollout}` }, "timeline")]),
    "Stores that got the release") : null;
}

function timeline(told) {
  return told && told.moments.length ? el("ol", { class: "timeline", "aria-label": `Timeline of ${told.store}` },
    told.moments.map((one) => el("li", {}, el("time", { datetime: one.at }, clock(one.at)), ` ${words(one.what)} release ${one.release}`,
      one.detail ? el("span", { class: "note" }, one.detail) : null))) : null;
}

function journal(lines) {
  return el("details", {}, el("summary", {}, `Journal, ${lines.length} lines`),
    el("ol", { class: "timeline" }, lines.map((one) => el("li", {}, el("time", { datetime: one.at }, clock(one.at)),
      ` ${words(one.event)}`, one.by ? ` by ${one.by}` : "", one.reason ? el("span", { class: "note" }, one.reason) : null))));
}

function chooser(rollouts, shown) {
  return el("p", { class: "chooser" }, rollouts.map((one) => el("button", {
    class: "link", "aria-pressed": String(one.rollout === shown), onclick: () => { chosen = one.rollout; opened = null; drawRollouts(); },
  }, `${one.rollout}: release ${one.release} `, badge(words(one.state), STATE[one.state]))));
}

/** Ask for the rollouts and draw them; called with every refresh of the page. */
export async function drawRollouts() {
  const { rollouts } = await ask("/v1/rollouts?limit=6");
  if (!rollouts.length) {
    put("rollouts", el("p", { class: "empty" }, "No rollout yet. One begins with the next release, or with `central-sync rollout start`."));
    return;
  }
  const shown = rollouts.some((one) => one.rollout === chosen) ? chosen : rollouts[0].rollout;
  const [one, exposed, told] = await Promise.all([ask(`/v1/rollouts/${shown}`), ask(`/v1/rollouts/${shown}/stores?limit=${STORES_SHOWN}`),
    opened ? ask(`/v1/rollouts/${shown}/stores/${encodeURIComponent(opened)}`) : null]);
  put("rollouts", rollouts.length > 1 ? chooser(rollouts, shown) : null, ...head(one),
    el("div", { class: "two" }, el("ol", { class: "waves", "aria-label": "Waves" }, one.waves.map((each) => wave(each, one.counts.exposed))),
      el("ul", { class: "gates", "aria-label": "Gates" }, one.gates.filter((each) => each.answers || each.minimum).map(gate))),
    stores(exposed.stores, shown), timeline(told), journal(one.journal));
}
