import { Link } from "@ggui-ai/design";

/** A link to a page, or plain text when it is no web address. */
export function WebLink({ address }: { address: string | null | undefined }) {
  if (!address) return <>—</>;
  if (!/^https?:\/\//i.test(address)) return <>{address}</>;
  return (
    <Link href={address} external>
      {address.replace(/^https?:\/\/(www\.)?|\/$/gi, "")}
    </Link>
  );
}
