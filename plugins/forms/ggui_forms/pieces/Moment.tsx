interface MomentProps {
  value: string | null | undefined;
  /** A day on the calendar rather than a moment in time. */
  isDay?: boolean;
}

/** A date, or a date and time, in the reader's own format. */
export function Moment({ value, isDay }: MomentProps) {
  if (!value) return <>—</>;
  const date = new Date(value);
  if (!/^\d{4}-\d\d-\d\d/.test(value) || Number.isNaN(date.getTime())) return <>{value}</>;
  const format = new Intl.DateTimeFormat(
    undefined,
    isDay ? { dateStyle: "medium", timeZone: "UTC" } : { dateStyle: "medium", timeStyle: "short" },
  );
  return <time dateTime={value}>{format.format(date)}</time>;
}
