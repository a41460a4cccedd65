// Where things stand in the requests of others, and what ours carry, as lines that a person types.
import type { Schemas } from '../../api/client';

type Reading = Schemas['HttpReading'];
const places = ['id', 'from', 'to', 'body', 'state', 'reason'] as const;

/** A reading as lines: "from = json:from", "states.delivrd = delivered". */
export function readingText(r: Reading | null | undefined): string {
  if (!r) return '';
  const lines = places.filter((p) => r[p]).map((p) => `${p} = ${r[p]!}`);
  for (const [k, v] of Object.entries(r.states ?? {})) lines.push(`states.${k} = ${v}`);
  return lines.join('\n');
}

/** Lines as a reading; nothing where there are none. What is not understood is kept under its own name, for the server to refuse. */
export function readingOf(text: string): Reading | null {
  const out: Record<string, unknown> = {};
  const states: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const cut = line.indexOf('=');
    if (cut < 0) continue;
    const name = line.slice(0, cut).trim(), value = line.slice(cut + 1).trim();
    if (name.startsWith('states.')) states[name.slice(7)] = value;
    else if (name) out[name] = value;
  }
  if (Object.keys(states).length > 0) out['states'] = states;
  return Object.keys(out).length > 0 ? (out as Reading) : null;
}

/** Headers as lines: "Authorization: Bearer {password}". */
export const headersText = (h: Record<string, string> | null | undefined): string => Object.entries(h ?? {}).map(([k, v]) => `${k}: ${v}`).join('\n');

/** Lines as headers. */
export function headersOf(text: string): Record<string, string> {
  const out: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const cut = line.indexOf(':');
    if (cut > 0) out[line.slice(0, cut).trim()] = line.slice(cut + 1).trim();
  }
  return out;
}
