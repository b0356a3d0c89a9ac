import { Grid } from "@ggui-ai/design";
import { Fact } from "./Fact";
import { inWords } from "./inWords";

/** Whatever names an object has, with their values. */
export function Entries({ of }: { of: Record<string, unknown> | null | undefined }) {
  const entries = Object.entries(of ?? {});
  if (entries.length === 0) return <>—</>;
  return (
    <Grid as="dl" minColumnWidth={160} style={{ margin: 0 }}>
      {entries.map(([name, value]) => (
        <Fact key={name} label={name}>
          {inWords(value)}
        </Fact>
      ))}
    </Grid>
  );
}
