import {
  Autocomplete, Badge, Breadcrumb, Button, Card, Dropdown, EmptyState, FormField, Grid, Icon, Input, Markdown, MarkdownInline, MenuItem, Pagination, Row,
  SearchField, Stack, Stat, Stepper, Tag, Text, renderRichTextInlines,
} from "@ggui-ai/design";
import { useState } from "react";

export function SearchField_with_button() {
  const [text, setText] = useState("");
  const [found, setFound] = useState("");
  return <Stack><SearchField value={text} onChange={setText} onSearch={setFound} showButton placeholder="Find an order" /><Text size="sm" tone="muted">Looked for: {found || "nothing yet"}</Text></Stack>;
}

export function FormField_around_controls() {
  return (
    <Grid columns={2}>
      <FormField label="A plain input" helperText="Tied to its label" required><input defaultValue="plain" /></FormField>
      <FormField label="One of the catalog" error="Not long enough" description="At least three letters."><Input defaultValue="x" /></FormField>
    </Grid>
  );
}

export function MenuItem_states() {
  return (
    <Card padding="xs" style={{ maxWidth: 260 }}>
      <MenuItem label="Open" icon={<Icon name="folder-open" size={16} />} active /><MenuItem label="Rename" icon={<Icon name="pencil" size={16} />} rightElement={<Badge size="sm">F2</Badge>} />
      <MenuItem label="Not possible" disabled /><MenuItem label="Delete" danger icon={<Icon name="trash" size={16} />} />
    </Card>
  );
}

export function Tag_variants() {
  const [tags, setTags] = useState(["urgent", "fragile"]);
  return (
    <Row>
      {tags.map((tag) => <Tag key={tag} closable onClose={() => setTags(tags.filter((other) => other !== tag))}>{tag}</Tag>)}
      <Tag variant="success">paid</Tag><Tag variant="error" size="lg">late</Tag><Tag icon={<Icon name="tag" size={12} />}>with a picture</Tag>
    </Row>
  );
}

export function Dropdown_choice() {
  const [view, setView] = useState("week");
  return (
    <Row>
      <Dropdown trigger={<Button variant="secondary">View: {view}</Button>} value={view} onChange={setView} options={[{ value: "day", label: "Day" }, { value: "week", label: "Week" }, { value: "month", label: "Month" }]} />
      <Dropdown trigger="Actions" onChange={() => undefined} options={[{ value: "copy", label: "Copy" }, { value: "move", label: "Move", disabled: true }, { value: "delete", label: "Delete", danger: true }]} />
    </Row>
  );
}

export function Autocomplete_cities() {
  const [city, setCity] = useState("");
  return <Autocomplete label="City" value={city} onChange={setCity} placeholder="Type a name" options={["Accra", "Berlin", "Bergen", "Bern", "Lima", { value: "nyc", label: "New York" }]} />;
}

export function Autocomplete_error() {
  return <Autocomplete label="Customer" options={[]} error="Choose one" noResultsText="Nobody has this name" />;
}

export function Breadcrumb_trail() {
  return <Breadcrumb items={[{ label: "Home", href: "https://example.com" }, { label: "Orders" }, { label: "o-7" }]} onItemClick={() => undefined} />;
}

export function Pagination_many() {
  const [page, setPage] = useState(6);
  return <Stack><Pagination currentPage={page} totalPages={42} onPageChange={setPage} showFirstLast /><Pagination currentPage={1} totalPages={3} /></Stack>;
}

export function EmptyState_with_action() {
  return <EmptyState icon={<Icon name="inbox" size={32} />} title="No orders yet" description="They appear here as soon as somebody buys something." action={<Button variant="secondary">Add one</Button>} />;
}

export function Stat_trends() {
  return (
    <Grid columns={{ base: 2, sm: 4 }}>
      <Stat label="Revenue" value="€12,480" delta="8.2% on last week" trend="up" /><Stat label="Returns" value="14" delta="3 more" trend="down" />
      <Stat label="Open" value={231} icon={<Icon name="inbox" size={16} />} /><Stat label="Rating" value="4.8" delta="unchanged" trend="flat" />
    </Grid>
  );
}

export function Stepper_orientations() {
  const [at, setAt] = useState(1);
  return (
    <Stack gap="lg">
      <Stepper steps={["Cart", "Address", "Payment"]} current={at} onStepClick={setAt} />
      <Stepper orientation="vertical" current={2} steps={[{ label: "Ordered", description: "Monday" }, { label: "Packed", description: "Tuesday" }, { label: "On its way" }]} />
    </Stack>
  );
}

export function Markdown_document() {
  return (
    <Markdown>{`## Release notes

The **third** version has _everything_ of the second, and [more](https://example.com).

1. Faster, by \`40 %\`
2. Smaller
   - half the size
   - [x] tested

> Not finished yet.

| Part | Size |
| --- | --- |
| core | 109 KB |

\`\`\`
pip install ggui
\`\`\``}</Markdown>
  );
}

export function MarkdownInline_words() {
  return <Text><MarkdownInline>{"Words with **weight**, `code` and https://example.com"}</MarkdownInline>; {renderRichTextInlines("also *while it stre")}</Text>;
}
