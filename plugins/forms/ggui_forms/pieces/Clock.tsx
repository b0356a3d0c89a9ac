/** A time of day. */
export function Clock({ value }: { value: string | null | undefined }) {
  return value ? <time dateTime={value}>{value.replace(/^(\d\d:\d\d).*$/, "$1")}</time> : <>—</>;
}
