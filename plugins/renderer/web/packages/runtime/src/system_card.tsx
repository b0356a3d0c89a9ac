import { Alert, Badge, Button, Card, Heading, Input, Stack, Table, Text } from "@ggui-ai/design";
import { useEffect, useState, type ReactNode } from "react";

import { text, type JsonObject } from "./json.ts";
import { openTab } from "./outward.ts";

/** What system cards may do and see of the page around them. */
export interface SystemSurroundings {
  /** Opens a link through the host; rejects when the host does not. */
  openLink(url: string): Promise<void>;
  /** Facts about the host, for diagnosis. */
  facts(): readonly { name: string; value: string }[];
}

/** A card that the server draws by itself instead of a component (spec 05 section 13.3). */
export function SystemCard(props: { kind: string; content: JsonObject; surroundings: SystemSurroundings }): ReactNode {
  switch (props.kind) {
    case "no-credentials":
      return <NoCredentials content={props.content} surroundings={props.surroundings} />;
    case "mcp-apps-probe":
      return <HostProbe surroundings={props.surroundings} />;
    default:
      return <UnknownKind kind={props.kind} content={props.content} />;
  }
}

type Progress = "idle" | "working" | "opened" | "copied" | "manual";

const BACK_TO_IDLE_MS = 4_000;
const CLIPBOARD_TIMEOUT_MS = 1_500;
const CAPTIONS: Readonly<Record<Progress, string>> = {
  idle: "Open settings",
  working: "Opening…",
  opened: "Opened",
  copied: "Address copied",
  manual: "Copy the address below",
};

function NoCredentials({ content, surroundings }: { content: JsonObject; surroundings: SystemSurroundings }): ReactNode {
  const url = text(content["settingsUrl"]);
  const intent = text(content["intent"]);
  const [progress, setProgress] = useState<Progress>("idle");
  useEffect(() => {
    if (progress === "idle" || progress === "working") return;
    const timer = setTimeout(() => setProgress("idle"), BACK_TO_IDLE_MS);
    return () => clearTimeout(timer);
  }, [progress]);
  const open = async (): Promise<void> => {
    if (url === undefined) return;
    setProgress("working");
    setProgress(await openBySomeWay(url, surroundings));
  };
  return (
    <Card>
      <Stack gap="md" align="start">
        <Badge>ggui</Badge>
        <Stack gap="xs">
          <Heading level={3}>Connect a language model</Heading>
          <Text tone="muted">
            This server has no key for a language model yet, so it cannot make
            {intent === undefined ? " this card" : ` “${intent}”`}. Add one in its settings, then ask again.
          </Text>
        </Stack>
        {url !== undefined && (
          <>
            <Button onPress={() => void open()} loading={progress === "working"}>
              {CAPTIONS[progress]}
            </Button>
            <Input label="Address of the settings" value={url} readOnly onFocus={(event) => event.target.select()} />
          </>
        )}
      </Stack>
    </Card>
  );
}

/** A window of its own, the host's way, or at least the clipboard. */
async function openBySomeWay(url: string, surroundings: SystemSurroundings): Promise<Progress> {
  if (openTab(window, url)) return "opened";
  try {
    await surroundings.openLink(url);
    return "opened";
  } catch {
    const timeout = new Promise<never>((_, reject) => setTimeout(reject, CLIPBOARD_TIMEOUT_MS));
    return Promise.race([navigator.clipboard.writeText(url), timeout]).then(
      () => "copied" as const,
      () => "manual" as const,
    );
  }
}

function HostProbe({ surroundings }: { surroundings: SystemSurroundings }): ReactNode {
  const [facts, setFacts] = useState(() => surroundings.facts());
  useEffect(() => {
    const timer = setInterval(() => setFacts(surroundings.facts()), 1_000);
    return () => clearInterval(timer);
  }, [surroundings]);
  return (
    <Card>
      <Stack gap="md">
        <Heading level={3}>What this host can do</Heading>
        <Table columns={[{ key: "name", header: "Fact" }, { key: "value", header: "Value" }]} data={facts} compact />
      </Stack>
    </Card>
  );
}

function UnknownKind({ kind, content }: { kind: string; content: JsonObject }): ReactNode {
  return (
    <Card>
      <Stack gap="md">
        <Alert variant="info" title="A card of a kind that this page does not know">
          The server calls it “{kind}”.
        </Alert>
        <pre style={{ margin: 0, whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>{JSON.stringify(content, null, 2)}</pre>
      </Stack>
    </Card>
  );
}
