import {
  Accordion, Alert, Avatar, Badge, Box, Button, Card, Checkbox, Clickable, Container, Divider, Grid, Heading, Hoverable, Icon, Image, Input, Link,
  MotionKeyframes, Pressable, Progress, RadioGroup, Row, Select, Skeleton, Slider, Spacer, Spinner, Stack, Table, Tabs, Text, TextArea, Toast, Toggle,
  Tooltip, useAnimationKey, useMotion,
} from "@ggui-ai/design";
import { useState } from "react";

import { HILLS, ICONS, ORDERS, PERSON } from "./data.ts";

export function Container_sizes() {
  return (
    <Stack>
      <Container maxWidth="sm"><Box surface="sunken" padding="sm">At most 640 pixels wide</Box></Container>
      <Container maxWidth={320} center={false} padding="sm"><Box surface="sunken" padding="sm">320 pixels, at the start</Box></Container>
    </Stack>
  );
}

export function Card_variants() {
  return (
    <Grid columns={2}>
      <Card>A framed group</Card>
      <Card shadow="lg" border={false}>Raised, without a border</Card>
      <Card surface="sunken" padding="md">Sunken</Card>
      <Card as="section" radius="xl" aria-label="A section">As a section</Card>
    </Grid>
  );
}

export function Stack_and_Row() {
  return (
    <Stack gap="md">
      <Row gap="sm" justify="between"><Badge>One</Badge><Badge>Two</Badge><Badge>Three</Badge></Row>
      <Stack gap="xs" align="start"><Badge>One</Badge><Badge>Two</Badge></Stack>
    </Stack>
  );
}

export function Row_alignment() {
  return (
    <Row align="end" gap="md">
      <Text size="2xl">Large</Text><Text>normal</Text><Spacer size="flex" /><Text size="sm">at the end</Text>
    </Row>
  );
}

export function Grid_columns() {
  return (
    <Stack>
      <Grid columns={{ base: 1, sm: 3 }}>{["a", "b", "c"].map((name) => <Box key={name} surface="sunken" padding="md">{name}</Box>)}</Grid>
      <Grid minColumnWidth={140}>{["d", "e", "f", "g"].map((name) => <Box key={name} surface="accent" padding="md">{name}</Box>)}</Grid>
    </Stack>
  );
}

export function Box_surfaces() {
  return (
    <Grid columns={3}>
      {(["default", "elevated", "sunken", "accent", "inverted", "transparent"] as const).map((surface) => (
        <Box key={surface} surface={surface} padding="md" radius="md">{surface}</Box>
      ))}
      {(["success", "warning", "error", "info"] as const).map((status) => <Box key={status} assetSemantic={status} padding="md">{status}</Box>)}
    </Grid>
  );
}

export function Divider_both_ways() {
  return (
    <Stack>
      <Text>Above</Text><Divider /><Text>Below</Text>
      <Row><Text is="span">Before</Text><Divider orientation="vertical" margin={8} /><Text is="span">After</Text></Row>
    </Stack>
  );
}

export function Spacer_between() {
  return <Row><Badge>Start</Badge><Spacer size="flex" /><Badge>End</Badge></Row>;
}

export function Text_sizes_and_tones() {
  return (
    <Stack>
      {(["xs", "sm", "base", "lg", "xl", "2xl"] as const).map((size) => <Text key={size} size={size}>Size {size}</Text>)}
      <Row gap="md">
        {(["default", "muted", "subtle", "emphasized", "loud", "success", "warning", "error", "info"] as const).map((tone) => (
          <Text key={tone} is="span" tone={tone}>{tone}</Text>
        ))}
      </Row>
      <Text caps weight="semibold" size="sm">Capitals</Text>
      <Text truncate style={{ maxWidth: 220 }}>A line that is longer than the place it has ends in dots</Text>
    </Stack>
  );
}

export function Heading_levels() {
  return (
    <Stack>
      <Heading level={1}>First</Heading><Heading level={2}>Second</Heading><Heading level={3}>Third</Heading>
      <Heading level={4}>Fourth</Heading><Heading level={5}>Fifth</Heading><Heading level={6}>Sixth</Heading>
    </Stack>
  );
}

export function Button_variants() {
  return (
    <Row>
      <Button>Primary</Button><Button variant="secondary">Secondary</Button><Button variant="outline">Outline</Button>
      <Button variant="ghost">Ghost</Button><Button variant="danger">Danger</Button>
    </Row>
  );
}

export function Button_sizes_and_states() {
  const [isBusy, setBusy] = useState(true);
  return (
    <Stack>
      <Row>{(["xs", "sm", "md", "lg", "xl"] as const).map((size) => <Button key={size} size={size} variant="secondary">Size {size}</Button>)}</Row>
      <Row>
        <Button loading={isBusy} onPress={() => setBusy(true)}>Save</Button><Button disabled>Disabled</Button>
        <Button variant="secondary" leftIcon={<Icon name="plus" size={16} />}>Add</Button>
        <Button variant="secondary" rightIcon={<Icon name="arrow-right" size={16} />}>Next</Button>
      </Row>
      <Button fullWidth>As wide as there is room</Button>
    </Stack>
  );
}

