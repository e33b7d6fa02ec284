// One shopper's visit: basket, card, and the name of the visit. It lives in this page's memory only,
// so that starting over, or closing the page, leaves nothing behind.

export const visit = { basket: new Map(), card: null, session: "", answers: new Map() };

/** Begin a visit of nobody: nothing of the last one is left. */
export function fresh() {
  visit.basket.clear();
  visit.answers.clear();
  visit.card = null;
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  visit.session = [...bytes].map((one) => one.toString(16).padStart(2, "0")).join("");
}

/** Remember which answer an item was shown in, to tell what came of it. */
export function shownIn(answer, gtins) {
  if (answer) for (const gtin of gtins) visit.answers.set(gtin, answer);
}
