// Three linked planes, the value under the cursor, and the curves beside them.

import { ask, element, Newest, svg } from "./asking.js";
import { Curves } from "./curves.js";
import { Pane } from "./pane.js";
import { WhatIf } from "./whatif.js";

const COURSE_DASH = "6 4";

class Viewer {
  constructor(root, facts) {
    this.root = root;
    this.view = root.dataset.view;
    this.facts = facts;
    this.asked = { cursor: new Newest(), organ: new Newest(), hot: new Newest() };
    this.state = {
      point: facts.start_mm, organ: facts.start_organ, stated: facts.start_alpha_beta_gy,
      alphaBeta: facts.start_alpha_beta_gy, quantity: this.#firstQuantity(),
      top: facts.top_gy, levels: facts.levels_gy, window: facts.window, opacity: 0.4,
      ct: true, wash: true, isodoses: true, every: false, contours: new Set(facts.courses.map((course) => course.letter)),
      tried: "", limit: "", fractions: facts.remaining_fractions[0] ?? facts.courses.at(-1).n_fractions ?? 5,
    };
    this.panes = [...root.querySelectorAll("[data-plane]")].map((figure) => new Pane(figure, facts, this));
    this.curves = new Curves(root.querySelector("#v-dvh"), root.dataset);
    this.#controls();
    this.#keys();
    const place = document.getElementById("what-if");
    this.whatIf = place ? new WhatIf(place, facts, this) : null;
    root.hidden = false;
    for (const pane of this.panes) pane.frame();
    this.showOrgan();
    this.draw();
    this.hover(null, this.panes[0]);
  }

