// Every word the shopper's page says, by language, and how it writes numbers, money and times.
// A new language is one more table; what it lacks is said in English.

const WORDS = {
  en: {
    self: "English",
    skip: "Skip to what was found", display: "Display", larger: "Larger text", anew: "Start over",
    ask: "What are you looking for?", hint: "milk, pasta, batteries…", clear: "Clear the search", suggestions: "Suggestions",
    popular: "Popular here now", found: "Found for you", more: "Show more", filters: "Narrow it down", aside: "Your basket and more",
    basket: "Your basket", scan: "Scan an item, or type the number under its bars", add: "Add", added: "In the basket",
    "add-one": "Add {name}", "take-out": "Take {name} out", "was-added": "{name} is in the basket", "was-taken": "{name} is out of the basket",
    "basket-empty": "Empty. Add what you find.", ideas: "Goes well with it", simple: "bestsellers for now",
    private: "What you do here stays in this store, and is gone when you leave.", staff: "For staff",
    results: { one: "{n} item for “{q}”", other: "{n} items for “{q}”" },
    "no-results": "Nothing found for “{q}”. Try other words, or ask us.", "showing-for": "Showing results for “{q}”.",
    rescued: "Nothing matches “{q}” exactly. These come closest.",
    "nothing-yet": "Nothing to show yet.", "unknown-gtin": "We do not know this number. Please check it, or ask us.",
    brand: "Brand", department: "Department", category: "Kind", size: "Size", price: "Price", "here-now": "On the shelf now",
    "state-here": "On the shelf", "state-gone": "Not on the shelf now", "state-unknown": "Not known: please ask us", "state-nowhere": "Place not known: please ask us",
    until: "until {day}", offer: "{share} off", "no-price": "Price: please ask us",
    close: "Close", where: "Where", place: "{aisle}, {height}, {side}", aisle: "Aisle {n}",
    top: "top shelf", middle: "middle shelf", bottom: "bottom shelf", left: "on the left", centre: "in the middle", right: "on the right",
    "place-full": "there now", "place-gap": "empty, noticed {ago}", "place-unknown": "our camera does not see it now",
    "no-place": "We do not know where it stands. Please ask us.", stock: "In stock", counted: "{n}, counted {ago}", "no-stock": "not counted yet",
    next: "Next delivery", due: "{day}: {n}", "no-due": "none announced", instead: "Instead, on the shelf now", "like-it": "Like it", "goes-with": "Goes well with it", "as-of": "As of {time}",
    ad: "Advertising", ours: "Our suggestion", silent: "The kiosk does not answer. What you see is from {time} ({ago}). Trying again.",
    "silent-new": "The kiosk does not answer. Trying again.", wrong: "That did not work: {why}", back: "The kiosk answers again.",
    changed: "Updated: what is on the shelf has changed.", degraded: "Some of what we know may be out of date.",
    "there-title": "Are you still there?", "there-text": { one: "We start over for the next person in {n} second.", other: "We start over for the next person in {n} seconds." }, stay: "I am still here",
    "card-title": "Your loyalty card", "card-why": "With your card the ideas here can follow what you usually buy. Only if you want that.", "card-use": "Use my card",
    "consent-title": "Use your card here?", "consent-what": "If you agree, the ideas on this screen follow what you bought here with this card.",
    "consent-1": "It stays in this store. Nobody else gets it.", "consent-2": "Your card's number is not kept, only a code made of it.", "consent-3": "This screen forgets the card when you leave. You can have everything deleted at any time.",
    "card-number": "Number of your card", agree: "I agree that this store remembers what I buy with this card", yes: "Use my card", no: "No, thank you", "must-agree": "Please tick the box, or choose “No, thank you”.", "must-number": "Please type the number of your card.",
    "card-on": "Your card is in use. It is put away when you leave.", "card-till": "Your card is in use for now. To have your purchases remembered, please agree at the till.", "card-off": "Put my card away",
    forget: "Forget me", "forget-sure": "Delete everything this store knows of this card?", "forget-yes": "Delete everything", forgotten: "Done. This store remembers nothing of this card.", "forget-till": "Your card is put away here. To have everything deleted, please show it at the till: only there we can see that it is yours.",
    "why-goes-with-basket": "goes with what is in the basket", "why-bought-before": "you buy it often", "why-suits-you": "goes with what you usually buy", "why-popular-here": "popular here this week", "why-instead-of": "instead of {name}, which is not there now", "why-instead-of-any": "instead of something that is not there now",
    "why-due-again": "you usually buy it about now", "why-on-promotion": "reduced today", "why-rising-here": "more and more people buy it here", "why-suits-today": "sells well on days like today", "why-new-here": "new here",
  },
  de: {
    self: "Deutsch",
    skip: "Zu den Ergebnissen", display: "Darstellung", larger: "Größere Schrift", anew: "Neu beginnen",
    ask: "Was suchen Sie?", hint: "Milch, Nudeln, Batterien …", clear: "Suche leeren", suggestions: "Vorschläge",
    popular: "Hier gerade beliebt", found: "Für Sie gefunden", more: "Mehr zeigen", filters: "Eingrenzen", aside: "Ihr Korb und mehr",
    basket: "Ihr Korb", scan: "Artikel scannen oder die Nummer unter dem Strichcode eingeben", add: "Dazu", added: "Im Korb",
    "add-one": "{name} dazulegen", "take-out": "{name} herausnehmen", "was-added": "{name} liegt im Korb", "was-taken": "{name} ist nicht mehr im Korb",
    "basket-empty": "Leer. Legen Sie dazu, was Sie finden.", ideas: "Passt gut dazu", simple: "vorerst das Meistgekaufte",
    private: "Was Sie hier tun, bleibt in diesem Markt und ist weg, wenn Sie gehen.", staff: "Für das Personal",
    results: { one: "{n} Artikel für „{q}“", other: "{n} Artikel für „{q}“" },
    "no-results": "Nichts gefunden für „{q}“. Versuchen Sie andere Wörter, oder fragen Sie uns.", "showing-for": "Ergebnisse für „{q}“.",
    rescued: "Genau „{q}“ gibt es nicht. Das kommt dem am nächsten.",
    "nothing-yet": "Noch nichts zu zeigen.", "unknown-gtin": "Diese Nummer kennen wir nicht. Bitte prüfen Sie sie, oder fragen Sie uns.",
    brand: "Marke", department: "Abteilung", category: "Art", size: "Größe", price: "Preis", "here-now": "Jetzt im Regal",
    "state-here": "Im Regal", "state-gone": "Gerade nicht im Regal", "state-unknown": "Nicht bekannt: fragen Sie uns", "state-nowhere": "Platz nicht bekannt: fragen Sie uns",
    until: "bis {day}", offer: "{share} günstiger", "no-price": "Preis: fragen Sie uns",
    close: "Schließen", where: "Wo", place: "{aisle}, {height}, {side}", aisle: "Gang {n}",
    top: "oben", middle: "mittleres Fach", bottom: "unten", left: "links", centre: "in der Mitte", right: "rechts",
    "place-full": "jetzt dort", "place-gap": "leer, bemerkt {ago}", "place-unknown": "unsere Kamera sieht es gerade nicht",
    "no-place": "Wir wissen nicht, wo es steht. Bitte fragen Sie uns.", stock: "Vorrat", counted: "{n}, gezählt {ago}", "no-stock": "noch nicht gezählt",
    next: "Nächste Lieferung", due: "{day}: {n}", "no-due": "keine angekündigt", instead: "Stattdessen, jetzt im Regal", "like-it": "Ähnliches", "goes-with": "Passt gut dazu", "as-of": "Stand {time}",
    ad: "Anzeige", ours: "Unser Vorschlag", silent: "Der Kiosk antwortet nicht. Was Sie sehen, ist von {time} ({ago}). Neuer Versuch läuft.",
    "silent-new": "Der Kiosk antwortet nicht. Neuer Versuch läuft.", wrong: "Das ging nicht: {why}", back: "Der Kiosk antwortet wieder.",
    changed: "Neu: im Regal hat sich etwas geändert.", degraded: "Manches von dem, was wir wissen, ist vielleicht veraltet.",
    "there-title": "Sind Sie noch da?", "there-text": { one: "In {n} Sekunde beginnen wir neu.", other: "In {n} Sekunden beginnen wir neu." }, stay: "Ich bin noch da",
    "card-title": "Ihre Kundenkarte", "card-why": "Mit Ihrer Karte richten sich die Ideen hier nach dem, was Sie sonst kaufen. Nur wenn Sie das möchten.", "card-use": "Karte benutzen",
    "consent-title": "Ihre Karte hier benutzen?", "consent-what": "Wenn Sie zustimmen, richten sich die Ideen auf diesem Bildschirm nach dem, was Sie hier mit dieser Karte gekauft haben.",
    "consent-1": "Es bleibt in diesem Markt. Niemand sonst bekommt es.", "consent-2": "Die Kartennummer wird nicht behalten, nur ein Code daraus.", "consent-3": "Dieser Bildschirm vergisst die Karte, wenn Sie gehen. Sie können jederzeit alles löschen lassen.",
    "card-number": "Nummer Ihrer Karte", agree: "Ich stimme zu, dass dieser Markt sich merkt, was ich mit dieser Karte kaufe", yes: "Karte benutzen", no: "Nein, danke", "must-agree": "Bitte das Kästchen ankreuzen, oder „Nein, danke“ wählen.", "must-number": "Bitte die Nummer Ihrer Karte eingeben.",
    "card-on": "Ihre Karte wird benutzt. Sie wird weggelegt, wenn Sie gehen.", "card-till": "Ihre Karte wird vorerst benutzt. Damit wir uns Ihre Einkäufe merken, stimmen Sie bitte an der Kasse zu.", "card-off": "Karte weglegen",
    forget: "Vergesst mich", "forget-sure": "Alles löschen, was dieser Markt von dieser Karte weiß?", "forget-yes": "Alles löschen", forgotten: "Erledigt. Dieser Markt weiß nichts mehr von dieser Karte.", "forget-till": "Ihre Karte ist hier weggelegt. Um alles löschen zu lassen, zeigen Sie sie bitte an der Kasse: nur dort sehen wir, dass es Ihre ist.",
    "why-goes-with-basket": "passt zu dem, was im Korb ist", "why-bought-before": "das kaufen Sie oft", "why-suits-you": "passt zu dem, was Sie sonst kaufen", "why-popular-here": "diese Woche hier beliebt", "why-instead-of": "statt {name}, das gerade fehlt", "why-instead-of-any": "statt etwas, das gerade fehlt",
    "why-due-again": "das kaufen Sie meist um diese Zeit", "why-on-promotion": "heute günstiger", "why-rising-here": "immer mehr Leute kaufen es hier", "why-suits-today": "beliebt an Tagen wie heute", "why-new-here": "neu bei uns",
  },
};

