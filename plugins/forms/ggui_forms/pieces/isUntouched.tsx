/** True when nothing was entered. */
export function isUntouched(draft: unknown, blank: unknown) {
  return JSON.stringify(draft) === JSON.stringify(blank);
}
