export function likeDate(text: string, label: string) {
  return text === "" || !Number.isNaN(new Date(text).getTime()) ? undefined : `${label} must be a date.`;
}
