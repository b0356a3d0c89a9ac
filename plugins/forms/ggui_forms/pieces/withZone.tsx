/** A local time with the zone that the clock of this device is in. */
export function withZone(time: string) {
  const offset = -new Date().getTimezoneOffset();
  const parts = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60];
  const zone = parts.map((part) => String(part).padStart(2, "0")).join(":");
  return `${time.length === 5 ? `${time}:00` : time}${offset < 0 ? "-" : "+"}${zone}`;
}