export function Input_types() {
  return (
    <Grid columns={2}>
      <Input label="Name" required helperText="As on the door" defaultValue="Ada" />
      <Input label="E-mail" type="email" defaultValue="ada" error="Enter an address such as you@example.com" />
      <Input label="Date" type="date" defaultValue="2026-11-25" />
      <Input label="Amount" type="number" defaultValue="12" size="sm" />
      <Input label="Password" type="password" defaultValue="secret" />
      <Input label="Locked" disabled value="Not to be changed" />
    </Grid>
  );
}

export function TextArea_counting() {
  const [text, setText] = useState("Ring twice.");
  return <TextArea label="Note" description="Only the courier sees it." value={text} onChange={setText} maxLength={200} showCount autoResize />;
}

export function Select_options() {
  const [size, setSize] = useState("m");
  return (
    <Grid columns={2}>
      <Select label="Size" value={size} onChange={setSize} options={[{ value: "s", label: "Small" }, { value: "m", label: "Medium" }, { value: "l", label: "Large", disabled: true }]} />
      <Select label="Country" placeholder="Choose…" options={["Chile", "Finland", "Ghana"]} error="Choose one" />
    </Grid>
  );
}

export function Checkbox_states() {
  const [isOn, setOn] = useState(true);
  return (
    <Stack>
      <Checkbox label="Tell me when it ships" description="One e-mail, no more." checked={isOn} onChange={setOn} />
      <Checkbox label="Some of them" indeterminate /><Checkbox label="Not possible" disabled />
      <Checkbox label="Terms" required error="Please accept to continue" />
    </Stack>
  );
}

export function Toggle_sizes() {
  const [isOn, setOn] = useState(true);
  return (
    <Stack>
      <Toggle label="Express" checked={isOn} onChange={setOn} /><Toggle label="Small" size="sm" /><Toggle label="Large" size="lg" defaultChecked />
      <Toggle label="Disabled" disabled />
    </Stack>
  );
}

export function RadioGroup_directions() {
  const [day, setDay] = useState("tue");
  return (
    <Stack gap="md">
      <RadioGroup label="Day" value={day} onChange={setDay} direction="horizontal" options={[{ value: "mon", label: "Monday" }, { value: "tue", label: "Tuesday" }, { value: "wed", label: "Wednesday", disabled: true }]} />
      <RadioGroup label="Plan" required error="Choose one" options={[{ value: "free", label: "Free", description: "For one person" }, { value: "team", label: "Team", description: "For up to twenty" }]} />
    </Stack>
  );
}

export function Slider_value() {
  const [volume, setVolume] = useState(40);
  return (
    <Stack gap="md">
      <Slider label="Volume" value={volume} onChange={setVolume} showValue />
      <Slider label="Budget" min={0} max={10000} step={500} defaultValue={2500} showValue helperText="In euros" /><Slider label="Locked" disabled value={70} />
    </Stack>
  );
}

export function Badge_variants() {
  return (
    <Row>
      {(["default", "primary", "outline", "success", "warning", "error", "info"] as const).map((variant) => <Badge key={variant} variant={variant}>{variant}</Badge>)}
      <Badge pill={false} size="sm">small</Badge><Badge size="lg">large</Badge>
    </Row>
  );
}

export function Spinner_sizes() {
  return <Row gap="md"><Spinner size={16} /><Spinner /><Spinner size="lg" tone="info" label="Counting" /></Row>;
}

export function Skeleton_shapes() {
  return (
    <Row gap="md" wrap={false}>
      <Skeleton variant="circle" />
      <Stack style={{ flex: 1 }}><Skeleton variant="text" width="60%" /><Skeleton variant="text" /><Skeleton height={40} /></Stack>
    </Row>
  );
}

export function Avatar_sizes() {
  return (
    <Row>
      {(["xs", "sm", "md", "lg", "xl"] as const).map((size) => <Avatar key={size} size={size} name="Ada Lovelace" />)}
      <Avatar name="Grace" shape="square" /><Avatar name="With a picture" src={PERSON} size="lg" /><Avatar name="Broken picture" src="data:image/png;base64,x" />
    </Row>
  );
}

export function Alert_variants() {
  return (
    <Stack>
      {(["info", "success", "warning", "error"] as const).map((variant) => (
        <Alert key={variant} variant={variant} title={variant} closable>The order was changed by someone else.</Alert>
      ))}
    </Stack>
  );
}

export function Progress_variants() {
  return (
    <Stack gap="md">
      <Progress value={64} label="Uploading" showLabel /><Progress value={3} max={4} variant="success" label="Steps" size="lg" />
      <Progress value={90} variant="error" label="Disk" /><Progress indeterminate label="Working" size="sm" />
    </Stack>
  );
}

export function Image_fallback() {
  return <Grid columns={2}><Image src={HILLS} alt="Hills" radius="lg" width="100%" /><Image src="data:image/png;base64,x" alt="A picture that is missing" height={120} /></Grid>;
}

