export function likeAddress(text: string, label: string) {
  return text === "" || /^[a-z][a-z0-9+.-]*:\S+$/i.test(text)
    ? undefined
    : `${label} must be an address such as https://example.com.`;
}
