import { Badge, Card, Divider, Heading, Progress, Row, Stack, Stat, Table, Text } from "@ggui-ai/design";

interface Stop {
  city: string;
  code: string;
  time: string;
}

interface Step {
  time: string;
  what: string;
  done?: boolean;
}

interface Props {
  flight: string;
  from: Stop;
  to: Stop;
  status: "on_time" | "delayed" | "boarding" | "cancelled";
  gate?: string;
  progress?: number;
  steps: Step[];
}

const STATUS = {
  on_time: { label: "On time", variant: "success" },
  delayed: { label: "Delayed", variant: "warning" },
  boarding: { label: "Boarding", variant: "info" },
  cancelled: { label: "Cancelled", variant: "error" },
} as const;

export default function FlightStatus({ flight, from, to, status, gate, progress, steps }: Props) {
  const { label, variant } = STATUS[status];
  return (
    <Card as="article">
      <Stack gap="lg">
        <Row justify="between">
          <Stack gap="xs">
            <Text size="sm" tone="muted">
              Flight {flight}
            </Text>
            <Heading level={2}>
              {from.city} to {to.city}
            </Heading>
          </Stack>
          <Badge variant={variant}>{label}</Badge>
        </Row>
        <Row gap="xl">
          <Stat label={`Departs ${from.code}`} value={from.time} />
          <Stat label={`Arrives ${to.code}`} value={to.time} />
          <Stat label="Gate" value={gate ?? "–"} />
        </Row>
        {progress !== undefined && <Progress value={progress} label="Way flown" showLabel />}
        <Divider margin="none" />
        <Table
          caption="Steps of the journey"
          compact
          data={steps}
          emptyText="No steps are known yet."
          columns={[
            { key: "time", header: "Time", width: 96 },
            {
              key: "what",
              header: "Step",
              render: (step) => <Text is="span" weight={step.done ? "normal" : "semibold"}>{step.what}</Text>,
            },
            {
              key: "done",
              header: "State",
              align: "end",
              render: (step) => (
                <Badge variant={step.done ? "success" : "neutral"} size="sm">
                  {step.done ? "Done" : "To come"}
                </Badge>
              ),
            },
          ]}
        />
      </Stack>
    </Card>
  );
}
