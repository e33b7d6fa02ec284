// Campaigns on the centre's page: their money, what plays brought, which stores owe, and a form to
// make one. A person whom the dashboard knows by a certificate orders here; others only see.

import { drawFlight, moneyBar } from "/page/flight.js";
import { ask, badge, clock, el, figure, number, put, refresh, table } from "/page/shared/endcap.js";

const EVERY_S = 15;
const MICROS = 1_000_000;
const STATE = { running: "good", paused: "warn", draft: "", ended: "" };
const ORDERS = { draft: ["start", "end"], running: ["pause", "end"], paused: ["start", "end"], ended: [] };
const KEY = { campaign: "Campaign", store: "Store", day: "Day (UTC)", slot: "Place" };
const place = (id) => document.getElementById(id);
const price = (micros) => number(micros / MICROS, 2);

let chosen = null; // the campaign whose flight is drawn; the report by campaign shows all
let person; // who asks, as last drawn: forms are drawn anew only when that changes
let drawnFor; // the campaign and state that the buttons were drawn for

const say = (text, bad = false) => put("said", el("p", { class: bad ? "why bad" : "why", role: "status" }, text));

async function order(path, body, said) {
  try {
    await ask(`/v1/campaigns${path}`, body);
    say(said);
    await draw();
    return true;
  } catch (error) {
    say(error.message, true);
    return false;
  }
}

function choose(name) {
  chosen = name;
  draw().catch((error) => say(error.message, true));
}

function drawCampaigns(told) {
  const rows = told.campaigns.map((one) => [
    el("button", { class: "pick", type: "button", "aria-pressed": String(one.campaign === chosen), onclick: () => choose(one.campaign) }, one.campaign),
    badge(one.state, STATE[one.state]), one.plan.advertiser, `${clock(one.plan.first)} to ${clock(one.plan.last)}`,
    moneyBar(one, told.at), price(one.spent), price(one.leased), price(one.budget)]);
  put("campaigns", rows.length ? [table([["Campaign", ""], ["", ""], ["Advertiser", ""], ["When", ""], ["Money, and how far time is", ""], ["Spent", "number"], ["With stores", "number"], ["Budget", "number"]], rows, "Campaigns"),
    el("p", { class: "key" }, el("span", { class: "spent" }, "spent"), el("span", { class: "leased" }, "leased to stores"), el("span", { class: "free" }, "free"))]
    : el("p", { class: "empty" }, "No campaign yet. Make one below, or with central-sync campaign new."));
}

const range = (one, write) => one === null ? "–" : el("span", { class: "range" }, write(one.value), " ", el("span", { class: "note" }, `${write(one.low)} to ${write(one.high)}`));
const percent = (value) => `${value < 0 ? "−" : ""}${Math.abs(100 * value).toFixed(2)} %`;
const whole = (value) => number(value, 0);

function drawReport(told) {
  put("report", told.lines.length ? table([[KEY[told.by], ""], ["Plays", "number"], ["Spend", "number"], ["Tapped", "number"], ["Bought", "number"], ["Held out", "number"], ["Lift", "number"], ["Purchases caused", "number"]],
    told.lines.map((one) => [one.key, whole(one.shown.plays), price(one.shown.spend), range(one.tap_rate, percent), range(one.buy_rate, percent),
      one.held_out.plays ? range(one.held_out_buy_rate, percent) : "–", range(one.lift, percent), range(one.caused, whole)]), `What plays brought, by ${KEY[told.by]}`)
    : el("p", { class: "empty" }, "No store told of a play yet."));
}

function drawOwing(told) {
  put("owing", told.owing.length ? table([["Store", ""], ["Leases", "number"], ["Counted as spent", "number"], ["Since", ""]],
    told.owing.map((one) => [el("b", {}, one.store), whole(one.leases), price(one.amount), clock(one.since)]), "Stores that owe word of leases")
    : el("p", { class: "empty" }, "No store owes anything."));
}

function drawLedger(told) {
  const { totals, flagged } = told;
  const leases = Object.entries(totals.leases).map(([word, many]) => `${many} ${word}`).join(", ");
  put("ledger", el("p", {}, `${whole(totals.plays)} plays for ${price(totals.spend)}; leases: ${leases}`),
    flagged.length ? table([["What is wrong", ""], ["Store", ""], ["Campaign", ""], ["When", ""], ["Price", "number"]],
      flagged.map((one) => [badge(one.flag, "bad"), one.store, one.campaign ?? "–", clock(one.at), price(one.price)]), "Plays that do not fit") : el("p", { class: "note" }, "Every play fits its lease."));
}

