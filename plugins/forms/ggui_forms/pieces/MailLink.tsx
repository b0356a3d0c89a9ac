import { Link } from "@ggui-ai/design";

export function MailLink({ address }: { address: string | null | undefined }) {
  return address ? <Link href={`mailto:${encodeURIComponent(address)}`}>{address}</Link> : <>—</>;
}
