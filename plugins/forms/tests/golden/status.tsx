interface Props {
  service: string;
  repository?: string;
}

interface ProgressInfo {
  percent: number;
  state: "queued" | "running" | "done" | "failed";
}

interface Log {
  at: string;
  message: string;
}

const STATE: Known = {
  queued: { label: "Queued", variant: "info" },
  running: { label: "Running", variant: "info" },
  done: { label: "Done", variant: "success" },
  failed: { label: "Failed", variant: "error" },
};

function ProgressStream() {
  const { latest, isComplete } = useStream<ProgressInfo>("progress");
  return (
    <Stack as="section" gap="md">
      <Row justify="between">
        <Heading level={2}>Progress</Heading>
        <LiveMark isComplete={isComplete} />
      </Row>
      <div aria-live="polite">
        {latest ? (
          <Stack gap="md">
            <Share value={latest.percent} full={100} label="Percent" />
            <Grid as="dl" minColumnWidth={130} style={{ margin: 0 }}>
              <Fact label="State"><Chip value={latest.state} known={STATE} /></Fact>
            </Grid>
          </Stack>
        ) : (
          <Text tone="muted">Waiting for the first value.</Text>
        )}
      </div>
    </Stack>
  );
}

function LogStream() {
  const { all, isComplete } = useStream<Log>("log");
  const newest = all.slice(-50).reverse();
  return (
    <Stack as="section" gap="md">
      <Row justify="between">
        <Heading level={2}>Log</Heading>
        <LiveMark isComplete={isComplete} />
      </Row>
      <div aria-live="polite">
        {newest.length > 0 ? (
          <Table
            data={newest}
            columns={[
              { key: "at", header: "At", render: (log) => <Moment value={log.at} /> },
              { key: "message", header: "Message", render: (log) => log.message },
            ]}
          />
        ) : (
          <Text tone="muted">Nothing yet. What happens shows up here.</Text>
        )}
        {all.length > 50 && <Text size="sm" tone="muted">{`The newest 50 of ${all.length}.`}</Text>}
      </div>
    </Stack>
  );
}

export default function DeploymentView({ service, repository }: Props) {
  const cancel = useAction("cancel");
  return (
    <Container maxWidth="md" padding="md">
      <Stack gap="lg">
        <Stack as="header" gap="sm">
          <Heading level={1}>Deployment</Heading>
          <Row align="start"><ConfirmedButton label="Cancel deployment" act={cancel} /></Row>
        </Stack>
        <Card as="section">
          <Stack gap="md">
            <Grid as="dl" minColumnWidth={130} style={{ margin: 0 }}>
              <Fact label="Service">{service}</Fact>
              <Fact label="Repository"><WebLink address={repository} /></Fact>
            </Grid>
          </Stack>
        </Card>
        <ProgressStream />
        <LogStream />
      </Stack>
    </Container>
  );
}
