import { Image } from "@ggui-ai/design";

interface PictureProps {
  address: string | null | undefined;
  alt: string;
  width?: number;
}

/** An image from the web. */
export function Picture({ address, alt, width }: PictureProps) {
  if (!address || !/^(https?:\/\/|data:image\/)/i.test(address)) return width ? <>—</> : null;
  return <Image src={address} alt={alt} width={width} radius="md" style={{ maxHeight: "12rem" }} />;
}
