// The shopper's page, put together: search, product, basket, ideas. Nothing of a visit is stored
// anywhere; it ends when the shopper says so, or has been gone for a while.

import { el, notice } from "/page/shared/endcap.js";
import { ask, onRecovery, quietly } from "./shop/asking.js";
import { beginBasket, drawBasket, drawIdeas, holds, lookAgain, toggle } from "./shop/basket.js";
import { beginCard, drawCard, forgetWords } from "./shop/card.js";
import { beginFinder, find, searchAgain, shows } from "./shop/finder.js";
import { listen, watchIdle } from "./shop/live.js";
import { beginSheet, draw as drawSheet, lookAtSheet, openSheet, sheetShows } from "./shop/sheet.js";
import { beginSlot, drawSlot, emptySlot, fillSlot, slotShows } from "./shop/slot.js";
import { fresh, visit } from "./shop/visit.js";
import { other, say, speak } from "./shop/words.js";

const IDLE_S = 90;
const told = new URLSearchParams(location.search); // what whoever set the screen up wants: lang, idle, q
const idle = Number(told.get("idle")) || IDLE_S;
const there = document.getElementById("there");

const acts = {
  open: (item) => openSheet(item.gtin),
  chosen: () => [...visit.basket.keys()],
  question: (body) => ({ ...body, session: visit.session, ...(visit.card ? { shopper: visit.card.number } : {}) }),
  toggle: (item) => {
    toggle(item);
    searchAgain();
    quietly(drawIdeas);
    drawSheet();
    drawSlot();
    fillSlot();
  },
};

function language(wanted) {
  speak(wanted);
  const [next, name] = other();
  const button = document.getElementById("language");
  button.textContent = name;
  button.lang = next;
  button.onclick = () => language(next);
  drawBasket();
  drawCard();
  drawSheet();
  drawSlot();
  if (visit.session) everything();
}

function everything() {
  searchAgain();
  lookAtSheet();
  quietly(drawIdeas);
  quietly(lookAgain);
  quietly(status);
}

function changed(topics, gtins) {
  const moved = topics !== null && (topics.has("shelves") || topics.has("stock"));
  if (moved && slotShows(gtins)) emptySlot();
  if (topics?.has("media") || document.getElementById("slot").hidden) fillSlot(true);
  if (topics === null || topics.has("models") || topics.has("prices")) { everything(); return; }
  if (topics.has("health")) quietly(status);
  if (!moved) return;
  if (shows(gtins)) searchAgain();
  if (sheetShows(gtins)) lookAtSheet();
  if (holds(gtins)) { quietly(drawIdeas); quietly(lookAgain); }
}

async function status() {
  const answer = await ask("/v1/status");
  document.getElementById("name").textContent = answer.name || answer.store;
  document.title = answer.name || answer.store;
  notice("degraded", answer.degraded.length ? say("degraded") : null, "quiet");
}

function startOver() {
  for (const one of document.querySelectorAll("dialog[open]")) one.close();
  fresh();
  forgetWords();
  document.body.classList.remove("large");
  document.getElementById("larger").setAttribute("aria-pressed", "false");
  document.getElementById("scan").reset();
  for (const id of ["scan-said", "basket-said"]) document.getElementById(id).textContent = "";
  language(told.get("lang"));
  emptySlot();
  fillSlot(true);
  find("");
  quietly(drawIdeas);
  scrollTo(0, 0);
}

function askWhetherThere(left) {
  if (left === null) { there.close(); return; }
  const text = say("there-text", { n: left });
  if (there.open) { there.querySelector("p").textContent = text; return; }
  there.replaceChildren(el("div", { class: "inner" }, el("h2", { id: "there-title" }, say("there-title")), el("p", {}, text),
    el("div", { class: "choices" }, el("button", { type: "button", onclick: () => there.close() }, say("stay")),
      el("button", { type: "button", class: "quiet", onclick: startOver }, say("anew")))));
  there.showModal();
}

const isBusy = () => visit.basket.size > 0 || visit.card !== null || document.getElementById("q").value !== ""
  || document.querySelector("dialog[open]") !== null || document.body.classList.contains("large");

document.getElementById("home").addEventListener("click", () => find(""));
document.getElementById("anew").addEventListener("click", startOver);
document.getElementById("larger").addEventListener("click", (event) => {
  const on = document.body.classList.toggle("large");
  event.currentTarget.setAttribute("aria-pressed", String(on));
});

fresh();
beginFinder(acts);
beginBasket(acts);
beginSheet(acts);
beginCard(everything);
beginSlot(acts);
fillSlot(true);
language(told.get("lang"));
find(told.get("q") ?? "");
onRecovery(everything);
listen(changed);
watchIdle(idle, isBusy, askWhetherThere, startOver);
