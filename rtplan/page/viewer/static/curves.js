// DVH curves of one organ: each course, the sum, what is possible without registration, limits, what is tried.

import { svg } from "./asking.js";

const COLOURS = ["#0072b2", "#d55e00", "#56b4e9", "#cc79a7", "#e69f00"];
const DASHES = ["7 4", "2 3", "9 3 2 3", "4 2", "12 4"];
const EDGE = { left: 44, right: 14, top: 34, bottom: 36 };

export class Curves {
  constructor(figure, words) {
    this.figure = figure;
    this.words = words;
    this.caption = figure.querySelector("figcaption");
    this.svg = svg("svg", { role: "img" });
    figure.prepend(this.svg);
    new ResizeObserver(() => this.record && this.draw(this.record)).observe(figure);
  }

  draw(record) {
    this.record = record;
    this.svg.replaceChildren();
    const box = this.figure.getBoundingClientRect();
    if (!box.width) return;
    this.svg.setAttribute("viewBox", `0 0 ${box.width} ${box.height}`);
    const at = record.tried && record.tried_alpha_beta_gy !== record.alpha_beta_gy ? ` (${this.words.tried}: ${record.tried_alpha_beta_gy.toFixed(1)})` : "";
    this.caption.textContent = `${this.words.dvh} · ${record.organ} · EQD2, α/β ${record.alpha_beta_gy}${at}`;
    this.svg.setAttribute("aria-label", this.caption.textContent);
    const most = this.#most(record);
    this.x = (gy) => EDGE.left + (gy / most) * (box.width - EDGE.left - EDGE.right);
    this.y = (percent) => box.height - EDGE.bottom - (percent / 100) * (box.height - EDGE.top - EDGE.bottom);
    this.#axes(most, box);
    if (record.bounds) this.#band(record.bounds);
    record.curves.forEach((curve, nth) => this.#curve(curve, nth));
    if (record.tried) this.#line(record.tried, { stroke: "#1b2430", "stroke-width": 2.2, "stroke-dasharray": "3 3" }, this.words.tried, 0.72);
    for (const limit of record.limits) this.#limit(limit, box);
    this.mark = svg("line", { y1: EDGE.top, y2: box.height - EDGE.bottom, stroke: "#1b2430", "stroke-dasharray": "2 3", visibility: "hidden" }, this.svg);
    if (this.last) this.point(...this.last);
    if (record.reason) svg("text", { x: EDGE.left + 8, y: EDGE.top + 14, "font-size": 11, fill: "#4a3f8f" }, this.svg, record.reason);
  }

  point(gy, alphaBeta) {
    this.last = [gy, alphaBeta];
    if (!this.mark) return;
    const is = gy !== null && this.record.alpha_beta_gy === alphaBeta;
    this.mark.setAttribute("visibility", is ? "visible" : "hidden");
    if (is) for (const end of ["x1", "x2"]) this.mark.setAttribute(end, this.x(gy));
  }

  #most(record) {
    const ends = record.curves.map((curve) => curve.dose_gy.at(-1));
    if (record.tried) ends.push(record.tried.dose_gy.at(-1));
    ends.push(...record.limits.map((limit) => limit.gy));
    return Math.max(10, Math.ceil((Math.max(10, ...ends) * 1.06) / 10) * 10);
  }

  #axes(most, box) {
    const bottom = box.height - EDGE.bottom;
    const ink = { stroke: "#8695a6", "stroke-width": 1 };
    svg("path", { d: `M${EDGE.left} ${EDGE.top}V${bottom}H${box.width - EDGE.right}`, fill: "none", ...ink }, this.svg);
    const step = [5, 10, 20, 25, 50, 100].find((each) => most / each <= 7) ?? 100;
    const small = { "font-size": 10, fill: "#4d5b6b" };
    for (let gy = 0; gy <= most; gy += step) {
      svg("line", { x1: this.x(gy), x2: this.x(gy), y1: bottom, y2: bottom + 4, ...ink }, this.svg);
      svg("text", { x: this.x(gy), y: bottom + 15, "text-anchor": "middle", ...small }, this.svg, gy);
    }
    for (const percent of [0, 25, 50, 75, 100]) {
      svg("line", { x1: EDGE.left, x2: box.width - EDGE.right, y1: this.y(percent), y2: this.y(percent), stroke: "#e6ebf0" }, this.svg);
      svg("text", { x: EDGE.left - 5, y: this.y(percent) + 3, "text-anchor": "end", ...small }, this.svg, percent);
    }
    svg("text", { x: box.width - EDGE.right, y: bottom + 29, "text-anchor": "end", ...small }, this.svg, this.words.doseAxis);
    svg("text", { x: 12, y: (EDGE.top + bottom) / 2, transform: `rotate(-90 12 ${(EDGE.top + bottom) / 2})`, "text-anchor": "middle", ...small }, this.svg, this.words.volumeAxis);
  }

  #band(bounds) {
    const side = (doses) => bounds.volume_percent.map((percent, k) => [doses[k], percent]).filter(([gy]) => gy !== null);
    const [low, high] = [side(bounds.low_gy), side(bounds.high_gy).reverse()];
    if (!low.length || !high.length) return;
    const d = "M" + [...low, ...high].map(([gy, percent]) => `${this.x(gy).toFixed(1)} ${this.y(percent).toFixed(1)}`).join("L") + "Z";
    svg("path", { d, fill: "#9fb3c8", opacity: 0.4, stroke: "none" }, this.svg);
  }

  #curve(curve, nth) {
    if (curve.kind === "course") {
      this.#line(curve, { stroke: COLOURS[nth % COLOURS.length], "stroke-width": 1.8, "stroke-dasharray": DASHES[nth % DASHES.length] }, curve.name, 0.5 - 0.12 * nth);
    } else {
      const name = curve.kind === "sum" ? this.words.sum : this.words.recovered;
      this.#line(curve, { stroke: "#00805d", "stroke-width": curve.kind === "sum" ? 2.6 : 1.6 }, name, curve.kind === "sum" ? 0.3 : 0.2);
    }
  }

  #line(curve, style, name, share) {
    const places = curve.dose_gy.map((gy, k) => [this.x(gy), this.y(curve.volume_percent[k])]);
    if (places.length && curve.dose_gy[0] > 0) places.unshift([this.x(0), places[0][1]]);
    svg("path", { d: "M" + places.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L"), fill: "none", ...style }, this.svg);
    const at = curve.volume_percent.findIndex((percent) => percent <= share * 100);
    const nth = at < 0 ? curve.dose_gy.length - 1 : at;
    svg("text", { x: this.x(curve.dose_gy[nth]) + 4, y: this.y(curve.volume_percent[nth]), "font-size": 11, "font-weight": 700, fill: style.stroke, stroke: "#fff", "stroke-width": 3, "paint-order": "stroke" }, this.svg, name);
  }

  #limit(limit, box) {
    const x = this.x(limit.gy);
    svg("line", { x1: x, x2: x, y1: EDGE.top, y2: box.height - EDGE.bottom, stroke: "#a4161a", "stroke-width": 1.5 }, this.svg);
    const isRight = x > box.width - 110;
    svg("text", { x: x + (isRight ? -4 : 4), y: EDGE.top + 9, "text-anchor": isRight ? "end" : "start", "font-size": 10, fill: "#a4161a", stroke: "#fff", "stroke-width": 3, "paint-order": "stroke" }, this.svg, `${limit.metric.replace("[Gy]", "")} ${limit.comparator.replace("<=", "≤")} ${limit.gy}`);
  }
}
