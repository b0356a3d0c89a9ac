/** A moment as the text of a local date and time field. */
export function asLocalTime(moment: string | null | undefined) {
  const date = new Date(moment ?? "");
  if (Number.isNaN(date.getTime())) return "";
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
