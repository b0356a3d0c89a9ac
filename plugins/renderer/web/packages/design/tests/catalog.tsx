/**
 * A component that shows every entry of the catalog, as a generator would write it. The browser tests compile it, mount
 * it through the runtime, look for accessibility faults and use it.
 */
import {
  Alert, Badge, Box, Button, Card, Checkbox, Container, Divider, EmptyState, FormField, Grid, Heading, Image, Input, Link,
  Progress, RadioGroup, Row, Select, Skeleton, Spinner, Stack, Stat, Table, Tag, Text, TextArea, Toggle,
} from "@ggui-ai/design";
import { useState, type ReactNode } from "react";

interface Order {
  id: string;
  customer: string;
  item: string;
  total: string;
  status: "paid" | "open" | "late";
}

interface Values {
  name: string;
  email: string;
  note: string;
  priority: string;
  ships: boolean;
  express: boolean;
  slot: string;
}

const HILLS = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" width="400" height="200"><rect width="400" height="200" fill="#a8c6e6"/>' +
    '<path d="M0 200 120 90 210 170 280 110 400 200Z" fill="#1b7a37"/></svg>',
)}`;
const ORDERS: Order[] = [
  { id: "o-7", customer: "Ada Lovelace", item: "Analytical engine, brass, with spare gears", total: "€1,240.00", status: "paid" },
  { id: "o-8", customer: "Grace Hopper", item: "Moth trap", total: "€18.50", status: "open" },
  { id: "o-9", customer: "Karen Spärck Jones", item: "Index cards (500)", total: "€42.00", status: "late" },
];
const STATUSES = ["info", "success", "warning", "error"] as const;
const VARIANTS = ["primary", "secondary", "outline", "ghost", "danger"] as const;
const SIZES = ["xs", "sm", "md", "lg", "xl"] as const;
const TONES = ["muted", "subtle", "emphasized", "loud", "success", "warning", "error", "info"] as const;
const SURFACES = ["default", "elevated", "sunken", "accent", "inverted", "transparent"] as const;

export default function Catalog({ title }: { title?: string }) {
  return (
    <Container maxWidth="md">
      <Stack gap="xl">
        <Section title="Text">
          <Heading level={1}>{title ?? "Every entry of the catalog"}</Heading>
          <Heading>Heading two</Heading>
          <Heading level={3}>Heading three</Heading>
          <Heading level={4}>Heading four</Heading>
          <Text>
            Body text with <Link href="https://example.com" external>a link in it</Link>. It wraps when the column is narrow.
          </Text>
          <Row gap="md">{TONES.map((tone) => <Text key={tone} is="span" tone={tone} size="sm">{tone}</Text>)}</Row>
          <Text truncate>A very long line of text that does not fit into the width of a phone at all, and so ends in dots</Text>
        </Section>
        <Buttons />
        <Section title="Fields"><Fields /></Section>
        <Section title="Chips">
          <Row>{STATUSES.map((status) => <Badge key={status} variant={status}>{status}</Badge>)}<Badge>default</Badge><Badge variant="primary">primary</Badge></Row>
          <Chips />
        </Section>
        <Section title="Alerts">
          {STATUSES.map((status) => <Alert key={status} variant={status} title={status} closable>The order was changed by someone else.</Alert>)}
        </Section>
        <Section title="Tables"><Tables /></Section>
        <Section title="Figures">
          <Grid columns={{ base: 2, sm: 4 }}>
            <Stat label="Revenue" value="€12,480" delta="8.2% on last week" trend="up" />
            <Stat label="Returns" value="14" delta="3 more" trend="down" />
            <Stat label="Open" value={231} />
            <Stat label="Rating" value="4.8" delta="unchanged" trend="flat" />
          </Grid>
          <Progress value={64} label="Uploading" showLabel />
          <Progress indeterminate label="Working" size="sm" />
          <Spinner label="Counting" />
        </Section>
        <Section title="Placeholders">
          <Row gap="md" wrap={false}>
            <Skeleton variant="circle" />
            <Stack style={{ flex: 1 }}><Skeleton variant="text" width="60%" /><Skeleton variant="text" /></Stack>
          </Row>
          <Grid><Image src={HILLS} alt="Hills" radius="lg" width="100%" /><Image src="data:image/png;base64,broken" alt="A picture that is missing" height={120} /></Grid>
          <EmptyState icon="☐" title="No orders yet" description="They appear here as soon as somebody buys something." action={<Button variant="secondary">Add one</Button>} />
        </Section>
        <Section title="Boxes">
          <Grid columns={3}>
            {SURFACES.map((surface) => <Box key={surface} surface={surface} padding="md" radius="md">{surface}</Box>)}
            <Box assetSemantic="success" padding="md">semantic</Box>
            <Box assetColor="primary-100" padding="md">primary-100</Box>
          </Grid>
          <Divider />
          <Row><Text is="span">One</Text><Divider orientation="vertical" margin={4} /><Text is="span">Two</Text></Row>
        </Section>
      </Stack>
    </Container>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Stack as="section" gap="sm" aria-label={title}>
      <Text caps size="xs" tone="subtle" weight="semibold">{title}</Text>
      {children}
    </Stack>
  );
}

function Buttons() {
  const [presses, setPresses] = useState(0);
  const press = () => setPresses(presses + 1);
  return (
    <Section title="Buttons">
      <Row>{VARIANTS.map((variant) => <Button key={variant} variant={variant} onPress={press}>{variant}</Button>)}</Row>
      <Row>{SIZES.map((size) => <Button key={size} size={size} variant="secondary" onPress={press}>Size {size}</Button>)}</Row>
      <Row><Button loading onPress={press}>Saving</Button><Button disabled onPress={press}>Disabled</Button></Row>
      <Button fullWidth onPress={press}>Full width</Button>
      <Text data-testid="presses">{presses}</Text>
    </Section>
  );
}

function Fields() {
  const [values, setValues] = useState<Values>({ name: "Ada", email: "", note: "Ring twice.", priority: "b", ships: true, express: false, slot: "b" });
  const set = <K extends keyof Values>(name: K) => (value: Values[K]) => setValues((before) => ({ ...before, [name]: value }));
  return (
    <Card>
      <Stack gap="md">
        <Grid>
          <Input label="Name" value={values.name} onChange={set("name")} required helperText="As on the door" />
          <Input label="E-mail" type="email" value={values.email} onChange={set("email")} error="Enter an address such as you@example.com" required />
          <Input label="Due" type="date" helperText="We deliver on weekdays" />
          <Select label="Priority" value={values.priority} onChange={set("priority")} options={[{ value: "a", label: "Low" }, { value: "b", label: "Normal" }, { value: "c", label: "High", disabled: true }]} />
          <Input label="Amount" type="number" size="sm" defaultValue="12" />
          <Input label="Locked" disabled value="Read only" />
        </Grid>
        <TextArea label="Note" value={values.note} onChange={set("note")} maxLength={200} showCount description="Only the courier sees this." />
        <FormField label="Plain input" helperText="Styled and tied to its label" required><input defaultValue="plain" /></FormField>
        <FormField label="Catalog input" error="Not long enough"><Input defaultValue="x" /></FormField>
        <Checkbox label="Tell me when it ships" checked={values.ships} onChange={set("ships")} description="One e-mail, no more." />
        <Checkbox label="Partly" indeterminate />
        <Checkbox label="Terms" error="Please accept to continue" required />
        <Toggle label="Express" checked={values.express} onChange={set("express")} />
        <RadioGroup label="Slot" value={values.slot} onChange={set("slot")} direction="horizontal" options={[{ value: "a", label: "Monday" }, { value: "b", label: "Tuesday" }, { value: "c", label: "Wednesday", disabled: true }]} required />
        <RadioGroup label="Choice" options={["One", "Two"]} error="Choose one" />
        <Text data-testid="values" size="xs" tone="muted">{JSON.stringify(values)}</Text>
      </Stack>
    </Card>
  );
}

function Chips() {
  const [tags, setTags] = useState(["urgent", "fragile"]);
  return <Row>{tags.map((tag) => <Tag key={tag} closable onClose={() => setTags(tags.filter((other) => other !== tag))}>{tag}</Tag>)}</Row>;
}

function Tables() {
  const [sort, setSort] = useState<{ key: string; direction: "asc" | "desc" }>({ key: "total", direction: "asc" });
  return (
    <>
      <Table
        caption="Orders of this week"
        columns={[
          { key: "id", header: "Order", width: 70 },
          { key: "customer", header: "Customer", sortable: true },
          { key: "item", header: "Item" },
          { key: "total", header: "Total", align: "right", sortable: true },
          { key: "status", header: "Status", render: (order) => <Badge variant={order.status === "paid" ? "success" : "default"}>{order.status}</Badge> },
          { key: "open", header: "", render: (order, index) => <Button size="sm" variant="outline" aria-label={`Open ${order.id}, row ${index}`}>Open</Button> },
        ]}
        data={ORDERS}
        sortKey={sort.key}
        sortDirection={sort.direction}
        onSort={(key, direction) => setSort({ key, direction })}
        hoverable
      />
      <Table bordered striped compact columns={[{ key: "id", header: "Order" }, { key: "customer", header: "Customer" }]} data={ORDERS} />
      <Table columns={[{ key: "id", header: "Order" }]} data={[] as Order[]} />
    </>
  );
}
