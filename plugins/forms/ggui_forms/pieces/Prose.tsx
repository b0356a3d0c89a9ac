import { Stack, Text } from "@ggui-ai/design";

/** Text of several paragraphs. */
export function Prose({ text }: { text: string | null | undefined }) {
  if (!text?.trim()) return <>—</>;
  return (
    <Stack gap="sm" style={{ maxWidth: "70ch" }}>
      {text.split(/\n\s*\n/).map((paragraph, index) => (
        <Text key={index} style={{ whiteSpace: "pre-line" }}>
          {paragraph}
        </Text>
      ))}
    </Stack>
  );
}
