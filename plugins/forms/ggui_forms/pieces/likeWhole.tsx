export function likeWhole(text: string, label: string) {
  return Number.isInteger(Number(text)) ? undefined : `${label} must be a whole number.`;
}
