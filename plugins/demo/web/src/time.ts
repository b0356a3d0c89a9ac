/** Times for people. */

const MINUTE_S = 60;
const HOUR_S = 60 * MINUTE_S;
const DAY_S = 24 * HOUR_S;

/** `9:07` */
export function clock(leftMs: number): string {
  const total = Math.max(0, Math.ceil(leftMs / 1000));
  return `${Math.floor(total / MINUTE_S)}:${String(total % MINUTE_S).padStart(2, "0")}`;
}

/** `3 days 4 h`, `2 h 13 min`, `5 min`, `just started` */
export function duration(ms: number): string {
  const total = Math.max(0, Math.floor(ms / 1000));
  const days = Math.floor(total / DAY_S);
  const hours = Math.floor((total % DAY_S) / HOUR_S);
  const minutes = Math.floor((total % HOUR_S) / MINUTE_S);
  if (days > 0) return `${days} ${days === 1 ? "day" : "days"} ${hours} h`;
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min` : "just started";
}

/** `just now`, `5 minutes ago`, `yesterday`; an absolute date after a week. */
export function ago(date: Date, now: number = Date.now()): string {
  const passed = Math.max(0, Math.round((now - date.getTime()) / 1000));
  const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  if (passed < MINUTE_S) return "just now";
  if (passed < HOUR_S) return relative.format(-Math.floor(passed / MINUTE_S), "minute");
  if (passed < DAY_S) return relative.format(-Math.floor(passed / HOUR_S), "hour");
  if (passed < 7 * DAY_S) return relative.format(-Math.floor(passed / DAY_S), "day");
  return new Intl.DateTimeFormat("en", { day: "numeric", month: "short", year: "numeric" }).format(date);
}
