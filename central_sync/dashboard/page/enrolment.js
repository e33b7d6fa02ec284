// Enrolment on the centre's page: who waits, open tokens, certificates, who is out. A person whom the
// dashboard knows by a certificate decides here; for others it says which command does.

import { ask, badge, clock, el, put, table } from "/page/shared/endcap.js";

const STANDING = { valid: "good", ended: "warn", revoked: "bad" };
const SHOWN = 12;

let person; // who asks, as last drawn: the desk is drawn anew only when that changes
let authority = null; // whether the centre has one of its own; asked once
let sure = null; // the button that was pressed once and wants to be pressed again

const say = (text, bad = false) => put("enrolment-said", el("p", { class: bad ? "why bad" : "why", role: "status" }, text));

async function decide(path, body, said) {
  sure = null;
  try {
    const done = await ask(`/v1/enrolments/${path}`, body);
    say([said, done.hint].filter(Boolean).join("; "));
  } catch (error) {
    say(error.message, true);
  }
  await drawEnrolment();
}

// A button that does nothing until it is pressed twice.
function careful(name, label, work) {
  const asked = sure === name;
  return el("button", { class: asked ? "act bad" : "act", onclick: () => { if (asked) work(); else { sure = name; drawEnrolment(); } } },
    asked ? `${label}: sure?` : label);
}

function drawWaiting(waiting) {
  return waiting.length ? [el("h3", {}, "Waiting for a person"), el("p", { class: "note" }, "Accept only what shows the same key on the device."),
    table([["Store", ""], ["Key", ""], ["From", ""], ["Since", ""], ["", ""]],
      waiting.map((one) => [el("b", {}, one.store), el("code", {}, one.key_shown), one.asked_from, clock(one.asked_at),
        person ? el("span", {}, careful(`accept ${one.request}`, "accept", () => decide(`requests/${one.request}/accept`, {}, `${one.store} is let in`)), " ",
          careful(`refuse ${one.request}`, "refuse", () => decide(`requests/${one.request}/refuse`, {}, `${one.store} is refused`)))
          : el("code", {}, `central-sync enrol accept CONFIG ${one.request.slice(0, 8)}`)]),
      "Stores that wait for a person")] : [];
}

function drawTokens(tokens) {
  return tokens.length ? [el("h3", {}, "Tokens"),
    table([["Store", ""], ["", ""], ["Until", ""], ["Tried in vain", "number"]],
      tokens.map((one) => [el("b", {}, one.store), badge(one.standing), clock(one.expires), one.refused ? badge(String(one.refused), "bad") : "0"]),
      "Tokens")] : [];
}

function drawStores(stores, more) {
  return stores.length ? [el("h3", {}, "Certificates"), table([["Store", ""], ["", ""], ["Ends", ""], ["Since", ""], ["Serial", ""], ["Why", ""]],
    stores.map((one) => [el("b", {}, one.store), badge(one.standing, STANDING[one.standing]), day(one.not_after), day(one.issued_at),
      el("code", {}, one.serial.slice(0, 12)), one.reason ?? ""]), "Certificates of stores"),
    more ? el("p", { class: "note" }, `the first ${stores.length}; more at /v1/enrolments?after=${more}`) : null]
    : [el("p", { class: "empty" }, "No store has enrolled yet.")];
}

function drawRevoked(revoked) {
  return revoked.length ? [el("h3", {}, "Revoked"), table([["Store", ""], ["Since", ""], ["Why", ""]],
    revoked.slice(0, SHOWN).map((one) => [el("b", {}, one.store), clock(one.revoked_at), one.reason]), "Stores that were revoked")] : [];
}

const day = (moment) => new Date(moment).toLocaleDateString([], { day: "numeric", month: "short", year: "numeric" });

function drawDesk() {
  if (!person) {
    put("enrolment-desk", el("p", { class: "note" }, "This dashboard does not know who you are, so it only shows. At the centre: ",
      el("code", {}, "central-sync enrol new CONFIG STORE"), ". To decide here, show a certificate of ", el("code", {}, "central-sync authority person CONFIG NAME"), "."));
    return;
  }
  const store = el("input", { id: "enrol-store", maxlength: 41, placeholder: "store-17", autocomplete: "off" });
  const url = el("input", { id: "enrol-url", maxlength: 200, value: location.origin });
  const out = el("input", { id: "revoke-store", maxlength: 41, autocomplete: "off" });
  const why = el("input", { id: "revoke-why", maxlength: 200 });
  put("enrolment-desk", el("p", { class: "note" }, `You are ${person}; what you decide is noted with your name.`),
    el("p", { class: "desk" }, el("label", { for: "enrol-store" }, "New store"), store, el("label", { for: "enrol-url" }, "reaches the centre at"), url,
      el("button", { class: "act", onclick: () => makeToken(store.value.trim(), url.value.trim()) }, "Make a token")),
    el("p", { class: "desk" }, el("label", { for: "revoke-store" }, "Revoke store"), out, el("label", { for: "revoke-why" }, "because"), why,
      el("button", { class: "act bad", onclick: () => decide(`stores/${encodeURIComponent(out.value.trim())}/revoke`, { reason: why.value }, `${out.value.trim()} is revoked`) }, "Revoke")));
}

async function makeToken(store, url) {
  try {
    const made = await ask("/v1/enrolments/tokens", { store, url });
    put("enrolment-said", el("div", { class: "token" }, el("img", { src: made.picture, alt: `QR code of the token for ${made.store}` }),
      el("div", {}, el("p", {}, `Token for ${made.store}, until ${clock(made.expires)}, for one use. It is shown this once.`), el("code", {}, made.token),
        el("p", {}, el("code", {}, `edge-agent enrol CONFIG ${url || "URL"} TOKEN`)),
        el("button", { class: "act", onclick: () => put("enrolment-said") }, "Done"))));
  } catch (error) {
    say(error.message, true);
  }
  await drawEnrolment();
}

/** Ask for the enrolments and draw them; called with every refresh of the page. */
export async function drawEnrolment() {
  authority ??= await ask("/v1/authority").then(() => true, (error) => { if (error.unreachable) throw error; return false; });
  if (!authority) {
    put("enrolment", el("p", { class: "empty" }, "This centre has no authority of its own: central-sync authority init CONFIG, then restart it."));
    return;
  }
  const told = await ask(`/v1/enrolments?limit=${SHOWN}`);
  if (person !== told.person) {
    person = told.person;
    drawDesk();
  }
  put("enrolment-note", `this centre's mark is ${told.mark}`);
  put("enrolment", ...drawWaiting(told.waiting), ...drawTokens(told.tokens), ...drawStores(told.stores, told.next), ...drawRevoked(told.revoked));
}
