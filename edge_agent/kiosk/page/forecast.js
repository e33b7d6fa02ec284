// One item's days: what sold, what is expected, what stood between, and what moves one day. Only reads.

import { ask, clock, el, figure, number, put, refresh, table } from "/page/shared/endcap.js";
import { dayName, plotDays, signed, signedBars, tableOfDays } from "/page/shared/plot.js";

const WITNESS = { camera: "seen by a camera", stock: "by the stock records", silence: "no sale for improbably long" };
const BASIS = { alike: "too new for a forecast of its own: from items like it", chain: "too new for a forecast of its own: from all stores" };
const SHOWN_OUTS = 12;
const wanted = new URLSearchParams(location.search);
let drawn = "";

const percent = (value, digits = 0) => (value === null || value === undefined ? "–" : `${number(100 * value, digits)} %`);
const linkTo = (one) => el("a", { href: `/forecast?item=${one.gtin}` }, one.name ?? one.gtin);

async function find(words) {
  if (!words.trim()) { put("found"); return; }
  const found = /^\d{8,14}$/.test(words.trim()) ? await ask(`/v1/items/${words.trim()}`).then((one) => [one.item], () => [])
    : (await ask(`/v1/search?q=${encodeURIComponent(words)}`)).items;
  if (words !== document.getElementById("words").value) return;
  put("found", found.length ? found.slice(0, 8).map((one) => el("li", {}, linkTo(one))) : el("li", { class: "note" }, "No item is found."));
}

async function drawChoice() {
  const { forecasts } = await ask("/v1/forecasts?limit=40");
  const rows = forecasts.filter((one) => one.expected !== null);
  put("item", rows.length ? table([["Item", ""], ["Tomorrow", "number"]], rows.map((one) => [linkTo(one), number(one.expected, 1)]), "Items with a forecast of tomorrow")
    : el("p", { class: "empty" }, "No forecast for tomorrow yet. It is made once sales have come in."));
}

function drawFigures(told) {
  const tomorrow = told.days.find((one) => one.day > told.today);
  const off = told.fared ? percent(told.fared.wape) : "–";
  const bias = told.fared?.bias ?? null;
  put("figures",
    figure(tomorrow?.expected === null || !tomorrow ? "–" : number(tomorrow.expected, 1), tomorrow?.low === null || !tomorrow ? "expected tomorrow" : `expected tomorrow, ${likely(tomorrow)}`),
    figure(off, told.fared ? `forecast error, over ${told.fared.rows} days` : "forecast error: no day is over yet"),
    figure(bias === null ? "–" : `${signed(100 * bias, 0)} %`, bias > 0 ? "too much was expected" : "too little was expected"),
    figure(percent(told.fared?.covered), told.interval ? `of days within the ${percent(told.interval)} interval` : "of days within the interval"),
    figure(percent(told.category_fared?.wape), `forecast error, all of ${told.category || "its category"}`));
}

const likely = (one) => `likely ${number(one.low, 1)} to ${number(one.high, 1)}`;

function drawItem(told) {
  const at = told.explanation?.day ?? wanted.get("day");
  put("item", plotDays(told.days, { today: told.today, label: told.name, interval: told.interval ? `${percent(told.interval)} of such days` : "", picked: at, onpick: pick }));
  put("days", tableOfDays(told.days, `Days of ${told.name}`, { today: told.today }));
  const basis = told.days.map((one) => BASIS[one.basis]).find(Boolean);
  put("item-note", [told.category, basis].filter(Boolean).join(" · "));
}

function drawDrivers(told) {
  const one = told.explanation;
  put("drivers-note", one ? dayName(one.day) : "");
  if (!one) { put("drivers", el("p", { class: "empty" }, `${told.unexplained ?? "It cannot be said"}.`)); return; }
  const rows = one.drivers.map((driver) => ({ words: driver.words, detail: driver.reason, value: driver.units }));
  put("drivers",
    el("p", { class: "sum" }, "On a day on which nothing is special", el("b", {}, number(one.typical, 1))),
    rows.length ? signedBars(rows, `What moves ${dayName(one.day)}, in units`) : el("p", { class: "empty" }, "Nothing moves this day."),
    el("p", { class: "sum" }, `Expected on ${dayName(one.day)}`, el("b", {}, number(one.expected, 1))));
}

function drawOuts(told) {
  const outs = told.days.flatMap((one) => one.stock_outs).reverse();
  put("outs", outs.length ? [table([["Day", ""], ["Of its sales", "number"], ["Who says so", ""]],
    outs.slice(0, SHOWN_OUTS).map((one) => [noted(dayName(one.day), `${hour(one.since)} to ${hour(one.until)}`), percent(one.share),
      noted(WITNESS[one.source] ?? one.source, one.detail)]), "When the item was missing"),
  outs.length > SHOWN_OUTS ? el("p", { class: "note" }, `and ${outs.length - SHOWN_OUTS} more`) : null]
    : el("p", { class: "empty" }, "No stock-out is known on these days."));
}

const noted = (text, note) => el("span", {}, text, note ? el("span", { class: "note" }, note) : null);
const hour = (moment) => clock(moment).split(" ").at(-1);

function pick(day) {
  wanted.set("day", day);
  history.replaceState(null, "", `?${wanted}`);
  drawn = "";
  draw();
}

async function draw() {
  const gtin = wanted.get("item");
  if (!gtin) { await drawChoice(); return; }
  const day = wanted.get("day");
  const told = await ask(`/v1/forecasts/${encodeURIComponent(gtin)}/history${day ? `?day=${encodeURIComponent(day)}` : ""}`);
  const same = JSON.stringify({ ...told, at: null });
  if (same === drawn) return; // whoever walks through the days keeps their place
  const walking = document.activeElement?.classList.contains("plot");
  drawn = same;
  document.getElementById("item-title").textContent = told.name;
  document.title = `${told.name}: forecast`;
  document.getElementById("details").hidden = false;
  drawFigures(told);
  drawItem(told);
  drawDrivers(told);
  drawOuts(told);
  if (walking) document.querySelector(".plot").focus();
}

document.getElementById("words").addEventListener("input", (event) => find(event.target.value).catch(() => put("found")));
refresh(30, draw);
