// Sliders: what is tried stands beside what was stated, and one click leads back.

import { ask, element, Newest } from "./asking.js";

export class WhatIf {
  constructor(place, facts, viewer) {
    this.viewer = viewer;
    this.facts = facts;
    this.place = place;
    this.asked = new Newest();
    place.append(document.getElementById("what-if-form").content.cloneNode(true));
    this.fresh = facts.courses.find((course) => course.is_new);
    this.#alphaBeta();
    this.inputs = [...place.querySelectorAll("input[type=range]")];
    for (const input of this.inputs) input.addEventListener("input", () => this.changed());
    for (const button of document.querySelectorAll(".back-to-stated")) button.addEventListener("click", () => this.back());
    this.back(false);
  }

  #alphaBeta() {
    const place = this.place.querySelector("#try-alpha-beta");
    for (const organ of this.facts.organs) {
      const label = element("label");
      label.append(`${place.dataset.label.replace("{organ}", organ.organ)} `, element("span", "now"));
      const input = element("input");
      Object.assign(input, { type: "range", min: Math.min(0.5, organ.alpha_beta_gy), max: Math.max(12, organ.alpha_beta_gy * 2), step: 0.1 });
      Object.assign(input.dataset, { key: "alpha_beta", unit: " Gy", organ: organ.organ, stated: organ.alpha_beta_gy });
      label.append(input);
      label.hidden = true;
      place.append(label);
    }
  }

  // The alpha/beta of the organ that is looked at, and of those that were tried.
  showOrgan() {
    const { organ, stated } = this.viewer.state;
    for (const input of this.inputs.filter((each) => each.dataset.key === "alpha_beta")) {
      const is = input.dataset.organ === organ && Number(input.dataset.stated) === stated;
      input.parentElement.hidden = !is && Number(input.value) === Number(input.dataset.stated);
    }
  }

  #statedOf(input) {
    if (input.dataset.key === "alpha_beta") return Number(input.dataset.stated);
    if (input.dataset.key === "dose_factor") return 1;
    if (input.dataset.key === "n_fractions") return this.fresh.n_fractions ?? 1;
    return 0;
  }

  back(isAsked = true) {
    for (const input of this.inputs) {
      if (input.dataset.key === "n_fractions") {
        const isFixed = this.fresh.n_phases !== 1;
        input.parentElement.hidden = isFixed;
        this.place.querySelector("#try-fixed").hidden = !isFixed;
      }
      input.value = this.#statedOf(input);
      this.#show(input, false);
    }
    this.isRecovered = false;
    if (isAsked) this.changed();
    else this.showOrgan();
  }

  #show(input, isTried) {
    const output = input.parentElement.querySelector(".now");
    const value = Number(input.value);
    let text = `${value}${input.dataset.unit}`;
    if (input.dataset.key === "dose_factor") {
      const gy = this.fresh.prescription_gy;
      text = gy === null ? `× ${value.toFixed(2)}` : `${(gy * value).toFixed(1)} Gy`;
    }
    if (input.dataset.key === "recovered" && !isTried && this.facts.recovery !== "none") text = this.facts.recovery;
    output.textContent = text;
    input.setAttribute("aria-valuetext", text);
    input.parentElement.classList.toggle("is-tried", isTried);
  }

  tried() {
    const found = {};
    const three = { shift: [0, 0, 0], turn: [0, 0, 0] };
    for (const input of this.inputs) {
      const { key } = input.dataset;
      const value = Number(input.value);
      const isTried = Math.abs(value - this.#statedOf(input)) > 1e-9 || (key === "recovered" && this.touched === input);
      this.#show(input, isTried);
      if (!isTried) continue;
      if (key === "alpha_beta") (found.alpha_beta ??= []).push([input.dataset.organ, Number(input.dataset.stated), value]);
      else if (key === "recovered") found.recovered = value / 100;
      else if (/\d$/.test(key)) {
        three[key.slice(0, -1)][Number(key.at(-1))] = value;
        found[key.slice(0, -1)] = three[key.slice(0, -1)];
      } else found[key] = value;
    }
    return found;
  }

  changed() {
    const tried = this.tried();
    const isTried = Object.keys(tried).length > 0;
    this.viewer.state.tried = isTried ? JSON.stringify(tried) : "";
    for (const banner of document.querySelectorAll(".trying")) banner.hidden = !isTried;
    this.place.querySelector(".nothing").hidden = isTried;
    this.showOrgan();
    const organ = this.facts.organs.find((each) => each.organ === this.viewer.state.organ && each.alpha_beta_gy === this.viewer.state.stated);
    if (organ) this.viewer.triedAlphaBeta(tried.alpha_beta?.find(([name, stated]) => name === organ.organ && stated === organ.alpha_beta_gy)?.[2] ?? organ.alpha_beta_gy);
    this.refresh();
    this.viewer.draw();
    this.viewer.hover(null, null);
  }

  refresh() {
    const { state, view } = this.viewer;
    this.asked.run(async () => {
      const asked = ask(view, "whatif", { try: state.tried, organ: state.organ, stated: state.stated });
      const record = await asked.catch((mistake) => {
        this.place.querySelector("#try-rows").hidden = true; // they are of other sliders
        throw mistake;
      });
      if (record.curves) this.viewer.curves.draw(record.curves);
      this.#rows(record);
    });
  }

  #rows(record) {
    const place = this.place.querySelector("#try-rows");
    place.hidden = record.is_stated;
    if (record.is_stated) return;
    const body = place.querySelector("tbody");
    body.replaceChildren();
    const shown = record.rows.filter((row) => row.limit_gy !== null);
    for (const row of shown.length ? shown : record.rows) {
      const line = element("tr");
      line.append(element("td", "", `${row.organ} ${row.metric.replace("[Gy]", "")}`), element("td", "", row.stated_gy === null ? "–" : row.stated_gy.toFixed(1)));
      const now = element("td");
      const half = row.half_width_gy === null ? "" : ` ± ${Math.max(row.half_width_gy, 0.05).toFixed(1)}`;
      now.append(element("span", "", row.tried_gy === null ? "–" : `${row.tried_gy.toFixed(1)}${half}`));
      if (row.verdict) {
        const word = element("div", `${row.verdict}${row.verdict === row.stated_verdict ? "" : " changed"}`, place.dataset[row.verdict]);
        now.append(word);
      }
      if (row.reason) now.title = row.reason;
      line.append(now);
      body.append(line);
    }
  }
}
