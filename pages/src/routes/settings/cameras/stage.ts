/** Draws regions over a picture and lets them be dragged: corners, the points between them, and whole regions. */
import Konva from "konva";
import { moved, pushed, split, without, type Point, type Region } from "./regions";

const CORNER = 7;
const BETWEEN = 5;
/** As the boxes of plates: seen on any picture. */
const INK = "#ffd24a";
const SHADE = "#ffd24a26";
const EDGE = "#101317";

export class RegionStage {
  #stage: Konva.Stage;
  #layer = new Konva.Layer();
  #change: (regions: Region[]) => void;

  constructor(container: HTMLDivElement, change: (regions: Region[]) => void) {
    this.#stage = new Konva.Stage({ container, width: 1, height: 1 });
    this.#stage.add(this.#layer);
    this.#change = change;
  }

  close(): void {
    this.#stage.destroy();
  }

  /** Everything anew; `may` is whether it can be dragged. */
  draw(regions: readonly Region[], width: number, height: number, may: boolean): void {
    this.#stage.size({ width, height });
    this.#layer.destroyChildren();
    regions.forEach((points, region) => this.#region(regions, points, region, may));
    this.#layer.draw();
  }

  #region(regions: readonly Region[], points: Region, region: number, may: boolean): void {
    const { width, height } = this.#stage.size();
    const flat = points.flatMap(([x = 0, y = 0]) => [x * width, y * height]);
    const line = new Konva.Line({
      points: flat,
      closed: true,
      stroke: INK,
      strokeWidth: 2,
      fill: SHADE,
      draggable: may,
    });
    line.on("dragend", () => this.#change(pushed(regions, region, [line.x() / width, line.y() / height])));
    this.#layer.add(line);
    if (!may) return;
    points.forEach(([x = 0, y = 0], corner) => {
      const [nextX = 0, nextY = 0] = points[(corner + 1) % points.length] ?? [];
      this.#between(regions, region, corner, [((x + nextX) / 2) * width, ((y + nextY) / 2) * height]);
    });
    points.forEach(([x = 0, y = 0], corner) =>
      this.#corner(regions, region, corner, [x * width, y * height], line),
    );
  }

  #corner(regions: readonly Region[], region: number, corner: number, at: Point, line: Konva.Line): void {
    const dot = this.#dot(at, CORNER, INK);
    dot.on("dragmove", () => {
      const flat = line.points().slice();
      [flat[2 * corner], flat[2 * corner + 1]] = [dot.x(), dot.y()];
      line.points(flat);
    });
    dot.on("dragend", () => this.#change(moved(regions, region, corner, this.#shareOf(dot))));
    dot.on("dblclick dbltap", () => this.#change(without(regions, region, corner)));
  }

  /** Becomes a corner when it is pulled. */
  #between(regions: readonly Region[], region: number, corner: number, at: Point): void {
    const dot = this.#dot(at, BETWEEN, SHADE);
    dot.on("dragend", () => this.#change(split(regions, region, corner, this.#shareOf(dot))));
  }

  #dot([x = 0, y = 0]: Point, radius: number, fill: string): Konva.Circle {
    const { width, height } = this.#stage.size();
    const dot = new Konva.Circle({
      x,
      y,
      radius,
      fill,
      stroke: fill === INK ? EDGE : INK,
      strokeWidth: 1.5,
      hitStrokeWidth: 14,
      draggable: true,
      dragBoundFunc: (to) => ({
        x: Math.min(width, Math.max(0, to.x)),
        y: Math.min(height, Math.max(0, to.y)),
      }),
    });
    const cursor = this.#stage.container().style;
    dot.on("mouseenter", () => (cursor.cursor = "grab"));
    dot.on("mouseleave", () => (cursor.cursor = ""));
    this.#layer.add(dot);
    return dot;
  }

  #shareOf(dot: Konva.Circle): Point {
    const { width, height } = this.#stage.size();
    return [dot.x() / width, dot.y() / height];
  }
}
