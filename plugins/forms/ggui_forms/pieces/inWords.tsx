/** Any value on one line. */
export function inWords(value: unknown): string {
  if (value === null || value === undefined || value === "") return "—";
  if (typeof value === "boolean") return value ? "Yes" : "No";
  if (Array.isArray(value)) return value.map(inWords).join(", ") || "—";
  if (typeof value !== "object") return String(value);
  return Object.values(value).map(inWords).join(" · ") || "—";
}
