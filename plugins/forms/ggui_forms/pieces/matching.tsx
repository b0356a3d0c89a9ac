export function matching(text: string, pattern: string, label: string) {
  try {
    return text === "" || new RegExp(pattern, "u").test(text) ? undefined : `${label} does not have the right form.`;
  } catch {
    return undefined;
  }
}
