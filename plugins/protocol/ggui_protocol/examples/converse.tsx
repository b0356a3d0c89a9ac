import { useState, type FormEvent, type ReactNode } from "react";
import { Alert, Badge, Box, Button, Card, Heading, Input, Row, Stack, Text } from "@ggui-ai/design";
import { useAction, useGguiContext, useStream } from "@ggui-ai/wire";

interface Props {
  topic: string;
  greeting?: string;
  suggestions?: string[];
}

interface Said {
  text: string;
  /** How many replies there were when it was said: it stands after them. */
  after: number;
}

export default function AskTheGuide({ topic, greeting, suggestions = [] }: Props) {
  const say = useAction<{ text: string }>("say");
  const replies = useStream<{ text: string }>("replies");
  const [draft, setDraft] = useGguiContext<string>("draft");
  const [said, setSaid] = useState<Said[]>([]);
  const [isSending, setSending] = useState(false);
  const [refusal, setRefusal] = useState("");

  async function send(text: string) {
    if (text === "" || isSending || replies.isComplete) return;
    const after = replies.all.length;
    setSending(true);
    const outcome = await say({ text });
    setSending(false);
    setRefusal(outcome.ok ? "" : outcome.message);
    if (!outcome.ok) return;
    setSaid((before) => [...before, { text, after }]);
    setDraft("");
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    void send(draft.trim());
  }

  const lines: ReactNode[] = [];
  for (let index = 0; index <= replies.all.length; index += 1) {
    const reply = index === 0 ? greeting : replies.all[index - 1].text;
    if (reply !== undefined) lines.push(<Line key={`reply-${index}`} who="Guide" text={reply} />);
    said.forEach(({ text, after }, at) => {
      if (after === index) lines.push(<Line key={`said-${at}`} who="You" text={text} isOwn />);
    });
  }
  const isQuiet = said.length === 0 && replies.all.length === 0;
  return (
    <Card as="section">
      <Stack gap="md">
        <Row justify="between">
          <Heading level={2}>{topic}</Heading>
          {replies.isComplete && <Badge>Ended</Badge>}
        </Row>
        <div role="log" aria-label="Conversation">
          <Stack gap="sm">{lines}</Stack>
        </div>
        {isQuiet && suggestions.length > 0 && (
          <Row gap="sm">
            {suggestions.map((text) => (
              <Button key={text} variant="outline" size="sm" onPress={() => void send(text)}>
                {text}
              </Button>
            ))}
          </Row>
        )}
        {refusal !== "" && <Alert variant="error">{refusal}</Alert>}
        <form onSubmit={submit} aria-label="Say something">
          <Row gap="sm" align="end" wrap={false}>
            <Box style={{ flex: 1 }}>
              <Input label="Message" value={draft} onChange={setDraft} maxLength={1000} disabled={replies.isComplete} />
            </Box>
            <Button type="submit" loading={isSending} disabled={replies.isComplete || draft.trim() === ""}>
              Send
            </Button>
          </Row>
        </form>
      </Stack>
    </Card>
  );
}

function Line({ who, text, isOwn = false }: { who: string; text: string; isOwn?: boolean }) {
  return (
    <Row justify={isOwn ? "end" : "start"}>
      <Box padding="sm" radius="lg" surface={isOwn ? "accent" : "sunken"} style={{ maxWidth: "85%" }}>
        <Text size="xs" tone="muted">
          {who}
        </Text>
        <Text>{text}</Text>
      </Box>
    </Row>
  );
}
