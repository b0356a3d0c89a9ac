import {
  Avatar, Badge, Button, Card, CardGrid, ChatWindow, CommandPalette, CommentThread, Crossfade, DataTable, FileUploader, Footer, Header, Heading, Hero, Icon,
  Image, Input, Modal, NavigationBar, NotificationCenter, PreviewFragmentEnter, PreviewSurface, Row, Sidebar, Skeleton, Stack, StreamingText, Text,
} from "@ggui-ai/design";
import { useState } from "react";

import { COMMANDS, HILLS, ORDERS, PLACES } from "./data.ts";

export function Header_of_a_page() {
  return <Header logo={<strong>Workshop</strong>} navigation={<NavigationBar aria-label="Pages" items={PLACES.slice(0, 2)} activeId="orders" />} actions={<><Button size="sm">New</Button><Avatar size="sm" name="Ada Lovelace" /></>} />;
}

export function Sidebar_open_and_collapsed() {
  const [place, setPlace] = useState("orders");
  return (
    <Row align="stretch" gap="lg">
      <Sidebar aria-label="Places" items={PLACES} activeId={place} onItemClick={setPlace} header={<strong>Workshop</strong>} footer={<Text size="sm" tone="muted">Version 3</Text>} width={200} />
      <Sidebar aria-label="Places, collapsed" items={PLACES} activeId={place} onItemClick={setPlace} collapsed />
    </Row>
  );
}

export function NavigationBar_variants() {
  const [place, setPlace] = useState("orders");
  return <Stack>{(["default", "pills", "underline"] as const).map((variant) => <NavigationBar key={variant} aria-label={variant} variant={variant} items={PLACES} activeId={place} onItemClick={setPlace} />)}</Stack>;
}

export function Footer_of_a_page() {
  return <Footer brand={<strong>Workshop</strong>} columns={[{ title: "Product", links: [{ label: "Prices", href: "https://example.com" }] }, { title: "Help", links: [{ label: "Write to us", href: "mailto:a@example.com" }] }]} bottomText="© 2026" bottomLinks={[{ label: "Privacy", href: "https://example.com" }]} />;
}

export function Hero_with_media() {
  return <Hero heading="Everything in its place" description="Orders, customers and reports on one page." primaryAction={<Button>Start</Button>} secondaryAction={<Button variant="outline">Read more</Button>} media={<Image src={HILLS} alt="Hills" radius="lg" />} />;
}

export function Hero_over_a_picture() {
  return <Hero align="center" size="sm" backgroundImage={HILLS} heading="On top of a picture" description="Darkened, so that words can be read." />;
}

export function CardGrid_of_cards() {
  return <CardGrid columns={3}>{ORDERS.map((order) => <Card key={order.id} padding="md"><Heading level={3}>{order.customer}</Heading><Text tone="muted">{order.status}</Text></Card>)}</CardGrid>;
}

export function DataTable_selectable() {
  const [keys, setKeys] = useState<string[]>(["o-8"]);
  const [opened, setOpened] = useState("");
  return (
    <Stack>
      <DataTable
        caption="Orders"
        selectable
        selectedKeys={keys}
        onSelectionChange={setKeys}
        onRowClick={(order) => setOpened(order.id)}
        columns={[
          { key: "customer", header: "Customer", sortable: true }, { key: "total", header: "Total", align: "right", sortable: true },
          { key: "status", header: "Status", render: (order) => <Badge variant={order.status === "paid" ? "success" : "default"}>{order.status}</Badge> },
        ]}
        data={ORDERS}
      />
      <Text size="sm" tone="muted">Opened: {opened || "none"}; selected: {keys.join(", ") || "none"}</Text>
    </Stack>
  );
}

export function DataTable_loading_and_empty() {
  const columns = [{ key: "customer", header: "Customer" }, { key: "total", header: "Total" }];
  return <Stack gap="lg"><DataTable columns={columns} data={[]} loading /><DataTable columns={columns} data={[]} emptyText="No orders yet" /></Stack>;
}

