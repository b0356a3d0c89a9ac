export function inStepsOf(text: string, step: number, label: string) {
  const steps = Number(text) / step;
  return Math.abs(steps - Math.round(steps)) > 1e-9 ? `${label} must be a multiple of ${step}.` : undefined;
}