export const LANGUAGES = Object.keys(WORDS);
let language = "en";
let locale = "en";

/** Speak `wanted`, or the first language of the browser that is there; keep the browser's region. */
export function speak(wanted) {
  const known = [wanted, ...navigator.languages].filter(Boolean).find((one) => WORDS[one.split("-")[0].toLowerCase()]);
  language = (known ?? "en").split("-")[0].toLowerCase();
  locale = navigator.languages.find((one) => one.toLowerCase().startsWith(language)) ?? language;
  document.documentElement.lang = language;
  for (const one of document.querySelectorAll("[data-say]")) one.textContent = say(one.dataset.say);
  for (const one of document.querySelectorAll("[data-label]")) one.setAttribute("aria-label", say(one.dataset.label));
  for (const one of document.querySelectorAll("[data-hint]")) one.placeholder = say(one.dataset.hint);
  return language;
}

/** The language after the one that is spoken now, and what it calls itself. */
export function other() {
  const next = LANGUAGES[(LANGUAGES.indexOf(language) + 1) % LANGUAGES.length];
  return [next, WORDS[next].self];
}

/** Say `key` with `values` in its places; `n` chooses the plural. */
export function say(key, values = {}) {
  let text = WORDS[language][key] ?? WORDS.en[key] ?? key;
  if (typeof text === "object") text = text[new Intl.PluralRules(locale).select(values.n)] ?? text.other;
  return text.replace(/{(\w+)}/g, (_, name) => (typeof values[name] === "number" ? number(values[name]) : values[name] ?? ""));
}

/** Tell whether there are words for `key`. */
export const knows = (key) => key in WORDS.en;

export const number = (value) => value.toLocaleString(locale, { maximumFractionDigits: 1 });
export const percent = (share) => share.toLocaleString(locale, { style: "percent", maximumFractionDigits: 0 });
export const money = (value, currency) => currency
  ? value.toLocaleString(locale, { style: "currency", currency })
  : value.toLocaleString(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
export const time = (moment) => new Date(moment).toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit" });

/** A store's day ("2026-03-03") in words. It is a day, not a moment: no time zone moves it. */
export const day = (text) => new Date(`${text}T12:00:00Z`)
  .toLocaleDateString(locale, { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" });

const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

/** A moment so many seconds ago, as "3 minutes ago". */
export function ago(seconds) {
  const [unit, length] = UNITS.find(([, one]) => seconds >= one) ?? UNITS.at(-1);
  return new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(-Math.round(seconds / length), unit);
}

/** The keys that some language lacks, for whoever adds one. */
export const missing = () => LANGUAGES.flatMap((one) =>
  Object.keys(WORDS.en).filter((key) => !(key in WORDS[one])).map((key) => `${one}: ${key}`));
