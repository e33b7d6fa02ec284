// The page of what the store proposes: each line is taken, changed or turned down in one click. A
// line is drawn again only when what it says became another, so that nobody's typing is lost.

import { ask, badge, clock, el, money, notice, number, refresh } from "/page/shared/endcap.js";

const KINDS = [
  ["refill", "Refill the shelf", "Refill", "units"],
  ["stockout", "Out of stock", null, null],
  ["order", "Order", "Order", "units"],
  ["markdown", "Mark down", "Ask", "price"],
  ["overstock", "Too much of", "Noted", "units"],
  ["count", "Count", null, null],
];
const MOST = 200;
let currency = "";

const shown = new Map();

/** What makes a line another one: all that is drawn of it. */
const face = (one) => JSON.stringify([one.amount, one.state, one.decided, one.reasons, one.name]);

function amountOf(one) {
  if (one.amount === null) return "";
  return one.what === "markdown" ? money(one.amount, currency) : `${number(one.amount, 2)} units`;
}

async function decide(one, what, body, line) {
  const buttons = line.querySelectorAll("button");
  for (const button of buttons) button.disabled = true;
  try {
    const after = await ask(`/v1/proposals/${encodeURIComponent(one.id)}/${what}`, body);
    notice("decision", null);
    draw({ ...after, name: one.name }, line);
  } catch (error) {
    notice("decision", `${one.name ?? one.gtin}: ${error.message}`, "bad");
    for (const button of buttons) button.disabled = false;
  }
}

function choices(one, verb, kind, line) {
  const label = one.name ?? one.gtin;
  const price = kind === "price";
  const input = el("input", {
    type: "number", min: "0", step: price ? "0.01" : one.figures.case_pack ?? "any", value: String(one.amount),
    "aria-label": price ? `Price of ${label}` : `Units of ${label}`, inputmode: "decimal",
  });
  const yes = el("button", { type: "submit", "aria-label": `${verb} ${label}` }, verb);
  const no = el("button", {
    type: "button", class: "plain", "aria-label": `No ${verb.toLowerCase()} of ${label}`,
    onclick: () => decide(one, "reject", {}, line),
  }, "No");
  const form = el("form", {}, input, yes, no);
  input.addEventListener("input", () => {
    yes.textContent = input.valueAsNumber === one.amount || input.value === "" ? verb : `${verb} ${input.value}`;
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const amount = input.valueAsNumber;
    if (Number.isNaN(amount) || amount === one.amount) decide(one, "accept", {}, line);
    else decide(one, "change", { amount }, line);
  });
  return form;
}

function outcome(one) {
  const words = { accepted: "done as proposed", changed: `changed to ${number(one.decided, 2)}`, rejected: "turned down", over: "over" };
  return badge(words[one.state], one.state === "rejected" || one.state === "over" ? "" : "good");
}

function draw(one, line) {
  const [, , verb, kind] = KINDS.find(([what]) => what === one.what);
  const title = el("div", { class: "name" }, one.name ?? one.gtin, " ", amountOf(one) ? el("span", { class: "note" }, amountOf(one)) : null);
  const until = one.state === "open" && verb ? `until ${clock(one.until)}` : "";
  const why = el("div", { class: "why" }, [...one.reasons, until].filter(Boolean).join(" · "));
  const end = one.state !== "open" ? outcome(one) : verb ? choices(one, verb, kind, line) : null;
  line.replaceChildren(...[title, end, why].filter(Boolean));
  shown.set(one.id, { line, face: face(one), what: one.what });
}

function place(one, list) {
  const before = shown.get(one.id);
  const line = before?.line ?? el("li", {});
  if (before?.face !== face(one) && !line.contains(document.activeElement)) draw(one, line);
  if (line.parentElement !== list) list.append(line);
}

function cards() {
  const page = document.getElementById("kinds");
  if (page.querySelector("section")) return;
  page.replaceChildren(...KINDS.map(([what, title]) =>
    el("section", { class: "card", "aria-labelledby": `title-${what}`, id: `card-${what}` },
      el("header", {}, el("h2", { id: `title-${what}` }, title), el("span", { class: "note", id: `note-${what}` })),
      el("ul", { id: `list-${what}` }), el("p", { class: "empty", id: `none-${what}` }, "Nothing now."))));
}

refresh(10, async () => {
  const [status, answer] = await Promise.all([ask("/v1/status"), ask("/v1/proposals?limit=2000")]);
  currency = status.currency;
  document.title = `${status.name || status.store}: stock`;
  cards();
  const open = new Set(answer.proposals.map((one) => one.id));
  for (const [id, { line, face: last }] of shown) {
    const decided = JSON.parse(last)[1] !== "open";
    if (!open.has(id) && !decided && !line.contains(document.activeElement)) {
      line.remove();
      shown.delete(id);
    }
  }
  for (const [what] of KINDS) {
    const all = answer.proposals.filter((one) => one.what === what);
    const list = document.getElementById(`list-${what}`);
    for (const one of all.slice(0, MOST)) place(one, list);
    document.getElementById(`note-${what}`).textContent = all.length ? `${number(all.length)} open` : "";
    document.getElementById(`none-${what}`).hidden = list.children.length > 0;
  }
});
