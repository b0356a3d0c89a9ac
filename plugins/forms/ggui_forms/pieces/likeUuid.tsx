export function likeUuid(text: string, label: string) {
  return text === "" || /^(urn:uuid:)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)
    ? undefined
    : `${label} must be a UUID.`;
}