export function ChatWindow_conversation() {
  const [messages, setMessages] = useState([
    { id: "1", senderId: "grace", senderName: "Grace", text: "Is the engine ready?", timestamp: "2026-11-20T10:00:00Z" },
    { id: "2", senderId: "me", text: "Tomorrow.", timestamp: "2026-11-20T10:02:00Z" },
  ]);
  return <ChatWindow header="Grace Hopper" messages={messages} currentUserId="me" typing="Grace writes…" onSendMessage={(text) => setMessages([...messages, { id: String(messages.length + 1), senderId: "me", text, timestamp: "2026-11-20T10:03:00Z" }])} />;
}

export function CommentThread_with_replies() {
  return (
    <CommentThread
      comments={[{ id: "1", author: { name: "Ada Lovelace" }, content: "This needs a second look.", createdAt: "2026-11-01T10:00:00Z", reactions: [{ emoji: "👍", count: 2, reacted: true }], replies: [{ id: "2", author: "Grace Hopper", content: "On it." }] }]}
      currentUser={{ name: "Karen" }}
      onAddComment={() => undefined}
      onReply={() => undefined}
      onReaction={() => undefined}
    />
  );
}

export function FileUploader_with_files() {
  const [files, setFiles] = useState<{ name: string; size: number; progress?: number; error?: string }[]>([{ name: "plan.pdf", size: 1_240_000, progress: 40 }, { name: "photo.png", size: 88_000, error: "Not a PDF" }]);
  return <FileUploader files={files} accept=".pdf" maxSize={5_000_000} maxFiles={4} onFilesSelected={(chosen) => setFiles([...files, ...chosen])} onFileRemove={(name) => setFiles(files.filter((file) => file.name !== name))} />;
}

export function NotificationCenter_unread() {
  const [notices, setNotices] = useState([{ id: "1", title: "Order o-7 was paid", message: "€1,240.00", timestamp: "2026-11-01T10:00:00Z", read: false }, { id: "2", title: "Backup finished", read: true }]);
  return (
    <NotificationCenter
      notifications={notices}
      onMarkAsRead={(id) => setNotices(notices.map((notice) => (notice.id === id ? { ...notice, read: true } : notice)))}
      onMarkAllAsRead={() => setNotices(notices.map((notice) => ({ ...notice, read: true })))}
      onDismiss={(id) => setNotices(notices.filter((notice) => notice.id !== id))}
      onClearAll={() => setNotices([])}
    />
  );
}

export function Modal_with_form() {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button onPress={() => setOpen(true)}>Open the dialog</Button>
      <Modal open={isOpen} onClose={() => setOpen(false)} title="New order" footer={<><Button variant="ghost" onPress={() => setOpen(false)}>Cancel</Button><Button onPress={() => setOpen(false)}>Save</Button></>}>
        <Input label="Customer" required />
      </Modal>
    </>
  );
}

export function CommandPalette_commands() {
  const [isOpen, setOpen] = useState(false);
  const [last, setLast] = useState("");
  return <Row><Button variant="secondary" onPress={() => setOpen(true)}>Open the palette</Button><Text size="sm" tone="muted">Last: {last || "none"}</Text><CommandPalette open={isOpen} onClose={() => setOpen(false)} commands={COMMANDS} recentIds={["find"]} onSelect={setLast} /></Row>;
}

export function PreviewSurface_while_it_is_made() {
  return <PreviewSurface><PreviewFragmentEnter><Heading level={3}>A card that is being made</Heading></PreviewFragmentEnter><PreviewFragmentEnter delay={200}><Skeleton height={40} /></PreviewFragmentEnter></PreviewSurface>;
}

export function StreamingText_arriving() {
  return <Text><StreamingText>{"The **third** part is on its w"}</StreamingText></Text>;
}

export function Crossfade_between() {
  const [isDay, setDay] = useState(true);
  return <Row><Button variant="secondary" onPress={() => setDay(!isDay)}>Change</Button><Crossfade id={isDay ? "day" : "night"}><Row gap="xs"><Icon name={isDay ? "sun" : "moon"} />{isDay ? "Day" : "Night"}</Row></Crossfade></Row>;
}

export function PreviewFragmentEnter_one_by_one() {
  return <Stack>{["One", "Two", "Three"].map((word, index) => <PreviewFragmentEnter key={word} delay={index * 150}>{word}</PreviewFragmentEnter>)}</Stack>;
}
