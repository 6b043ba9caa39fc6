/** The rate of growth: the best-fitting straight line (ordinary least squares), and its confidence. */

export interface Point {
  readonly hours: number;
  readonly value: number;
}

export interface Slope {
  readonly perHour: number;
  /**
   * The 95 % confidence interval: the true slope differs by at most this, if the points scatter at random.
   */
  readonly error: number;
}

/**
 * Fits a line.
 * @throws RangeError for fewer than three points, or all at one time
 */
export function slopeOf(points: readonly Point[]): Slope {
  const mean = (of: (point: Point) => number) =>
    points.reduce((sum, one) => sum + of(one), 0) / points.length;
  const [hours, value] = [mean((one) => one.hours), mean((one) => one.value)];
  const spread = points.reduce((sum, one) => sum + (one.hours - hours) ** 2, 0);
  if (points.length < 3 || spread === 0) throw new RangeError("a slope needs three points in time");
  const perHour = points.reduce((sum, one) => sum + (one.hours - hours) * (one.value - value), 0) / spread;
  const residual = points.reduce(
    (sum, one) => sum + (one.value - value - perHour * (one.hours - hours)) ** 2,
    0,
  );
  return { perHour, error: 2 * Math.sqrt(residual / (points.length - 2) / spread) };
}
