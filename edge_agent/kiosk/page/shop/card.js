// The loyalty card: used only by who agreed, on this screen only until they leave, and put away at once
// when they say so. Taking down consent, and erasing, is for tills: a number alone proves no person.

import { el } from "/page/shared/endcap.js";
import { ask, quietly } from "./asking.js";
import { say } from "./words.js";
import { visit } from "./visit.js";

const NOT_HERE = [401, 403];
const dialog = document.getElementById("consent");
let changed = () => {};
let said = "";

/** Begin; `work` is called when a card was taken up or put away. */
export function beginCard(work) { changed = work; }

/** Draw what can be done about a card. */
export function drawCard() {
  const button = (key, onclick, kind = "") => el("button", { type: "button", class: kind, onclick }, say(key));
  document.getElementById("card-panel").replaceChildren(el("header", {}, el("h2", { id: "card-title" }, say("card-title"))),
    ...(visit.card
      ? [el("p", { role: "status" }, say(visit.card.remembered ? "card-on" : "card-till")),
        el("div", { class: "choices" }, button("card-off", () => putAway("")), button("forget", askToForget, "quiet"))]
      : [el("p", { role: "status" }, said ? say(said) : say("card-why")), button("card-use", askForConsent, "quiet")]));
}

function putAway(key) {
  visit.card = null;
  said = key;
  drawCard();
  document.querySelector("#card-panel button").focus();
  changed();
}

function show(title, ...parts) {
  dialog.replaceChildren(el("div", { class: "inner" }, el("h2", { id: "consent-title" }, say(title)), ...parts));
  dialog.showModal();
}

const choices = (...buttons) => el("div", { class: "choices" }, ...buttons);
const no = () => el("button", { type: "button", class: "quiet", onclick: () => dialog.close() }, say("no"));

function askForConsent() {
  const number = el("input", { id: "card-number", autocomplete: "off", maxlength: "80", required: "" });
  const agree = el("input", { id: "card-agree", type: "checkbox" });
  const wrong = el("p", { class: "note", role: "alert" });
  const form = el("form", { class: "inner", novalidate: "" },
    el("p", {}, say("consent-what")),
    el("ul", { class: "plain" }, ["consent-1", "consent-2", "consent-3"].map((one) => el("li", {}, say(one)))),
    el("div", {}, el("label", { for: "card-number" }, say("card-number")), number),
    el("label", { class: "agree", for: "card-agree" }, agree, el("span", {}, say("agree"))),
    wrong, choices(el("button", { type: "submit" }, say("yes")), no()));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const typed = number.value.trim();
    wrong.textContent = !typed ? say("must-number") : !agree.checked ? say("must-agree") : "";
    if (wrong.textContent) (typed ? agree : number).focus();
    else quietly(() => takeUp(typed));
  });
  show("consent-title", form);
}

const path = (card) => `/v1/shoppers/${encodeURIComponent(card)}`;

/** Do what only a till may; tell whether this screen may. */
async function asTill(work) {
  try {
    await work();
    return true;
  } catch (error) {
    if (NOT_HERE.includes(error.status)) return false;
    throw error;
  }
}

async function takeUp(number) {
  const session = visit.session;
  const remembered = await asTill(() => ask(`${path(number)}/consent`, { consent: true, source: "kiosk" }, "PUT"));
  if (session !== visit.session) return; // they left meanwhile
  visit.card = { number, remembered };
  said = "";
  dialog.close();
  drawCard();
  changed();
}

function askToForget() {
  const yes = el("button", { type: "button", onclick: () => quietly(forget) }, say("forget-yes"));
  show("forget", el("p", {}, say("forget-sure")), choices(yes, no()));
}

async function forget() {
  const { number } = visit.card;
  const erased = await asTill(() => ask(path(number), undefined, "DELETE"));
  dialog.close();
  putAway(erased ? "forgotten" : "forget-till");
}

/** Say nothing of the last visit any more. */
export function forgetWords() { said = ""; }
