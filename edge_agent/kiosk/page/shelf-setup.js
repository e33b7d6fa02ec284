// Setting shelves up: a picture, facings upon it, their items, what that changes, saved. Everything
// is asked of this store alone; a draft is lost with the page, so leaving is asked about.

import { ask, badge, el, notice, number, put } from "/page/shared/endcap.js";
import { Board } from "/page/setup/board.js";
import { Draft } from "/page/setup/draft.js";
import { findItems } from "/page/setup/items.js";

const ROOT = "/v1/shelf-setup";
const WORDS = { added: "new", moved: "moved or resized", item: "another item", removed: "gone" };
const byId = (id) => document.getElementById(id);
const draft = new Draft();
let taken = null;
let mark = "";
let saved = "[]";
let offers = new Map();
let shown = "";
let flaw = "";

const PATIENT = 60_000; // ms: a slow camera, or a slow device that looks for facings or reads tags
const camera = () => byId("camera").value;
const here = () => `${ROOT}/cameras/${encodeURIComponent(camera())}`;
const body = () => ({ mark, picture: taken?.picture ?? null,
  facings: draft.facings.map(({ facing, gtin, x, y, w, h, stands }) => ({ facing, gtin, stands, x: round(x), y: round(y), w: round(w), h: round(h) })) });
const round = (value) => Math.min(1, Math.max(0, Math.round(value * 1e4) / 1e4));
const unsaved = () => JSON.stringify(draft.facings) !== saved;

const wishes = {
  s: () => draft.split(), c: () => draft.copyAlong(), Delete: () => draft.remove(), Backspace: () => draft.remove(),
  e: () => toggle("empty"), h: () => toggle("hidden"), Enter: () => byId("item").focus(), n: drawOne,
};
const board = new Board(byId("board"), draft, redraw, wishes);
const items = findItems(byId("item"), byId("found"), name, (words) => { flaw = words; redraw(); });

function toggle(state) {
  draft.edit({ stands: draft.one?.stands === state ? "full" : state });
}

function drawOne() {
  const like = draft.one ?? { x: 0.4, y: 0.4, w: 0.08, h: 0.15 };
  const x = like.x + like.w < 0.9 ? like.x + like.w : like.x;
  draft.draw({ x, y: like.y }, { x: Math.min(1, x + like.w), y: like.y + like.h });
}

/** Counted things in words: "1 facing", "24 facings". */
const counted = (count, what) => `${number(count)} ${what}${count === 1 ? "" : "s"}`;

function redraw() {
  board.draw();
  const one = draft.one;
  const bare = draft.facings.filter((other) => !other.gtin).length;
  byId("counts").textContent = taken || draft.facings.length ? `${counted(draft.facings.length, "facing")}, ${number(bare)} without an item` : "no picture yet";
  byId("one").hidden = !one;
  byId("one-note").textContent = one ? one.facing : "none is chosen";
  byId("undo").disabled = !draft.past.length;
  byId("redo").disabled = !draft.future.length;
  for (const id of ["compare", "save"]) byId(id).disabled = !draft.facings.length;
  for (const id of ["propose", "read", "import"]) byId(id).disabled = !taken;
  byId("take").disabled = !camera();
  byId("add").disabled = !taken && !draft.facings.length;
  if (one && byId("facing") !== document.activeElement) byId("facing").value = one.facing;
  byId("stands").value = one?.stands ?? "full";
  byId("item-now").textContent = flaw || (one?.gtin ? `${one.name || "item"} ${one.gtin}` : "no item yet");
  byId("item-now").classList.toggle("bad", Boolean(flaw));
  offer(one);
}

let offered = null;
/** Show what a tag seems to say of the chosen facing, once. */
function offer(one) {
  if (offered === one?.facing) return;
  offered = one?.facing ?? null;
  flaw = "";
  byId("item").value = "";
  items.clear();
  const found = one && !one.gtin ? offers.get(one.facing) : null;
  if (found) items.offer(found.map((each) => ({ gtin: each.gtin, name: each.name || `code ${each.text}` })));
}

/** Give the chosen facing its item, and go on to the next without one. */
function name(gtin, words) {
  draft.edit({ gtin, name: words });
  draft.chooseNext((one) => !one.gtin);
  offered = null;
  redraw();
  byId("item").focus();
  if (!words) nameOf(gtin);
}

