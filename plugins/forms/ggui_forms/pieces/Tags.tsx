import { Row, Tag } from "@ggui-ai/design";

export function Tags({ values }: { values: readonly unknown[] | null | undefined }) {
  if (!values?.length) return <>—</>;
  return (
    <Row gap="xs">
      {values.map((value, index) => (
        <Tag key={index}>{String(value)}</Tag>
      ))}
    </Row>
  );
}
