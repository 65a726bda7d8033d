/** ms before the first repetition, and at most. */
export interface BackOffLimits {
  readonly first: number;
  readonly most: number;
}

/**
 * Waits before a repetition (1 is the first): twice as long each time, and a random part of that, so that those who collided once do not
 * collide again.
 */
export function backOff({ first, most }: BackOffLimits): (repetition: number) => Promise<void> {
  return (repetition) => {
    const longest = Math.min(most, first * 2 ** (repetition - 1));
    return new Promise((resolve) => setTimeout(resolve, longest * (0.5 + Math.random() / 2)));
  };
}
