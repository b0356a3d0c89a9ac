import { Badge, Button, Dashboard, ListDetail, Progress, Stack, Table, Text } from "@ggui-ai/design";

import { ORDERS } from "./data.ts";

export function ListDetail_of_orders() {
  return (
    <ListDetail
      title="Orders"
      searchable
      actions={<Button size="sm">New</Button>}
      items={ORDERS.map((order) => ({ id: order.id, title: order.customer, subtitle: order.id, meta: <Badge variant={order.status === "paid" ? "success" : "default"}>{order.status}</Badge> }))}
      renderDetail={(item) => <Stack><Text size="lg" weight="medium">{item.title}</Text><Text tone="muted">{item.subtitle}</Text></Stack>}
    />
  );
}

export function Dashboard_of_a_shop() {
  return (
    <Dashboard
      title="This week"
      subtitle="1 to 7 November"
      actions={<Button size="sm" variant="secondary">Export</Button>}
      stats={[{ label: "Revenue", value: "€12,480", delta: "8.2%", trend: "up" }, { label: "Orders", value: 231 }, { label: "Returns", value: 14, delta: "3 more", trend: "down" }]}
      sections={[
        { title: "Goal", content: <Progress value={64} label="Of the month" showLabel /> },
        { title: "Stock", content: <Progress value={20} variant="warning" label="Brass" showLabel /> },
        { title: "Latest orders", span: 2, content: <Table columns={[{ key: "customer", header: "Customer" }, { key: "total", header: "Total", align: "right" }]} data={ORDERS} /> },
      ]}
    />
  );
}