export function Icon_names() {
  return (
    <Row gap="md">
      {ICONS.map((name) => <Icon key={name} name={name} />)}
      <Icon name="TriangleAlert" tone="warning" aria-label="Warning" />
      <Icon aria-label="A drawing of its own" tone="info"><circle cx="12" cy="12" r="9" /></Icon>
    </Row>
  );
}

export function Link_kinds() {
  return (
    <Stack>
      <Text>An <Link href="https://example.com" external>external link</Link> and <Link href="javascript:alert(1)">one that leads nowhere</Link>.</Text>
      <Link href="mailto:a@example.com" underline="hover">A quiet one, on its own</Link>
    </Stack>
  );
}

export function Tooltip_positions() {
  return (
    <Row gap="md">
      {(["top", "bottom", "left", "right"] as const).map((position) => (
        <Tooltip key={position} content={`Words at the ${position}`} position={position}><Button variant="secondary">{position}</Button></Tooltip>
      ))}
    </Row>
  );
}

export function Table_sorting() {
  const [sort, setSort] = useState<{ key: string; direction: "asc" | "desc" }>({ key: "total", direction: "asc" });
  return (
    <Table
      caption="Orders"
      hoverable
      sortKey={sort.key}
      sortDirection={sort.direction}
      onSort={(key, direction) => setSort({ key, direction })}
      columns={[
        { key: "customer", header: "Customer", sortable: true },
        { key: "total", header: "Total", align: "right", sortable: true },
        { key: "status", header: "Status", render: (order) => <Badge variant={order.status === "paid" ? "success" : "default"}>{order.status}</Badge> },
      ]}
      data={ORDERS}
    />
  );
}

export function Table_looks() {
  const columns = [{ key: "customer", header: "Customer" }, { key: "total", header: "Total", align: "right" as const }];
  return <Stack gap="lg"><Table bordered striped compact columns={columns} data={ORDERS} /><Table columns={columns} data={[]} emptyText="No orders yet" /></Stack>;
}

export function Tabs_variants() {
  const items = [
    { key: "overview", label: "Overview", content: <Text>What there is</Text> },
    { key: "history", label: "History", content: <Text>What there was</Text> },
    { key: "off", label: "Disabled", disabled: true },
  ];
  return (
    <Stack gap="lg">
      <Tabs items={items} aria-label="Line" /><Tabs items={items} variant="pills" size="sm" aria-label="Pills" />
      <Tabs items={items} variant="enclosed" fullWidth aria-label="Enclosed" />
    </Stack>
  );
}

export function Toast_over_the_page() {
  const [shown, setShown] = useState<"success" | "error">();
  return (
    <Row>
      <Button variant="secondary" onPress={() => setShown("success")}>Show a notice</Button>
      <Button variant="secondary" onPress={() => setShown("error")}>Show an error</Button>
      <Toast visible={shown !== undefined} variant={shown ?? "success"} title={shown === "error" ? "Not saved" : "Saved"} message="The order is on its way." onClose={() => setShown(undefined)} />
    </Row>
  );
}

export function Accordion_variants() {
  const items = [
    { key: "a", label: "How long does it take?", content: <Text>Two days.</Text> },
    { key: "b", label: "What does it cost?", content: <Text>Nothing.</Text> },
    { key: "c", label: "Not yet", disabled: true },
  ];
  return <Stack gap="lg"><Accordion items={items} /><Accordion items={items} variant="bordered" multiple /><Accordion items={items} variant="separated" /></Stack>;
}

export function MotionKeyframes_own() {
  const { animate, isReduced } = useMotion();
  return (
    <Row>
      <MotionKeyframes name="example-slide" frames={{ from: { transform: "translateX(-24px)", opacity: 0 }, to: { transform: "none" } }} />
      <Badge style={animate("example-slide", 600)}>{isReduced ? "Stands still" : "Slides in"}</Badge>
    </Row>
  );
}

export function useMotion_and_useAnimationKey() {
  const [count, setCount] = useState(1);
  const { animate } = useMotion();
  const key = useAnimationKey(count);
  return <Row><Button variant="secondary" onPress={() => setCount(count + 1)}>Add one</Button><Badge key={key} style={animate("ggui-rise", 400)}>{count}</Badge></Row>;
}

export function Clickable_card() {
  const [count, setCount] = useState(0);
  return <Card as={Clickable} onClick={() => setCount(count + 1)} hoverStyle={{ background: "var(--ggui-color-surfaceVariant)" }}>Clicked {count} times</Card>;
}

export function Hoverable_box() {
  return <Box as={Hoverable} padding="md" surface="sunken" hoverStyle={{ background: "var(--ggui-color-info-100)" }}>Changes under the pointer</Box>;
}

export function Pressable_box() {
  const [last, setLast] = useState("nothing yet");
  return <Box as={Pressable} padding="md" surface="sunken" onPress={() => setLast("pressed")} onLongPress={() => setLast("pressed for long")}>Last: {last}</Box>;
}