/** Find out what a typed or scanned number is called; one that the store does not sell is said. */
async function nameOf(gtin) {
  try {
    const { item } = await ask(`/v1/items/${gtin}`);
    for (const one of draft.facings) if (one.gtin === gtin) one.name = item.name;
    notice("unsold", null);
    redraw();
  } catch (error) {
    if (error.status === 404) notice("unsold", `${gtin} is not in this store's catalogue; the facing keeps it all the same.`);
  }
}

/** Do `work`, with its button off; say what is done, and what went wrong. The focus stays. */
async function doing(id, work, words = "") {
  const held = document.activeElement;
  byId(id).disabled = true;
  for (const old of ["setup", "proposed", "saved", "unsold"]) notice(old, null);
  notice("doing", words || null);
  try {
    await work();
  } catch (error) {
    if (error.status === 401) { location.assign("/enter?to=/shelf-setup"); return; }
    const named = /^[\w.-]+:/.test(error.message); // it begins with the name of a facing or a camera
    notice("setup", `${named ? error.message[0] : error.message[0].toUpperCase()}${error.message.slice(1)}.`, "bad");
  } finally {
    notice("doing", null);
    byId(id).disabled = false;
    redraw();
    if (document.activeElement === document.body) held?.focus();
  }
}

async function cameras() {
  const answer = await ask(ROOT);
  put("camera", answer.cameras.map((one) => el("option", { value: one.camera }, `${one.camera} (${one.facings})`)));
  if (!answer.cameras.length) throw new Error("no camera is configured; see [[cameras]] in the configuration");
  await load();
}

/** Show the plan of the chosen camera; where its facings are on the picture when there is one. */
async function load() {
  shown = camera();
  draft.start([]); // what is there of another camera must not be saved as this one's
  [mark, saved] = ["", "[]"];
  const on = taken ? `?picture=${taken.picture}` : "";
  const answer = await ask(`${here()}/facings${on}`);
  const names = await namesOf(answer.facings);
  mark = answer.mark;
  draft.start(answer.facings.map((one) => ({ ...one, name: names.get(one.gtin) ?? "", stands: "full" })));
  saved = JSON.stringify(draft.facings);
}

/** The names of the items that the shelves know already. */
async function namesOf(facings) {
  if (!facings.some((one) => one.gtin)) return new Map();
  const shelves = await ask("/v1/shelves");
  return new Map(shelves.facings.filter((one) => one.name).map((one) => [one.gtin, one.name]));
}

byId("camera").addEventListener("change", () => doing("camera", async () => {
  if (unsaved() && !confirm("What you drew is not saved. Leave this camera all the same?")) { byId("camera").value = shown; return; }
  taken = null;
  byId("theirs").hidden = true;
  offers = new Map();
  board.show(null, 1000, 562);
  put("changes");
  await load();
}));

byId("take").addEventListener("click", () => doing("take", async () => {
  const drawn = unsaved();
  taken = await ask(`${here()}/pictures`, {}, "POST", PATIENT);
  offers = new Map();
  board.show(`${ROOT}/pictures/${taken.picture}`, taken.width, taken.height);
  if (!drawn) await load();
  notice("condition", taken.condition === "ok" ? null : `The picture is ${taken.condition}; ${taken.advice}.`, "bad");
}, "Taking a picture…"));

byId("propose").addEventListener("click", () => doing("propose", async () => {
  const answer = await ask(`${ROOT}/pictures/${taken.picture}/proposals`, {}, "POST", PATIENT);
  const added = draft.propose(answer.places);
  notice("proposed", added ? `${counted(added, "facing")} proposed. Correct them, then give each its item.`
    : "No further facing was found: draw what is missing.");
}, "Looking for facings…"));

byId("read").addEventListener("click", () => doing("read", async () => {
  let answer = { done: false };
  for (let turn = 0; !answer.done && turn < 30; turn += 1) {
    answer = await ask(`${ROOT}/pictures/${taken.picture}/names`, body(), "POST", PATIENT);
  }
  offers = grouped(answer.names ?? []);
  offered = null;
  const words = offers.size ? `${counted(offers.size, "facing")} with a proposal: choose one and press Enter.` : "No tag could be read on this picture.";
  notice("proposed", words);
}, "Reading bar codes and price tags…"));

function grouped(names) {
  const found = new Map();
  for (const one of names) found.set(one.facing, [...(found.get(one.facing) ?? []), one]);
  return found;
}

