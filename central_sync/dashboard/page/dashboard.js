// The centre's page: the fleet, what it runs, what was learned, what is owed, who is let in.

import { drawBundles } from "/page/bundles.js";
import { drawEnrolment } from "/page/enrolment.js";
import { drawRollouts } from "/page/rollouts.js";
import { ask, badge, clock, el, figure, notice, number, put, refresh, span, table } from "/page/shared/endcap.js";

const PRESENCE = { online: "good", late: "warn", silent: "bad" };
const OUTCOME = { promoted: "good", rejected: "warn", failed: "bad", running: "" };
const GAPS_SHOWN = 12;
const WHY_UNKNOWN = { hidden: "something stands in front", camera: "the camera is not to be believed", together: "half of the shelf turned empty at once" };
const HOLES_SHOWN = 3;

/** What is told of a model whose terms keep it out of business. */
const unfit = (terms) => el("span", {}, " ", badge("not for business", "bad"), el("span", { class: "note" }, terms));

function modelsOf(models, restricted = {}) {
  const kinds = Object.entries(models);
  return kinds.length ? el("span", { class: "models" }, kinds.map(([kind, version]) =>
    el("span", {}, `${kind} `, el("b", {}, version), restricted[kind] ? unfit(restricted[kind]) : null))) : "–";
}

function releaseOf(one) {
  if (one.release === null) return "–";
  const behind = one.wished !== null && one.wished !== one.release;
  return el("span", {}, String(one.release), behind ? el("span", { class: "note" }, `should be ${one.wished}`) : null);
}

function troubles(one) {
  const cameras = Object.entries(one.cameras).filter(([, condition]) => condition !== "ok")
    .map(([camera, condition]) => badge(`${camera} ${condition}`, "warn"));
  const parts = one.failing.map((part) => badge(part, "bad"));
  if (!one.agent) return badge("not known", "");
  return parts.length + cameras.length ? el("span", {}, parts, cameras) : badge("well", "good");
}

function updateOf(one) {
  if (!one.update) return "–";
  return el("span", {}, one.update.state.replaceAll("_", " "), one.update.reason ? el("span", { class: "note" }, one.update.reason) : null);
}

function drawFleet(fleet) {
  put("fleet", fleet.stores.length ? table(
    [["Store", ""], ["Heard", ""], ["Health", ""], ["Release", "number"], ["Models", ""], ["Update", ""], ["Gaps", "number"], ["Waiting", "number"], ["Missing", "number"]],
    fleet.stores.map((one) => [
      el("b", {}, one.store),
      el("span", {}, badge(one.presence, PRESENCE[one.presence]), el("span", { class: "note" }, `${span(one.silence_s)} ago`)),
      troubles(one), releaseOf(one), modelsOf(one.models), updateOf(one),
      el("span", {}, number(one.open_gaps), one.unknown ? el("span", { class: "note" }, `${number(one.unknown)} unknown`) : null), number(one.waiting), number(one.missing)]),
    "Stores of the fleet") : el("p", { class: "empty" }, "No store was heard yet. Start one with its broker set to this centre's."));
  put("fleet-note", fleet.next ? `the first ${fleet.stores.length}; more at /v1/fleet?after=${fleet.next}` : "");
}

function drawTrainings(trainings) {
  put("trainings", trainings.length ? table(
    [["Model", ""], ["When", ""], ["Outcome", ""], ["Why", ""], ["Candidate", "number"], ["Champion", "number"], ["Events", "number"]],
    trainings.map((one) => [
      el("span", {}, el("b", {}, one.kind), one.version ? ` ${one.version}` : ""),
      clock(one.finished ?? one.started), badge(one.outcome, OUTCOME[one.outcome]), one.reason,
      el("span", {}, number(one.candidate, 4), one.metric ? el("span", { class: "note" }, one.metric) : null),
      number(one.champion, 4), number(one.events)]),
    "The last trainings") : el("p", { class: "empty" }, "Nothing was trained yet. It begins when the stores have sent enough."));
}

function drawLedger(ledger) {
  const whole = Math.max(1, ledger.sent + ledger.coming);
  const parts = ["stored", "ledgered", "dead", "coming", "missing"];
  const bar = el("div", { class: "share", role: "img", "aria-label": parts.map((name) => `${name} ${ledger[name]}`).join(", ") },
    parts.filter((name) => ledger[name]).map((name) => {
      const part = el("i", { class: name });
      part.style.width = `${(100 * ledger[name]) / whole}%`;
      return part;
    }));
  const key = el("p", { class: "key" }, parts.map((name) => el("span", { class: name }, `${number(ledger[name])} ${name}`)));
  const lines = ledger.lines.length ? table(
    [["Store", ""], ["Epoch", ""], ["Stored", "number"], ["Ledgered", "number"], ["Dead", "number"], ["Missing", "number"]],
    ledger.lines.map((one) => [one.store, el("span", {}, one.epoch.slice(0, 8), one.present ? null : el("span", { class: "note" }, "closed")),
      number(one.stored), number(one.ledgered), number(one.dead),
      el("span", {}, number(one.missing), one.holes.length ? el("span", { class: "note" }, holes(one.holes)) : null)]),
    "The books of each epoch") : null;
  const sum = el("p", {}, ledger.balanced ? badge("balanced", "good") : badge(`${number(ledger.missing)} missing`, "bad"),
    ` ${number(ledger.sent)} sent = ${number(ledger.stored)} stored + ${number(ledger.ledgered)} ledgered + ${number(ledger.dead)} dead${ledger.missing ? ` + ${number(ledger.missing)} missing` : ""}`);
  put("ledger", sum, bar, key, lines);
}

