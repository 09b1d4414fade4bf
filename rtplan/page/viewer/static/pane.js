// One plane: CT and dose as pictures, contours and isodoses as lines, all in millimetres of the patient.

import { addressOf, ask, element, Newest, svg } from "./asking.js";

const NICE_MM = [200, 100, 50, 20, 10, 5, 2, 1];

export class Pane {
  constructor(figure, facts, viewer) {
    this.figure = figure;
    this.name = figure.dataset.plane;
    this.plane = facts.planes[this.name];
    this.facts = facts;
    this.viewer = viewer;
    this.zoom = 1;
    this.middle = null;
    this.caption = figure.querySelector("figcaption");
    this.value = figure.querySelector(".value");
    this.asked = { ct: new Newest(), dose: new Newest(), lines: new Newest() };
    this.shown = {};
    this.waitsFor = new Set();
    this.#build();
    this.#listen();
  }

  #build() {
    this.svg = svg("svg", { role: "img", "aria-label": this.name });
    this.pictures = { ct: this.#picture(), dose: this.#picture() };
    this.lines = svg("g", {}, this.svg);
    this.cross = svg("g", { stroke: "#fff", "stroke-dasharray": "4 3", "vector-effect": "non-scaling-stroke", opacity: 0.75 }, this.svg);
    this.crossX = svg("line", { "vector-effect": "non-scaling-stroke" }, this.cross);
    this.crossY = svg("line", { "vector-effect": "non-scaling-stroke" }, this.cross);
    this.figure.prepend(this.svg);
    for (const [side, letter] of Object.entries(this.plane.letters)) {
      this.figure.append(element("span", `side ${side}`, letter));
    }
    this.scale = element("span", "scale");
    this.figure.append(this.scale);
    new ResizeObserver(() => this.frame()).observe(this.figure);
  }

