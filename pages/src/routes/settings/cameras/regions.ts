/** Regions in which plates are looked for: polygons in shares of the picture. */
export type Point = number[];
export type Region = Point[];

export const MOST_REGIONS = 16;
export const FEWEST_CORNERS = 3;
const DIGITS = 1000;

/** A share that lies in the picture, rounded to a thousandth: a pixel of what is looked at. */
export const share = (value: number): number =>
  Math.round(Math.min(1, Math.max(0, Number.isFinite(value) ? value : 0)) * DIGITS) / DIGITS;

/** What a new region is: the middle of the picture, not over those that are there. */
export function freshRegion(known: number): Region {
  const shift = (known % 4) * 0.05;
  return [
    [0.25 + shift, 0.35],
    [0.75 + shift, 0.35],
    [0.75 + shift, 0.85],
    [0.25 + shift, 0.85],
  ].map((point) => point.map(share));
}

/** The regions with one corner elsewhere. */
export function moved(regions: readonly Region[], region: number, corner: number, to: Point): Region[] {
  return regions.map((points, at) =>
    at === region ? points.map((point, place) => (place === corner ? to.map(share) : point)) : points,
  );
}

/** The regions with a corner more, behind the one that is named. */
export function split(regions: readonly Region[], region: number, corner: number, at?: Point): Region[] {
  return regions.map((points, place) => {
    if (place !== region) return points;
    const [x = 0, y = 0] = points[corner] ?? [];
    const [nextX = 0, nextY = 0] = points[(corner + 1) % points.length] ?? [];
    const fresh = (at ?? [(x + nextX) / 2, (y + nextY) / 2]).map(share);
    return [...points.slice(0, corner + 1), fresh, ...points.slice(corner + 1)];
  });
}

/** The regions without a corner; a region keeps at least three. */
export function without(regions: readonly Region[], region: number, corner: number): Region[] {
  return regions.map((points, at) =>
    at === region && points.length > FEWEST_CORNERS ? points.filter((_, place) => place !== corner) : points,
  );
}

/** The regions with one of them pushed aside as a whole; it stays in the picture. */
export function pushed(regions: readonly Region[], region: number, by: Point): Region[] {
  const [right = 0, down = 0] = by;
  return regions.map((points, at) => {
    if (at !== region) return points;
    const within = (delta: number, values: number[]): number =>
      Math.min(1 - Math.max(...values), Math.max(-Math.min(...values), delta));
    const dx = within(
      right,
      points.map((point) => point[0] ?? 0),
    );
    const dy = within(
      down,
      points.map((point) => point[1] ?? 0),
    );
    return points.map(([x = 0, y = 0]) => [share(x + dx), share(y + dy)]);
  });
}