  #firstQuantity() {
    if (!this.facts.no_sum) return "eqd2:sum";
    return `eqd2:${this.facts.courses.length - 1}`;
  }

  get kind() {
    return this.state.quantity.split(":")[0];
  }

  words() {
    const letters = this.facts.courses.map((course) => course.letter);
    const course = this.state.quantity.split(":")[1];
    const { dataset } = this.root;
    const tried = this.state.tried ? ` · ✎ ${dataset.tried}` : "";
    const oblique = this.facts.oblique_degrees >= 0.1 ? ` · ${dataset.oblique.replace("{degrees}", this.facts.oblique_degrees)}` : "";
    if (this.kind === "physical") return `${dataset.physicalOf.replace("{letter}", letters[course])}${tried}${oblique}`;
    if (this.kind === "remaining") {
      const below = dataset.remainingIn.replace("{n}", this.state.fractions).replace("{limit}", this.state.limit);
      return `${below}, α/β ${this.state.alphaBeta}${tried}${oblique}`;
    }
    const of = course === "sum" ? letters.join(" + ") : letters[course];
    return `${dataset.eqd2Of.replace("{letter}", of)}, α/β ${this.state.alphaBeta}${tried}${oblique}`;
  }

  doseQuery() {
    const [quantity, course] = this.state.quantity.split(":");
    if (quantity === "remaining" && !(this.state.limit > 0)) return null;
    return {
      quantity, course, alpha_beta: this.state.alphaBeta, try: this.state.tried,
      ...(quantity === "remaining" ? { limit: this.state.limit, fractions: this.state.fractions } : {}),
    };
  }

  goTo(point) {
    this.state.point = point;
    this.draw();
    this.hover(null, null);
  }

  draw() {
    for (const pane of this.panes) pane.draw();
    this.#legend();
  }

  hover(point, pane) {
    const at = point ?? this.state.point;
    if (pane) this.lastPane = pane;
    this.asked.cursor.run(async () => {
      const [x, y, z] = at.map((part) => part.toFixed(3));
      const record = await ask(this.view, "cursor", { x, y, z, ...(this.doseQuery() ?? {}) });
      this.#show(record);
    });
  }

  #show(record) {
    const { dataset } = this.root;
    const said = (value) => (value === null ? dataset.notCovered : value.toFixed(1));
    const isPhysical = this.kind === "physical";
    const each = record.courses.map((course) => `${course.letter} ${said(isPhysical ? course.physical_gy : course.eqd2_gy)}`);
    const total = isPhysical ? "" : ` · ${dataset.sum} ${said(record.sum_eqd2_gy)}`;
    const unit = isPhysical ? " Gy" : " Gy EQD2";
    const left = record.remaining_gy === undefined ? "" : `\n${dataset.left} ${said(record.remaining_gy)} Gy`;
    const hu = record.hounsfield === null ? "" : ` · ${record.hounsfield.toFixed(0)} HU`;
    const where = record.point_mm.map((part, k) => `${Math.abs(part).toFixed(1)} ${"LPH"[k] === "L" ? (part >= 0 ? "L" : "R") : "LPH"[k] === "P" ? (part >= 0 ? "P" : "A") : part >= 0 ? "H" : "F"}`).join(", ");
    const text = `${where} mm${hu}\n${each.join(" · ")}${total}${unit}${left}`;
    for (const pane of this.panes) pane.value.textContent = pane === (this.lastPane ?? this.panes[0]) ? text : "";
    this.curves.point(record.sum_eqd2_gy, record.alpha_beta_gy);
  }

  triedAlphaBeta(value) {
    this.state.alphaBeta = value;
    this.root.querySelector("#v-alpha-beta").value = value;
  }

  showOrgan() {
    const { organ, stated, tried } = this.state;
    this.asked.organ.run(async () => {
      const record = await ask(this.view, "dvh", { organ, stated, try: tried });
      this.curves.draw(record);
      const limit = record.limits[0]?.gy;
      if (limit && !this.state.limit) this.#setLimit(limit);
    });
    this.whatIf?.showOrgan();
  }

  #setLimit(limit) {
    this.state.limit = limit;
    this.root.querySelector("#v-limit").value = limit;
  }

  choose(organ, stated) {
    Object.assign(this.state, { organ, stated, alphaBeta: stated, limit: "" });
    this.root.querySelector("#v-organ").value = `${organ}@${stated}`;
    this.root.querySelector("#v-alpha-beta").value = stated;
    this.showOrgan();
    if (this.whatIf && this.state.tried) this.whatIf.changed();
    this.draw();
  }

  hotSpot() {
    const { organ, stated, tried } = this.state;
    this.asked.hot.run(async () => {
      const record = await ask(this.view, "hot", { organ, stated, try: tried });
      if (record.point_mm) this.goTo(record.point_mm);
      else this.say(record.reason);
    });
  }

  say(words) {
    this.panes[0].value.textContent = words;
  }

  #controls() {
    const get = (id) => this.root.querySelector(`#${id}`);
    this.#quantities(get("v-quantity"));
    for (const { organ, alpha_beta_gy: stated } of this.facts.organs) {
      get("v-organ").append(new Option(`${organ}, α/β ${stated}`, `${organ}@${stated}`));
    }
    get("v-organ").value = `${this.state.organ}@${this.state.stated}`;
    get("v-organ").onchange = (event) => {
      const [organ, stated] = event.target.value.split("@");
      this.choose(organ, Number(stated));
    };
    get("v-alpha-beta").value = this.state.alphaBeta;
    get("v-levels").value = this.state.levels.join(", ");
    get("v-top").value = this.state.top;
    get("v-fractions").value = this.state.fractions;
    for (const { letter, is_new: isNew } of this.facts.courses) this.#courseLayer(get("v-courses"), letter, isNew);
    const number = (id, key) => (get(id).onchange = (event) => event.target.value > 0 && this.#set({ [key]: Number(event.target.value) }));
    number("v-alpha-beta", "alphaBeta");
    number("v-top", "top");
    number("v-limit", "limit");
    number("v-fractions", "fractions");
    for (const key of ["ct", "wash", "isodoses", "every"]) get(`v-${key}`).onchange = (event) => this.#set({ [key]: event.target.checked });
    get("v-opacity").oninput = (event) => this.#set({ opacity: event.target.value });
    get("v-window").onchange = (event) => this.#set({ window: event.target.value.split(",").map(Number) });
    get("v-levels").onchange = (event) => this.#set({ levels: event.target.value.split(/[\s,;]+/).map(Number).filter((gy) => gy > 0).slice(0, 12) });
    get("v-hot").onclick = () => this.hotSpot();
    get("v-reset").onclick = () => this.panes.forEach((pane) => pane.whole());
    get("v-ct").disabled = !this.facts.image;
    document.addEventListener("click", (event) => {
      const card = event.target.closest?.(".hot-spot")?.closest("[data-organ]");
      if (!card) return;
      this.choose(card.dataset.organ, Number(card.dataset.alphaBeta));
      this.hotSpot();
      this.root.scrollIntoView({ block: "nearest" });
    });
  }

  #quantities(select) {
    const { dataset } = this.root;
    const courses = this.facts.courses;
    const letters = courses.map((course) => course.letter).join(" + ");
    if (!this.facts.no_sum) select.append(new Option(`${dataset.eqd2Sum}: ${letters}`, "eqd2:sum"));
    courses.forEach((course, place) => {
      if (course.reason) return;
      const what = course.is_new ? dataset.new : dataset.earlier;
      select.append(new Option(`${dataset.eqd2Of.replace("{letter}", course.letter)}, ${what}`, `eqd2:${place}`));
      select.append(new Option(`${dataset.physicalOf.replace("{letter}", course.letter)}, ${what}`, `physical:${place}`));
    });
    if (!this.facts.no_sum) select.append(new Option(dataset.remaining, "remaining:sum"));
    select.value = this.state.quantity;
    select.onchange = () => {
      this.root.querySelector("#v-remaining").hidden = !select.value.startsWith("remaining");
      this.#set({ quantity: select.value });
    };
  }

  #courseLayer(place, letter, isNew) {
    const label = element("label");
    const box = element("input");
    Object.assign(box, { type: "checkbox", checked: true });
    box.onchange = () => {
      if (box.checked) this.state.contours.add(letter);
      else this.state.contours.delete(letter);
      this.draw();
    };
    const { dataset } = this.root;
    label.append(box, ` ${dataset.contours} ${letter} (${isNew ? dataset.new : dataset.earlier})`);
    place.append(label, " ");
  }

  #set(changes) {
    Object.assign(this.state, changes);
    this.draw();
    this.hover(null, null);
  }

  #legend() {
    const key = [this.state.quantity, this.state.alphaBeta, this.state.top, this.state.tried].join();
    if (this.legendKey === key) return;
    this.legendKey = key;
    const { dataset } = this.root;
    const place = this.root.querySelector("#v-legend");
    place.replaceChildren();
    const bar = svg("svg", { viewBox: "0 0 260 26", role: "img", "aria-label": `0 – ${this.state.top} Gy` });
    const width = 240 / this.facts.colours.length;
    this.facts.colours.forEach((colour, nth) => svg("rect", { x: 4 + nth * width, y: 0, width: width + 0.5, height: 12, fill: colour }, bar));
    [0, 0.25, 0.5, 0.75, 1].forEach((share) => svg("text", { x: 4 + share * 240, y: 24, "text-anchor": share === 0 ? "start" : share === 1 ? "end" : "middle", "font-size": 10, fill: "#4d5b6b" }, bar, `${Math.round(share * this.state.top)}${share === 1 ? " Gy" : ""}`));
    place.append(bar);
    for (const { letter, label, is_new: isNew } of this.facts.courses) {
      const item = element("span", "key");
      const line = svg("svg", { viewBox: "0 0 26 10", "aria-hidden": "true" }, item);
      svg("line", { x1: 1, x2: 25, y1: 5, y2: 5, stroke: "#fff", "stroke-width": 2, ...(isNew ? {} : { "stroke-dasharray": COURSE_DASH }) }, line);
      item.append(`${letter} ${label}`);
      place.append(item);
    }
    const hatch = element("span", "key");
    const sample = svg("svg", { viewBox: "0 0 26 10", "aria-hidden": "true" }, hatch);
    for (let x = -4; x < 30; x += 6) svg("line", { x1: x, x2: x + 8, y1: 10, y2: 0, stroke: "#96a3b2", "stroke-width": 1.2 }, sample);
    hatch.append(dataset.hatched);
    place.append(hatch);
    const note = this.facts.no_image || this.facts.no_sum;
    if (note) place.append(element("span", "", note));
  }

  #keys() {
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
      const toggle = (id) => this.root.querySelector(id).click();
      const does = { h: () => this.hotSpot(), w: () => this.#nextWindow(), d: () => toggle("#v-wash"), i: () => toggle("#v-isodoses"), c: () => this.root.querySelectorAll("#v-courses input").forEach((box) => box.click()) }[event.key.toLowerCase()];
      if (does) does();
    });
  }

  #nextWindow() {
    const select = this.root.querySelector("#v-window");
    select.selectedIndex = (select.selectedIndex + 1) % select.options.length;
    select.onchange({ target: select });
  }
}

const root = document.getElementById("viewer-root");
if (root) {
  document.addEventListener("viewer-mistake", (event) => {
    for (const value of root.querySelectorAll(".value")) value.textContent = "";
    root.querySelector(".value")?.replaceChildren(event.detail || root.dataset.lost);
  });
  ask(root.dataset.view, "facts")
    .then((facts) => new Viewer(root, facts))
    .catch((mistake) => root.replaceWith(element("p", "note", mistake.message || root.dataset.lost)));
}
