export function likeJson(text: string, label: string) {
  try {
    if (text.trim() !== "") JSON.parse(text);
    return undefined;
  } catch {
    return `${label} must be JSON.`;
  }
}
