import { useState, type FormEvent } from "react";
import {
  Alert,
  Button,
  Card,
  EmptyState,
  Heading,
  Input,
  RadioGroup,
  Select,
  Stack,
  Text,
  TextArea,
} from "@ggui-ai/design";
import { useAction } from "@ggui-ai/wire";

interface Slot {
  id: string;
  time: string;
  place?: string;
}

interface Props {
  restaurant: string;
  day: string;
  slots: Slot[];
  mostGuests?: number;
}

interface RequestTablePayload {
  slotId: string;
  guests: number;
  name: string;
  wishes?: string;
}

export default function BookTable({ restaurant, day, slots, mostGuests = 6 }: Props) {
  const requestTable = useAction<RequestTablePayload>("request_table");
  const [slotId, setSlotId] = useState("");
  const [guests, setGuests] = useState("2");
  const [name, setName] = useState("");
  const [wishes, setWishes] = useState("");
  const [tried, setTried] = useState(false);
  const [state, setState] = useState<"open" | "sending" | "sent">("open");
  const [refusal, setRefusal] = useState("");

  const isChosen = slots.some((slot) => slot.id === slotId);
  const who = name.trim();
  const counts = Array.from({ length: mostGuests }, (_, index) => String(index + 1));

  async function submit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (!isChosen || who === "" || state !== "open") return;
    setState("sending");
    const payload: RequestTablePayload = { slotId, guests: Number(guests), name: who };
    const outcome = await requestTable(wishes.trim() === "" ? payload : { ...payload, wishes: wishes.trim() });
    setRefusal(outcome.ok ? "" : outcome.message);
    setState(outcome.ok ? "sent" : "open");
  }

  if (slots.length === 0) {
    return (
      <Card>
        <EmptyState title="No table is left" description={`${restaurant} is full on ${day}. Ask for another day.`} />
      </Card>
    );
  }
  return (
    <Card as="section">
      <form onSubmit={submit} noValidate aria-label={`Book a table at ${restaurant}`}>
        <Stack gap="lg">
          <Stack gap="xs">
            <Heading level={2}>{restaurant}</Heading>
            <Text tone="muted">{day}</Text>
          </Stack>
          <RadioGroup
            label="Time"
            value={slotId}
            onChange={setSlotId}
            options={slots.map((slot) => ({ value: slot.id, label: slot.time, description: slot.place }))}
            error={tried && !isChosen ? "Choose a time." : undefined}
            required
          />
          <Select label="Guests" value={guests} onChange={setGuests} options={counts} />
          <Input
            label="Name"
            value={name}
            onChange={setName}
            maxLength={80}
            autoComplete="name"
            error={tried && who === "" ? "Say whom the table is for." : undefined}
            required
          />
          <TextArea
            label="Wishes"
            value={wishes}
            onChange={setWishes}
            maxLength={300}
            showCount
            rows={3}
            placeholder="A high chair, no nuts …"
          />
          {refusal !== "" && <Alert variant="error">{refusal}</Alert>}
          {state === "sent" ? (
            <Alert variant="success" title="Requested">
              You will see here when the table is confirmed.
            </Alert>
          ) : (
            <Button type="submit" loading={state === "sending"} fullWidth>
              Request table
            </Button>
          )}
        </Stack>
      </form>
    </Card>
  );
}
