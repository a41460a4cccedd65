// What is typed asks nothing until it rests.
import { useEffect, useState } from 'preact/hooks';

/** A text once it has not changed for some milliseconds. */
export function useSettled(text: string, ms = 250): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const wait = setTimeout(() => setSettled(text), ms);
    return () => clearTimeout(wait);
  }, [text]);
  return settled;
}
