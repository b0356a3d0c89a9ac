import { Component, useEffect, type ReactNode } from "react";

const RETRY_AFTER_MS = 500;

interface BoundaryProps {
  /** The boundary starts over when this changes: new code, or new props. */
  readonly resetKey: string;
  onFailed(error: Error): void;
  /** What stands in the place of a component that failed twice. */
  failure(error: Error, retry: () => void): ReactNode;
  readonly children: ReactNode;
}

interface BoundaryState {
  readonly error: Error | undefined;
  readonly failures: number;
  readonly attempt: number;
  readonly resetKey: string;
}

/** Keeps a component that throws from taking the card with it: it gets one more try, then a card says what happened. */
export class Boundary extends Component<BoundaryProps, BoundaryState> {
  override state: BoundaryState = { error: undefined, failures: 0, attempt: 0, resetKey: this.props.resetKey };
  #timer: ReturnType<typeof setTimeout> | undefined;

  static getDerivedStateFromError(thrown: unknown): Partial<BoundaryState> {
    return { error: thrown instanceof Error ? thrown : new Error(String(thrown)) };
  }

  static getDerivedStateFromProps(props: BoundaryProps, state: BoundaryState): Partial<BoundaryState> | null {
    if (props.resetKey === state.resetKey) return null;
    return { error: undefined, failures: 0, resetKey: props.resetKey };
  }

  override componentDidCatch(thrown: Error): void {
    const failures = this.state.failures + 1;
    this.setState({ failures });
    if (failures === 1) this.#timer = setTimeout(this.#again, RETRY_AFTER_MS);
    else this.props.onFailed(thrown);
  }

  override componentDidUpdate(before: BoundaryProps): void {
    // The new props were tried already: a retry that is still due would only start the component over.
    if (before.resetKey !== this.props.resetKey) clearTimeout(this.#timer);
  }

  override componentWillUnmount(): void {
    clearTimeout(this.#timer);
  }

  override render(): ReactNode {
    const { error, failures, attempt } = this.state;
    if (error === undefined) return <Fresh key={attempt}>{this.props.children}</Fresh>;
    return failures < 2 ? null : this.props.failure(error, this.#again);
  }

  readonly #again = (): void => {
    this.setState(({ attempt }) => ({ error: undefined, attempt: attempt + 1 }));
  };
}

function Fresh({ children }: { children: ReactNode }): ReactNode {
  return children;
}

/** Stands beside a component and tells when both are on the screen. */
export function Painted({ onPainted }: { onPainted: () => void }): ReactNode {
  useEffect(() => {
    // An effect of the component may still throw in this same commit; then this one is unmounted again.
    const timer = setTimeout(onPainted, 0);
    return () => clearTimeout(timer);
  }, [onPainted]);
  return null;
}
