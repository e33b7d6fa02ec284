// The question and what is found: suggestions as one types, results, and how to narrow them down.

import { el, put } from "/page/shared/endcap.js";
import { ask, quietly, report } from "./asking.js";
import { card, reasonWords, renew } from "./cards.js";
import { number as quantity, say } from "./words.js";
import { shownIn, visit } from "./visit.js";

const WAIT_MS = 120;
const PAGE = 24;
const MOST = 96;
const CHIPS = 8;
const field = document.getElementById("q");
const list = document.getElementById("options");
const narrowed = new Map();
let acts = {};
let query = "";
let limit = PAGE;
let options = [];
let chosen = -1;
let waiting = 0;
let asked = 0;
let guessed = 0;
let shown = new Map();

/** Begin; `actions` are open(item) and toggle(item). */
export function beginFinder(actions) {
  acts = actions;
  field.addEventListener("input", () => { typed(); });
  field.addEventListener("keydown", keyed);
  field.addEventListener("blur", () => setTimeout(close, 150));
  document.getElementById("form").addEventListener("submit", (event) => { event.preventDefault(); find(field.value, true); });
  document.getElementById("clear").addEventListener("click", () => { find(""); field.focus(); });
  document.getElementById("more").addEventListener("click", () => { limit = Math.min(MOST, limit + PAGE); quietly(search); });
  list.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
}

/** Look for `words`, or show what is popular where there are none; `away` leaves the field. */
export function find(words, away = false) {
  clearTimeout(waiting);
  guessed += 1;
  field.value = words;
  query = words.trim();
  limit = PAGE;
  narrowed.clear();
  close();
  document.getElementById("clear").hidden = !words;
  quietly(search).then(() => { if (away && query) document.getElementById("results").focus({ preventScroll: true }); });
}

/** Ask again for what is shown. */
export const searchAgain = () => quietly(search);

/** Tell whether one of `gtins` is shown; null means any. */
export const shows = (gtins) => gtins === null || gtins.some((one) => shown.has(one));

function typed() {
  document.getElementById("clear").hidden = !field.value;
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    query = field.value.trim();
    limit = PAGE;
    narrowed.clear();
    quietly(search);
    quietly(suggest);
  }, WAIT_MS);
}

async function suggest() {
  const mine = ++guessed;
  const words = field.value.trim();
  if (!words) return close();
  const answer = await ask(`/v1/suggest?q=${encodeURIComponent(words)}&limit=7`);
  if (mine !== guessed || document.activeElement !== field) return;
  options = answer.suggestions.filter((one) => textOf(one) !== words);
  chosen = -1;
  put("options", options.map((one, at) => el("li", { id: `option-${at}`, role: "option", "aria-selected": "false", onclick: () => take(at) }, textOf(one))));
  open(options.length > 0);
}

const textOf = (one) => one.text ?? one.name;

function open(there) {
  list.hidden = !there;
  field.setAttribute("aria-expanded", String(there));
  if (!there) field.removeAttribute("aria-activedescendant");
}

const close = () => { chosen = -1; open(false); };

function take(at) {
  find(textOf(options[at]));
}

const MOVES = { ArrowDown: 1, ArrowUp: -1 };

function keyed(event) {
  if (MOVES[event.key] && options.length) {
    event.preventDefault();
    if (list.hidden) open(true);
    move(chosen < 0 && event.key === "ArrowUp" ? options.length - 1 : (chosen + MOVES[event.key] + options.length) % options.length);
  } else if (event.key === "Enter" && !list.hidden && chosen >= 0) {
    event.preventDefault();
    take(chosen);
  } else if (event.key === "Escape") {
    if (list.hidden) find("");
    else close();
    event.preventDefault();
  }
}

function move(at) {
  chosen = at;
  [...list.children].forEach((one, n) => one.setAttribute("aria-selected", String(n === at)));
  field.setAttribute("aria-activedescendant", `option-${at}`);
  list.children[at].scrollIntoView({ block: "nearest" });
}