function drawOrders(one) {
  const wanted = `${one?.campaign} ${one?.state} ${person}`;
  if (drawnFor === wanted) return; // a person may be typing
  drawnFor = wanted;
  if (!one || !person || !ORDERS[one.state].length) { put("orders"); return; }
  const why = el("input", { id: "order-why", maxlength: 200, autocomplete: "off" });
  const budget = el("input", { id: "order-budget", inputmode: "decimal", value: String(one.budget / MICROS) });
  const send = (event) => order(`/${one.campaign}/${event}`, { reason: why.value }, `${one.campaign}: ${event} is ordered`);
  const press = (event, button) => { // there is no way back from an end: it is pressed twice
    if (event === "end" && button.textContent === "end") button.textContent = "end: sure?";
    else send(event);
  };
  const buttons = ORDERS[one.state].map((event) => el("button", { class: event === "end" ? "act bad" : "act", type: "button",
    onclick: (click) => press(event, click.currentTarget) }, event));
  put("orders", el("p", { class: "desk" }, el("label", { for: "order-why" }, "Because"), why, ...buttons,
    el("label", { for: "order-budget" }, "Budget"), budget,
    el("button", { class: "act", type: "button", onclick: () => order(`/${one.campaign}/budget`, { budget: budget.value.trim(), reason: why.value }, `${one.campaign} has another budget`) }, "change")));
}

const FIELDS = [["campaign", "Name", { placeholder: "tea-spring", maxlength: 63, required: true }], ["advertiser", "Advertiser", { maxlength: 120, required: true }],
  ["headline", "Headline", { maxlength: 80, required: true }], ["gtins", "Items (GTIN, with spaces between)", { required: true }],
  ["bid", "Bid: the most a play may cost", { inputmode: "decimal", required: true }], ["budget", "Budget", { inputmode: "decimal", required: true }],
  ["first", "First moment", { type: "datetime-local", required: true }], ["last", "Last moment", { type: "datetime-local", required: true }],
  ["holdout", "Held out, in percent", { inputmode: "decimal", value: "5" }], ["regions", "Regions (with commas between; empty is all)", {}]];

function drawForm() {
  if (!person) {
    put("new", el("p", { class: "note" }, "This dashboard does not know who you are, so it only shows. At the centre: ", el("code", {}, "central-sync campaign new CONFIG FILE"), "."));
    return;
  }
  const fields = FIELDS.map(([name, label, more]) => el("label", {}, label, el("input", { name, autocomplete: "off", ...more })));
  const form = el("form", { "aria-labelledby": "new-title" }, el("div", { class: "fields" }, ...fields),
    el("p", { class: "desk" }, el("span", { class: "note" }, `You are ${person}; what you order is noted with your name.`), el("button", { class: "act" }, "Make the draft")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    make(new FormData(form)).then((made) => { if (made) form.reset(); });
  });
  put("new", form);
}

function make(form) {
  const text = Object.fromEntries([...form].map(([name, value]) => [name, String(value).trim()]));
  const listed = (words, between) => words.split(between).map((one) => one.trim()).filter(Boolean);
  const moment = (local) => new Date(local).toISOString();
  const plan = { ...text, gtins: listed(text.gtins, /\s+/), regions: listed(text.regions, ","), holdout: Number(text.holdout || 0) / 100,
    first: moment(text.first), last: moment(text.last) };
  chosen = plan.campaign;
  return order("", plan, `${plan.campaign} is a draft; start it when it is right`);
}

async function draw() {
  const by = place("by").value;
  const told = await ask("/v1/campaigns");
  if (!told.campaigns.some((one) => one.campaign === chosen)) chosen = told.campaigns[0]?.campaign ?? null;
  const one = told.campaigns.find((each) => each.campaign === chosen) ?? null;
  const of = chosen && by !== "campaign" ? `&campaign=${encodeURIComponent(chosen)}` : "";
  const [report, leases, ledger, days] = await Promise.all([ask(`/v1/media/report?by=${by}${of}`), ask("/v1/media/leases?limit=1"), ask("/v1/media/ledger?limit=12"),
    chosen ? ask(`/v1/media/report?by=day&campaign=${encodeURIComponent(chosen)}`) : { lines: [] }]);
  if (person !== told.person) {
    person = told.person;
    drawForm();
  }
  const running = told.campaigns.filter((each) => each.state === "running");
  const sum = (name) => price(running.reduce((total, each) => total + each[name], 0));
  put("figures", figure(running.length, "running campaigns"), figure(sum("spent"), "spent of those"), figure(sum("leased"), "leased to stores"),
    figure(leases.owing.length, "stores that owe", leases.owing.length ? "bad" : "good"), figure(ledger.flagged.length, "plays that do not fit", ledger.flagged.length ? "bad" : "good"));
  drawCampaigns(told);
  place("chosen-note").textContent = one ? `${one.campaign}: ${one.plan.headline}` : "";
  put("chosen", one ? drawFlight(one, days.lines, told.at) : el("p", { class: "empty" }, "No campaign is chosen."));
  drawOrders(one);
  drawReport(report);
  drawOwing(leases);
  drawLedger(ledger);
}

place("choice").addEventListener("submit", (event) => event.preventDefault());
place("by").addEventListener("change", () => draw().catch((error) => say(error.message, true)));
refresh(EVERY_S, draw);
