// What a node must say before it is one: a draft with a hole is not kept by the server, so the editor asks for it first.
import type { FlowDocument, FlowNode } from './model';

export type Hole = 'target' | 'redirect' | 'url' | 'audio' | 'date' | 'text' | 'set' | 'retry' | 'length' | 'percent';
export interface Unfinished { node: string; hole: Hole }

const text = (v: unknown) => typeof v === 'string' && v.trim() !== '';
const international = (v: unknown) => typeof v === 'string' && /^\+[1-9][0-9]{6,14}$/.test(v);
const sipAddress = (v: unknown) => typeof v === 'string' && /^sips?:[^@\s]+@[^@\s]+$/.test(v);

function holeOf(n: FlowNode): Hole | null {
  const c = n.config ?? {};
  switch (n.type) {
    case 'ring_to': {
      const t = (c['target'] ?? {}) as { user?: string; users?: string[]; team?: string };
      return t.user || t.team || (t.users?.length ?? 0) > 0 ? null : 'target';
    }
    case 'redirect': return c['number'] || international(c['external']) || sipAddress(c['sip']) ? null : 'redirect';
    case 'ring_to_api': return typeof c['url'] === 'string' && /^https?:\/\/[^/\s]+/.test(c['url']) ? null : 'url';
    case 'audio_message': return text(c['audio']) ? null : 'audio';
    case 'ivr': return text(c['audio']) ? null : 'audio';
    case 'input':
      if (!text(c['audio'])) return 'audio';
      if (Number(c['attempts'] ?? 1) > 1 && !text(c['retry'])) return 'retry';
      return c['end_key'] === 'none' && !Number(c['length']) ? 'length' : null;
    case 'date_rule': return text(c['date']) ? null : 'date';
    case 'send_sms': return !text(c['text']) || (c['to'] && !international(c['to'])) ? 'text' : null;
    case 'set': return (c['tags'] as unknown[] | undefined)?.length || Object.keys((c['variables'] as object | undefined) ?? {}).length || c['priority'] !== undefined || c['language'] ? null : 'set';
    case 'split': {
      const sum = ((c['branches'] as { percent?: number }[] | undefined) ?? []).reduce((s, b) => s + (b.percent ?? 0), 0);
      return Math.abs(sum - 100) < 0.01 ? null : 'percent';
    }
    case 'time_rule': case 'caller_rule': case 'waiting_experience': case 'voicemail': case 'hangup': return null;
  }
}

/** The nodes that are not finished, with what is missing. */
export function unfinished(doc: FlowDocument): Unfinished[] {
  return doc.nodes.flatMap((n) => {
    const hole = holeOf(n);
    return hole ? [{ node: n.id, hole }] : [];
  });
}
