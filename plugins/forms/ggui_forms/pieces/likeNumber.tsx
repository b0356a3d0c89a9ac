export function likeNumber(text: string, label: string) {
  return Number.isFinite(Number(text)) ? undefined : `${label} must be a number.`;
}
