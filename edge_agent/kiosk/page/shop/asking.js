// Asks the kiosk, and knows how long ago it last answered. What is on the page stays when it does not.

import { ask as plainly, notice } from "/page/shared/endcap.js";
import { ago, say, time } from "./words.js";
import { visit } from "./visit.js";

let heard = null;
let silent = false;
let recovered = () => {};

/** Call `work` whenever the kiosk answers again. */
export function onRecovery(work) { recovered = work; }

/** Ask the kiosk; throws as ask of endcap.js does. */
export async function ask(path, body, method) {
  try {
    const answer = await plainly(path, body, method);
    answered();
    return answer;
  } catch (error) {
    if (error.unreachable) unanswered();
    else answered();
    throw error;
  }
}

/** Note that the kiosk is there. */
export function answered() {
  heard = Date.now();
  if (!silent) return;
  silent = false;
  notice("reach", say("back"));
  setTimeout(() => { if (!silent) notice("reach", null); }, 4000);
  recovered();
}

/** Note that the kiosk is not there, and say so with the age of what is shown. */
export function unanswered() {
  silent = true;
  document.body.dataset.stale = "yes";
  const seconds = heard && (Date.now() - heard) / 1000;
  notice("reach", heard ? say("silent", { time: time(heard), ago: ago(seconds) }) : say("silent-new"), "bad");
}

/** Tell whether the kiosk is not there. */
export const isSilent = () => silent;

/** Do `work`; say what went wrong, unless that is said already. */
export async function quietly(work) {
  try {
    await work();
    notice("ask", null);
    if (!silent) delete document.body.dataset.stale;
  } catch (error) {
    if (!error.unreachable) notice("ask", say("wrong", { why: error.message }), "bad");
  }
}

/** Tell what was done with an item of an answer. Nobody waits for it, and nothing depends on it. */
export function report(gtin, what, answer = visit.answers.get(gtin)) {
  if (answer) plainly("/v1/feedback", { feedback: [{ answer, gtin, what }] }).catch(() => {});
}
