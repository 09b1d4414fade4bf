// Requests to the page's own views: the newest question counts, older ones are left out.

export function addressOf(view, what, values) {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(values)) {
    if (value !== null && value !== undefined && value !== "") query.set(key, String(value));
  }
  return `${view}/${what}?${query}`;
}

export async function ask(view, what, values = {}) {
  const reply = await fetch(addressOf(view, what, values), { credentials: "same-origin" });
  const record = await reply.json().catch(() => null); // a page in words instead of an answer
  if (!reply.ok || record === null) throw new Error(record?.message ?? reply.statusText);
  return record;
}

// One question under way, the newest one waiting; what was asked in between is never sent.
export class Newest {
  #isBusy = false;
  #waiting = null;

  run(work) {
    this.#waiting = work;
    if (!this.#isBusy) this.#next();
  }

  async #next() {
    this.#isBusy = true;
    while (this.#waiting) {
      const work = this.#waiting;
      this.#waiting = null;
      try {
        await work(() => this.#waiting === null);
      } catch (mistake) {
        document.dispatchEvent(new CustomEvent("viewer-mistake", { detail: mistake.message }));
      }
    }
    this.#isBusy = false;
  }
}

const SVG = "http://www.w3.org/2000/svg";

export function svg(name, attributes = {}, parent = null, text = null) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== null) made.textContent = text;
  parent?.append(made);
  return made;
}

export function element(name, className = "", text = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}