function holes(ranges) {
  const shown = ranges.slice(0, HOLES_SHOWN).map(([first, last]) => (first === last ? `${first}` : `${first}–${last}`));
  return shown.join(", ") + (ranges.length > HOLES_SHOWN ? ", …" : "");
}

function drawModels(models) {
  put("models", models.length ? table([["Model", ""], ["Version", ""], ["", ""], ["Licence", ""], ["Figures", ""]],
    models.map((one) => [one.kind, one.version, el("span", {}, [...one.aliases].reverse().map((alias) => badge(alias, alias === "champion" ? "good" : ""))),
      one.restriction ? unfit(one.restriction) : one.licence,
      el("span", { class: "note" }, one.metrics.slice(0, 3).map((m) => `${m.name} ${number(m.value, 4)}`).join(" · ") || "–")]),
    "Registered models") : el("p", { class: "empty" }, "No model is registered yet."));
}

function drawGaps(gaps, at) {
  put("gaps", gaps.length ? table([["Store", ""], ["Where", ""], ["Item", ""], ["For", "number"]],
    gaps.slice(0, GAPS_SHOWN).map((one) => [one.store, el("span", {}, `${one.camera} / ${one.facing}`, one.unseen ? el("span", { class: "note" }, "out of sight now") : null), one.gtin ?? "–", span((new Date(at) - new Date(one.opened)) / 1000)]),
    "Facings that stand empty") : el("p", { class: "empty" }, "No gap is known."));
}

function drawUnknown(unknown, at) {
  const found = new Map();
  for (const one of unknown) {
    const key = JSON.stringify([one.store, one.camera, one.reason]);
    found.set(key, [...(found.get(key) ?? []), one]);
  }
  const groups = [...found.values()];
  put("unknown", groups.length ? table([["Store", ""], ["Camera", ""], ["Facings", ""], ["Why", ""], ["For", "number"]],
    groups.slice(0, GAPS_SHOWN).map(([one, ...more]) => [one.store, one.camera,
      el("span", {}, number(1 + more.length), el("span", { class: "note" }, [one, ...more].slice(0, 4).map((each) => each.facing).join(", ") + (more.length > 3 ? ", …" : ""))),
      WHY_UNKNOWN[one.reason] ?? one.reason, span((new Date(at) - new Date(one.since)) / 1000)]),
    "Facings of which nothing is known") : el("p", { class: "empty" }, "Every facing that stores told of is known."));
  put("unknown-note", groups.length > GAPS_SHOWN ? "the oldest; all are at /v1/unknown" : "none of them counts as full");
}

function drawReleases(releases) {
  const state = (one) => one.revoked_at ? badge("revoked", "bad") : one.signed_at ? badge("signed", "good") : badge("to be signed", "warn");
  put("releases", releases.length ? table([["Release", ""], ["", ""], ["Models", ""], ["Stores", "number"]],
    releases.map((one) => [el("b", {}, String(one.release)), state(one), modelsOf(one.models, one.restricted), number(one.stores)]),
    "The last releases") : el("p", { class: "empty" }, "Nothing was released yet; stores run what came with the program."));
}

refresh(5, async () => {
  const [health, fleet, ledger, gaps, unknown, models, trainings, releases] = await Promise.all([
    ask("/v1/health"), ask("/v1/fleet"), ask("/v1/ledger?limit=1000"), ask("/v1/gaps?limit=1000"), ask("/v1/unknown?limit=1000"), ask("/v1/models"), ask("/v1/trainings?limit=8"), ask("/v1/releases?limit=6")]);
  document.title = document.getElementById("name").textContent = health.name;
  notice("certificates", health.ends_soon.map((one) => `${one.name} ends ${clock(one.ends)}: ${one.advice}.`).join(" "), "bad");
  put("pills", badge(`${fleet.online} online`, ""), fleet.late ? badge(`${fleet.late} late`, "warn") : null,
    fleet.silent ? badge(`${fleet.silent} silent`, "bad") : null);
  put("figures", figure(fleet.online + fleet.late + fleet.silent, "stores"), figure(fleet.online, "online", "good"),
    figure(gaps.gaps.length, "open gaps", gaps.gaps.length ? "bad" : "good"),
    unknown.unknown.length ? figure(unknown.unknown.length, "facings unknown", "warn") : null, figure(number(ledger.stored), "events stored"),
    figure(number(ledger.missing), "events missing", ledger.missing ? "bad" : "good"), figure(releases.releases[0]?.release ?? "–", "newest release"));
  drawFleet(fleet);
  await drawRollouts();
  await drawBundles();
  await drawEnrolment();
  drawTrainings(trainings.trainings);
  drawLedger(ledger);
  drawModels(models.models);
  drawGaps(gaps.gaps, gaps.at);
  drawUnknown(unknown.unknown, unknown.at);
  drawReleases(releases.releases);
});