byId("import").addEventListener("change", (event) => doing("import", async () => {
  const file = event.target.files[0];
  event.target.value = "";
  if (!file) return;
  const answer = await ask(`${here()}/import`, { csv: await file.text(), picture: taken.picture });
  const names = await namesOf(answer.facings);
  draft.become(answer.facings.map((one) => ({ ...one, name: names.get(one.gtin) ?? "", stands: "full" })));
  const told = [...answer.notes, ...answer.refused.map((one) => `line ${one.line}: ${one.reason}`)];
  put("changes", el("p", {}, `${counted(answer.facings.length, "facing")} imported, ${counted(answer.refused.length, "row")} left out.`),
    el("ul", {}, told.slice(0, 40).map((line) => el("li", {}, line))));
}));

byId("compare").addEventListener("click", () => doing("compare", compare));

async function compare() {
  const answer = await ask(`${here()}/compare`, body());
  const inOrder = [...answer.changes].sort((a, b) => a.facing.localeCompare(b.facing, "en", { numeric: true }));
  const rows = inOrder.map((one) => el("li", {}, badge(one.changes.map((each) => WORDS[each]).join(", "),
    one.changes.includes("removed") ? "bad" : one.changes.includes("added") ? "good" : "warn"), " ", one.facing,
    one.changes.includes("item") ? ` ${one.before.gtin ?? "no item"} → ${one.after.gtin ?? "no item"}` : ""));
  put("changes", rows.length ? el("ul", {}, rows) : el("p", { class: "empty" }, "Nothing changes."),
    answer.remarks.map((line) => el("p", { class: "note" }, line)));
}

byId("save").addEventListener("click", () => doing("save", async () => {
  await compare();
  let answer;
  try {
    answer = await ask(`${here()}/facings`, body(), "PUT");
  } catch (error) {
    if (error.code === "plan-changed") await meet();
    throw error.code === "plan-changed" ? new Error("somebody else saved this plan meanwhile. Below is what your draft would "
      + "change of theirs: save again to have yours, or load theirs") : error;
  }
  byId("theirs").hidden = true;
  mark = answer.mark;
  saved = JSON.stringify(draft.facings);
  const kept = taken ? `, ${number(answer.references)} looks kept` : "";
  notice("saved", `Saved: ${counted(answer.changes.length, "change")}${kept}. The camera watches these facings now.`);
}));

/** Two people drew: keep this draft, learn what the plan is now, and show the difference. */
async function meet() {
  mark = (await ask(`${here()}/facings`)).mark;
  await compare();
  byId("theirs").hidden = false;
}

byId("theirs").addEventListener("click", () => doing("theirs", async () => {
  await load();
  put("changes", el("p", { class: "empty" }, "Their plan is shown."));
  byId("theirs").hidden = true;
  byId("compare").focus();
}));
byId("add").addEventListener("click", () => { drawOne(); redraw(); board.focus(draft.chosen); });
byId("undo").addEventListener("click", () => { draft.undo(); offered = null; redraw(); });
byId("redo").addEventListener("click", () => { draft.redo(); offered = null; redraw(); });
byId("split").addEventListener("click", () => { draft.split(); redraw(); });
byId("copy").addEventListener("click", () => { draft.copyAlong(); redraw(); });
byId("remove").addEventListener("click", () => { draft.remove(); redraw(); });
byId("stands").addEventListener("change", (event) => { draft.edit({ stands: event.target.value }); redraw(); });
byId("facing").addEventListener("change", (event) => {
  const wanted = event.target.value.trim().toLowerCase().replaceAll(/[^a-z0-9._-]+/g, "-");
  if (wanted && wanted !== draft.chosen && draft.facings.some((one) => one.facing === wanted)) notice("setup", `Another facing is called ${wanted}.`, "bad");
  else if (wanted) { draft.edit({ facing: wanted }); notice("setup", null); }
  redraw();
});
byId("one").addEventListener("submit", (event) => {
  event.preventDefault();
  draft.chooseNext((one) => !one.gtin);
  redraw();
});
document.addEventListener("keydown", (event) => {
  const typing = event.target.matches?.("input[type=text]");
  if (!(event.ctrlKey || event.metaKey) || typing) return;
  if (event.key === "z" && !event.shiftKey) byId("undo").click();
  else if (event.key === "y" || event.key === "Z" || event.key === "z") byId("redo").click();
  else return;
  event.preventDefault();
});
window.addEventListener("beforeunload", (event) => { if (unsaved()) event.preventDefault(); });

doing("camera", cameras);