async function search() {
  const mine = ++asked;
  const found = query ? await results() : await popular();
  if (mine !== asked) return;
  shown = new Map(found.entries.map(({ item }) => [item.gtin, item]));
  shownIn(found.answer, shown.keys());
  document.getElementById("found-title").textContent = say(query ? "found" : "popular");
  renew("found", [query, found.entries, [...visit.basket.keys()]], () => found.entries.length
    ? found.entries.map(({ item, reasons }) => card(item, looking, reasons))
    : el("li", { class: "empty" }, query ? say("no-results", { q: query }) : say("nothing-yet")));
  drawTold(found);
  drawFacets(found.facets ?? [], found.entries.length);
  document.getElementById("more").hidden = found.entries.length < limit || limit >= MOST;
}

const looking = {
  open: (item) => { report(item.gtin, "tapped"); acts.open(item); },
  toggle: (item) => { if (!visit.basket.has(item.gtin)) report(item.gtin, "tapped"); acts.toggle(item); },
};

async function results() {
  const asks = new URLSearchParams({ q: query, limit: String(limit), session: visit.session });
  for (const [facet, value] of narrowed) asks.append(facet, value);
  const answer = await ask(`/v1/search?${asks}`);
  return { ...answer, entries: answer.items.map((one) => ({ item: one.item ?? one, reasons: [] })) };
}

async function popular() {
  const answer = await ask("/v1/recommendations", acts.question({ basket: [], limit: 12 }));
  const nameOf = (gtin) => shown.get(gtin)?.name;
  return { answer: answer.answer, entries: answer.items.map((one) => ({ item: one.item, reasons: reasonWords(one, nameOf) })) };
}

function drawTold(found) {
  const number = found.entries.length;
  const said = !query ? [] : !number ? [say("no-results", { q: query })] : [
    found.rescued ? say("rescued", { q: query }) : null,
    found.corrected ? say("showing-for", { q: found.corrected }) : null,
    say("results", { n: found.total ?? number, q: found.corrected ?? query })];
  const place = document.getElementById("told");
  const text = said.filter(Boolean).join(" ");
  if (place.textContent !== text) place.textContent = text;
}

const HERE = "in_stock"; // the one filter that is no value of a facet

function drawFacets(facets, found) {
  const useful = facets.filter((one) => one.values.length > 1 || narrowed.has(one.name));
  for (const [name, value] of narrowed) { // what was chosen can be taken back, whatever is left of it
    if (name !== HERE && !useful.some((one) => one.name === name)) useful.unshift({ name, values: [{ value, count: found }] });
  }
  const there = query !== "" && (useful.length > 0 || narrowed.size > 0);
  document.getElementById("facets").hidden = !there;
  renew("facets", [there, useful, [...narrowed]], () => there ? [hereLine(), ...useful.map(facetLine)] : []);
}

function hereLine() {
  const on = narrowed.has(HERE);
  return el("div", { class: "facet" }, el("button", { class: "chip", type: "button", "aria-pressed": String(on), onclick: () => narrow(HERE, on ? null : "true") }, say("here-now")));
}

function facetLine(facet) {
  const chips = facet.values.slice(0, CHIPS).map(({ value, count }) => {
    const on = narrowed.get(facet.name) === value;
    return el("button", { class: "chip", type: "button", "aria-pressed": String(on), "data-gtin": `${facet.name} ${value}`, onclick: () => narrow(facet.name, on ? null : value) },
      facet.name === "price" ? priceWords(value) : value, el("span", { class: "note" }, String(count)));
  });
  return el("div", { class: "facet", role: "group", "aria-label": say(facet.name) }, el("span", { class: "note" }, say(facet.name)), chips);
}

const priceWords = (value) => value.replace(/\d+(\.\d+)?/g, (one) => quantity(Number(one)));

function narrow(name, value) {
  if (value === null) narrowed.delete(name);
  else narrowed.set(name, value);
  limit = PAGE;
  quietly(search);
}