  #picture() {
    const [x, y, width, height] = this.plane.box_mm;
    const pair = [0, 1].map((nth) => {
      const image = svg("image", { x, y, width, height, preserveAspectRatio: "none" }, this.svg);
      image.setAttribute("visibility", nth ? "hidden" : "visible");
      return image;
    });
    return pair;
  }

  along(point) {
    return this.facts.axes.map((axis) => axis.reduce((sum, part, k) => sum + part * point[k], 0));
  }

  point(x, y) {
    const along = this.along(this.viewer.state.point);
    along[this.plane.right] = x;
    along[this.plane.down] = this.plane.down_sign * y;
    return [0, 1, 2].map((k) => this.facts.axes.reduce((sum, axis, n) => sum + along[n] * axis[k], 0));
  }

  get at() {
    return this.along(this.viewer.state.point)[this.plane.across];
  }

  frame() {
    const [x, y, width, height] = this.plane.box_mm;
    const box = this.figure.getBoundingClientRect();
    if (!box.width || !box.height) return;
    const perPixel = Math.max(width / box.width, height / box.height) / this.zoom;
    const [w, h] = [box.width * perPixel, box.height * perPixel];
    const [cx, cy] = this.middle ?? [x + width / 2, y + height / 2];
    this.svg.setAttribute("viewBox", `${cx - w / 2} ${cy - h / 2} ${w} ${h}`);
    const shown = NICE_MM.find((mm) => mm / perPixel <= box.width / 4) ?? 1;
    this.scale.style.width = `${shown / perPixel}px`;
    this.scale.textContent = shown >= 10 ? `${shown / 10} cm` : `${shown} mm`;
    this.perPixel = perPixel;
    for (const tag of this.lines.querySelectorAll("text")) {
      tag.setAttribute("font-size", 11 * perPixel);
      tag.setAttribute("stroke-width", 2.5 * perPixel);
    }
  }

  crosshair() {
    const along = this.along(this.viewer.state.point);
    const [left, top, width, height] = this.plane.box_mm;
    const x = along[this.plane.right];
    const y = this.plane.down_sign * along[this.plane.down];
    for (const [key, value] of [["x1", x], ["x2", x], ["y1", top], ["y2", top + height]]) this.crossX.setAttribute(key, value);
    for (const [key, value] of [["x1", left], ["x2", left + width], ["y1", y], ["y2", y]]) this.crossY.setAttribute(key, value);
    const letters = ["LR", "PA", "HF"][this.plane.across];
    const at = this.at;
    const side = at >= 0 ? letters[0] : letters[1];
    this.caption.textContent = `${this.figure.getAttribute("aria-label")} · ${Math.abs(at).toFixed(1)} mm ${side} · ${this.viewer.words()}`;
  }

  draw() {
    this.crosshair();
    const { state, view } = this.viewer;
    const place = { plane: this.name, at: this.at.toFixed(3) };
    this.#show("ct", state.ct && this.facts.image ? addressOf(view, "ct", { ...place, window: state.window[0], level: state.window[1] }) : null);
    const dose = this.viewer.doseQuery();
    this.#show("dose", state.wash && dose ? addressOf(view, "dose", { ...place, ...dose, top: state.top }) : null);
    for (const image of this.pictures.dose) image.setAttribute("opacity", state.opacity);
    const lines = { ...place, ...(dose ?? {}), contours: [...state.contours].join(","), every: state.every ? 1 : "", levels: state.isodoses && dose ? state.levels.join(",") : "" };
    const key = addressOf(view, "lines", lines);
    if (this.shown.lines === key) return;
    this.#wait("lines", key);
    this.asked.lines.run(async () => {
      try {
        this.#drawLines((await ask(view, "lines", lines)).layers);
        this.#came("lines", key);
      } catch (mistake) {
        this.lines.replaceChildren();
        this.#failed("lines", key);
        throw mistake;
      }
    });
  }

  // Until what the caption says is drawn, and where it failed, what stands there is marked as not of it.
  #wait(kind, address) {
    this.shown[kind] = address;
    if (address) this.waitsFor.add(kind);
    else this.waitsFor.delete(kind);
    this.#mark();
  }

  #came(kind, address) {
    if (this.shown[kind] === address) this.waitsFor.delete(kind);
    this.#mark();
  }

  // Forgotten, so that the same question is asked again.
  #failed(kind, address) {
    if (this.shown[kind] === address) this.shown[kind] = undefined;
  }

  #mark() {
    this.figure.classList.toggle("is-waiting", this.waitsFor.size > 0);
  }

  #show(kind, address) {
    if (this.shown[kind] === address) return;
    this.#wait(kind, address);
    if (!address) {
      for (const image of this.pictures[kind]) image.setAttribute("visibility", "hidden");
      return;
    }
    this.asked[kind].run(
      () =>
        new Promise((done, refuse) => {
          const [front, back] = this.pictures[kind];
          const finish = (isVisible) => {
            back.onload = back.onerror = null;
            back.setAttribute("visibility", isVisible ? "visible" : "hidden");
            front.setAttribute("visibility", "hidden");
            this.pictures[kind] = [back, front];
          };
          back.onload = () => {
            finish(Boolean(this.shown[kind]));
            this.#came(kind, address);
            done();
          };
          back.onerror = () => {
            finish(false);
            back.removeAttribute("href");
            this.#failed(kind, address);
            refuse(new Error());
          };
          back.setAttribute("href", address);
        }),
    );
  }

  #drawLines(layers) {
    this.lines.replaceChildren();
    const named = [];
    for (const layer of layers) {
      svg("path", {
        d: layer.path,
        fill: "none",
        stroke: layer.colour,
        "stroke-width": layer.kind === "isodose" ? 1.3 : 2,
        "vector-effect": "non-scaling-stroke",
        ...(layer.earlier ? { "stroke-dasharray": "6 4" } : {}),
      }, this.lines);
      if (layer.label_mm) named.push(layer);
    }
    const taken = [];
    for (const { text, layer } of this.#together(named)) {
      const place = this.#free(layer, text, taken);
      if (!place) continue;
      const anchor = layer.kind === "isodose" ? "end" : "start";
      svg("text", { x: place[0], y: place[1], "text-anchor": anchor, fill: layer.colour, class: "tag", "font-size": 11 * this.perPixel, "stroke-width": 2.5 * this.perPixel }, this.lines, text);
    }
  }

  // An organ that two courses drew has one name with both letters.
  #together(layers) {
    const found = new Map();
    for (const layer of layers) {
      const key = `${layer.kind} ${layer.name}`;
      const before = found.get(key);
      if (before) before.letters.push(layer.course);
      else found.set(key, { layer, letters: [layer.course] });
    }
    return [...found.values()].map(({ layer, letters }) => ({ layer, text: `${letters.join("·")} ${layer.name}`.trim() }));
  }

  // The nearest free place above or below; a name that finds none within five lines is left out.
  #free(layer, text, taken) {
    const [width, height] = [text.length * 6.2 * this.perPixel, 12 * this.perPixel];
    const isLeft = layer.kind === "isodose";
    const x = layer.label_mm[0] + (isLeft ? -3 : 3) * this.perPixel;
    const left = isLeft ? x - width : x;
    for (const lines of [0, 1, -1, 2, -2, 3, -3, 4, -4, 5, -5]) {
      const y = layer.label_mm[1] + lines * height;
      if (taken.some(([a, b, w]) => a < left + width && left < a + w && Math.abs(b - y) < height)) continue;
      taken.push([left, y, width]);
      return [x, y];
    }
    return null;
  }

  #place(event) {
    const matrix = this.svg.getScreenCTM();
    if (!matrix) return null;
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
    const [x, y, width, height] = this.plane.box_mm;
    return [Math.min(Math.max(at.x, x), x + width), Math.min(Math.max(at.y, y), y + height)];
  }

  #listen() {
    let dragging = null;
    this.figure.addEventListener("pointerdown", (event) => {
      this.figure.focus({ preventScroll: true });
      this.figure.setPointerCapture(event.pointerId);
      dragging = event.shiftKey || event.button === 1 ? "move" : "cross";
      if (dragging === "cross") this.viewer.goTo(this.point(...this.#place(event)));
      event.preventDefault();
    });
    this.figure.addEventListener("pointermove", (event) => {
      const place = this.#place(event);
      if (!place) return;
      if (dragging === "cross") this.viewer.goTo(this.point(...place));
      else if (dragging === "move") this.#moveBy(-event.movementX * this.perPixel, -event.movementY * this.perPixel);
      else this.viewer.hover(this.point(...place), this);
    });
    this.figure.addEventListener("pointerup", () => (dragging = null));
    this.figure.addEventListener("pointerleave", () => this.viewer.hover(null, this));
    this.figure.addEventListener("wheel", (event) => {
      event.preventDefault();
      if (event.ctrlKey) this.zoomBy(event.deltaY < 0 ? 1.2 : 1 / 1.2);
      else this.step(event.deltaY < 0 ? 1 : -1);
    }, { passive: false });
    this.figure.addEventListener("keydown", (event) => {
      const does = { ArrowUp: () => this.step(1), ArrowDown: () => this.step(-1), PageUp: () => this.step(5), PageDown: () => this.step(-5), "+": () => this.zoomBy(1.25), "-": () => this.zoomBy(0.8), "0": () => this.whole() }[event.key];
      if (!does) return;
      event.preventDefault();
      does();
    });
  }

  #moveBy(x, y) {
    const [left, top, width, height] = this.plane.box_mm;
    const [cx, cy] = this.middle ?? [left + width / 2, top + height / 2];
    this.middle = [cx + x, cy + y];
    this.frame();
  }

  step(count) {
    const { low_mm: low, high_mm: high, step_mm: step } = this.plane;
    const nth = Math.round((this.at - low) / step) + count;
    const at = Math.min(Math.max(low + nth * step, low), high);
    const along = this.along(this.viewer.state.point);
    along[this.plane.across] = at;
    this.viewer.goTo([0, 1, 2].map((k) => this.facts.axes.reduce((sum, axis, n) => sum + along[n] * axis[k], 0)));
  }

  zoomBy(factor) {
    this.zoom = Math.min(Math.max(this.zoom * factor, 1), 12);
    const along = this.along(this.viewer.state.point);
    this.middle = this.zoom === 1 ? null : [along[this.plane.right], this.plane.down_sign * along[this.plane.down]];
    this.frame();
  }

  whole() {
    this.zoom = 1;
    this.middle = null;
    this.frame();
  }
}
