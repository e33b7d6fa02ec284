// What stores ask about their facings: one picture at a time, answered by a key. The next picture is
// loaded while this one is looked at. What the model said is shown by nobody before the answer.

import { ask, badge, clock, el, notice, number, put, refresh, table } from "/page/shared/endcap.js";

const EVERY_S = 15;
const FEW = 8;
const KEYS = { y: ["empty", "yes, empty"], n: ["full", "no, full"], l: ["low", "low"], o: ["occluded", "hidden"], u: ["unsure", "unsure"] };
const percent = (share) => `${(100 * share).toFixed(1)} %`;
const bounds = (one) => one.value === null ? "too few answers yet" : `${percent(one.value)} (${percent(one.low)} to ${percent(one.high)}), ${number(one.answers)} answers`;

let queue = [];
let undone = [];
let known = false;
let told = Promise.resolve();
const underWay = new Set();

// Made once: a button that is drawn anew loses the focus.
const answers = Object.entries(KEYS).map(([key, [said, label]]) =>
  el("button", { type: "button", class: "act", disabled: true, "data-said": said, onclick: () => answer(said) }, el("kbd", {}, key), label));
const back = el("button", { type: "button", class: "act", disabled: true, onclick: undo }, el("kbd", {}, "z"), "undo");
put("keys", answers, back);

function preload(question) {
  if (question) new Image().src = question.picture;
}

function drawn(question) {
  const [x0, y0, x1, y1] = question.place;
  const frame = el("span", { class: "frame" });
  Object.assign(frame.style, { left: `${100 * x0}%`, top: `${100 * y0}%`, width: `${100 * (x1 - x0)}%`, height: `${100 * (y1 - y0)}%` });
  const label = `facing ${question.facing} of ${question.store}`;
  return el("div", { class: "asked" },
    el("div", { class: "shot" }, el("img", { src: question.picture, alt: label, width: 384 }), frame),
    el("dl", {}, ...[["Store", question.store], ["Camera", question.camera], ["Facing", question.facing], ["Item", question.gtin ?? "–"],
      ["Taken", clock(question.taken_at)], ["Answers so far", number(question.people)]]
      .flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])));
}

function show() {
  const [question, next] = queue;
  put("asked", question ? drawn(question) : el("p", { class: "empty" }, "Nothing to ask. Stores ask where a camera has review = true."));
  preload(next);
  for (const button of answers) button.disabled = !question || !known;
  back.disabled = !undone.length;
}

async function fill() {
  const found = await ask(`/v1/review/queue?limit=${FEW}`);
  known = found.person !== null;
  notice("person", known ? null : "This dashboard does not know who you are, so it only shows. Answer with a certificate of yours, or central-sync review answer.", "warn");
  put("left", `${number(found.waiting)} wait, ${number(found.settled)} settled`);
  const same = queue[0] && found.questions.some((one) => one.question === queue[0].question);
  const first = same ? [queue[0]] : [];
  queue = [...first, ...found.questions.filter((one) => one.question !== first[0]?.question && !underWay.has(one.question))];
}

/** Do things one after the other; the next picture is shown meanwhile. */
function later(question, doing, failed) {
  underWay.add(question.question);
  show();
  told = told.then(doing).catch((error) => {
    failed();
    put("said", el("p", { class: "why bad" }, error.message));
  }).then(() => { underWay.delete(question.question); show(); });
}

function answer(said) {
  const question = queue[0];
  if (!question || !known) return;
  queue = queue.slice(1);
  undone = [...undone, question].slice(-50);
  later(question, async () => {
    const now = await ask(`/v1/review/questions/${question.question}/answer`, { said });
    const came = now.settled ? `settled as ${now.settled}` : now.over ? "people do not agree" : "waits for another person";
    put("said", el("p", {}, `${question.store} ${question.facing}: ${said}; `, badge(came, now.settled ? "good" : "")));
    if (queue.length < 2) await fill();
  }, () => { queue = [question, ...queue]; undone = undone.filter((one) => one !== question); });
}

function undo() {
  const question = undone.at(-1);
  if (!question) return;
  undone = undone.slice(0, -1);
  queue = [question, ...queue];
  later(question, async () => {
    await ask(`/v1/review/questions/${question.question}/undo`, {});
    put("said", el("p", {}, `taken back: ${question.store} ${question.facing}`));
  }, () => { queue = queue.filter((one) => one !== question); });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const key = event.key.toLowerCase();
  if (KEYS[key]) answer(KEYS[key][0]);
  else if (key === "z" || key === "backspace") undo();
  else return;
  event.preventDefault();
});

async function tell() {
  const { progress } = await ask("/v1/review");
  const rows = progress.stores.map((one) => [one.store, number(one.waiting), number(one.settled), bounds(one.precision), bounds(one.missed)]);
  put("stores", rows.length ? table([["Store", ""], ["Wait", "number"], ["Settled", "number"], ["Alerts that are right", ""], ["Empty without an alert", ""]], rows, "Stores")
    : el("p", { class: "empty" }, "No store has asked anything yet."));
  put("people", progress.by.length ? table([["Who", ""], ["Answers", "number"]], progress.by.map(([who, count]) => [who, number(count)]), "People")
    : el("p", { class: "empty" }, "Nobody has answered yet."));
  const { pictures, alike, alpha } = progress.agreement;
  put("agreement", pictures ? `${percent(alike)} alike on ${number(pictures)} pictures that two judged${alpha === null ? "" : `, alpha ${alpha.toFixed(2)}`}` : "no picture was judged by two yet");
}

refresh(EVERY_S, async () => {
  await told;
  await fill();
  await tell();
  show();
});
