import { useRef, type ReactNode } from "react";
import { Button, Row } from "@ggui-ai/design";
import { Group, type GroupProps } from "./Group";

interface RowsProps<Item> extends Omit<GroupProps, "children"> {
  item: string;
  rows: Item[];
  blank: Item;
  most?: number;
  onChange: (rows: Item[]) => void;
  children: (row: Item, replace: (row: Item) => void, index: number) => ReactNode;
}

/** A list that can be added to and taken from. */
export function Rows<Item>({ item, rows, blank, most, onChange, children, ...group }: RowsProps<Item>) {
  const adding = useRef<HTMLDivElement>(null);
  return (
    <Group {...group}>
      {rows.map((row, index) => (
        <Row key={index} align="end" wrap={false}>
          <div style={{ flex: 1, minWidth: 0 }}>
            {children(row, (next) => onChange(rows.map((old, at) => (at === index ? next : old))), index)}
          </div>
          <Button
            variant="ghost"
            size="sm"
            aria-label={`Remove ${item} ${index + 1}`}
            onPress={() => {
              onChange(rows.filter((_, at) => at !== index));
              adding.current?.querySelector("button")?.focus();
            }}
          >
            Remove
          </Button>
        </Row>
      ))}
      <div ref={adding}>
        <Button
          variant="outline"
          size="sm"
          disabled={most !== undefined && rows.length >= most}
          onPress={() => onChange([...rows, blank])}
        >
          {`Add ${item}`}
        </Button>
      </div>
    </Group>
  );
}
