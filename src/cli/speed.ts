/**
 * How fast a recording is played: `--speed`.
 * Owns reading the number; what it does to the pace is the command's.
 */
import { InvalidArgumentError } from 'commander';

/**
 * Reads how many times as fast as it was recorded: a number up to `largest`, from 0 where it may
 * stand still, else above 0.
 */
export function speedParser(largest: number, mayStandStill: boolean): (text: string) => number {
  return (text) => {
    const speed = text.trim() === '' ? Number.NaN : Number(text);
    if (speed <= largest && (mayStandStill ? speed >= 0 : speed > 0)) return speed;
    const range = mayStandStill ? `from 0 to ${largest}` : `above 0, at most ${largest}`;
    throw new InvalidArgumentError(`It is not a number ${range}.`);
  };
}
