/**
 * The language in which numbers and dates are written: the one that the host named, else the browser's own.
 *
 * The runtime sets `dir` together with `lang` when the host names a language; a document's first `lang` is only that of
 * its few fixed words.
 */
export function locale(): string | undefined {
  const html = typeof document === "undefined" ? undefined : document.documentElement;
  return html !== undefined && html.dir !== "" && html.lang !== "" ? html.lang : undefined;
}

/** A number as the reader writes it. */
export function numberText(value: number, options?: Intl.NumberFormatOptions): string {
  return new Intl.NumberFormat(locale(), options).format(value);
}

/** A share of one, such as 0.64, in percent. */
export function percentText(share: number): string {
  return numberText(share, { style: "percent", maximumFractionDigits: 0 });
}

const DAY_MS = 86_400_000;
const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["day", DAY_MS],
  ["hour", 3_600_000],
  ["minute", 60_000],
];

/** A moment as a reader says it: how long ago within a week, else the date. Anything but a moment stays as it is. */
export function momentText(value: string | number | Date): string {
  const date = new Date(value);
  const age = Date.now() - date.getTime();
  if (Number.isNaN(age)) return String(value);
  if (Math.abs(age) >= 7 * DAY_MS) return new Intl.DateTimeFormat(locale(), { dateStyle: "medium" }).format(date);
  const relative = new Intl.RelativeTimeFormat(locale(), { numeric: "auto" });
  const [unit, length] = UNITS.find(([, ms]) => Math.abs(age) >= ms) ?? ["second", 1000];
  return unit === "second" ? relative.format(0, "second") : relative.format(-Math.trunc(age / length), unit);
}

const SIZES = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;

/** A number of bytes, in the unit that fits. */
export function bytesText(bytes: number): string {
  const step = Math.min(SIZES.length - 1, bytes > 0 ? Math.floor(Math.log10(bytes) / 3) : 0);
  const unit = SIZES[step] ?? "byte";
  return numberText(bytes / 1000 ** step, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: step > 0 ? 1 : 0 });
}

/** Whether text runs from right to left where `element` is. */
export function isRightToLeft(element: Element): boolean {
  return getComputedStyle(element).direction === "rtl";
}
