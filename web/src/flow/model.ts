// A flow as the editor holds it: the flow/v1 document (its JSON Schema is at /api/v1/flow-schema), and what can be read off it.

export const kinds = [
  'ring_to', 'redirect', 'ring_to_api', 'audio_message', 'ivr', 'input', 'time_rule', 'date_rule', 'waiting_experience', 'voicemail', 'caller_rule', 'split', 'send_sms', 'set', 'hangup',
] as const;
/** The type of a node. */
export type Kind = (typeof kinds)[number];

/** What a node says of itself; which fields there are depends on its type. */
export type Config = Record<string, unknown>;
export interface FlowNode { id: string; type: Kind; title?: string; config?: Config; next?: Record<string, string> }
export interface FlowDocument { schema: 'flow/v1'; name: string; language?: string; timezone?: string; start: string; nodes: FlowNode[]; layout?: Record<string, [number, number]> }

/** A place between two nodes: the way out of one by a port; from is empty, and the port "start", before the first node. */
export interface Edge { from: string; port: string }
export const startEdge: Edge = { from: '', port: 'start' };

/** A branch that somebody gave a node: an option of a menu, a branch of a rule. */
export interface Branch extends Record<string, unknown> { id: string; title?: string }

/** The node of an id. */
export function nodeOf(doc: FlowDocument, id: string): FlowNode | undefined {
  return doc.nodes.find((n) => n.id === id);
}

/** Whether a walk ends in a node of this type (SPEC F3). */
export function terminal(kind: Kind): boolean {
  return kind === 'redirect' || kind === 'voicemail' || kind === 'hangup';
}

/** The field of a node's config that holds its branches; empty for a type without. */
export function branchField(kind: Kind): string {
  if (kind === 'ivr') return 'options';
  return kind === 'time_rule' || kind === 'caller_rule' || kind === 'split' ? 'branches' : '';
}

/** The branches of a node, in their order. */
export function branches(n: FlowNode): Branch[] {
  const field = branchField(n.type);
  return field ? ((n.config?.[field] as Branch[] | undefined) ?? []) : [];
}

/** The port for what fits no branch; empty where there is none. */
export function restPort(kind: Kind): string {
  if (kind === 'ivr') return 'no_or_wrong_input';
  return kind === 'time_rule' || kind === 'caller_rule' ? 'otherwise' : '';
}

/** The ports of a node, in the order in which they are shown. A terminal node has none. */
export function ports(n: FlowNode): string[] {
  switch (n.type) {
    case 'audio_message': case 'waiting_experience': case 'send_sms': case 'set': return ['done'];
    case 'ring_to': return ['unanswered'];
    case 'input': return ['input', 'no_or_wrong_input'];
    case 'ring_to_api': return ['fallback'];
    case 'date_rule': return ['match', 'otherwise'];
    case 'ivr': case 'time_rule': case 'caller_rule': case 'split': {
      const rest = restPort(n.type);
      return [...branches(n).map((b) => b.id), ...(rest ? [rest] : [])];
    }
    case 'redirect': case 'voicemail': case 'hangup': return [];
  }
}

/** Ports that a document may wire and that no walk follows: what stands after a terminal node (SPEC F3). */
export function idlePorts(n: FlowNode): string[] {
  if (terminal(n.type)) return ['done'];
  return n.type === 'ring_to_api' ? ['routed'] : [];
}

/** Where a port leads, if to a node that there is. */
export function follow(doc: FlowDocument, e: Edge): string {
  const to = e.from === '' ? doc.start : (nodeOf(doc, e.from)?.next?.[e.port] ?? '');
  return to && nodeOf(doc, to) ? to : '';
}

/** Every edge that leads to a node. */
export function edgesTo(doc: FlowDocument, id: string): Edge[] {
  const all: Edge[] = doc.start === id ? [startEdge] : [];
  for (const n of doc.nodes) for (const p of [...ports(n), ...idlePorts(n)]) if (n.next?.[p] === id) all.push({ from: n.id, port: p });
  return all;
}

/** The nodes that a walk from the start can meet; the others are never run (SPEC F3). */
export function reached(doc: FlowDocument): Set<string> {
  const byID = new Map(doc.nodes.map((n) => [n.id, n]));
  const met = new Set<string>();
  const wait = [doc.start];
  for (let id = wait.pop(); id !== undefined; id = wait.pop()) {
    const n = byID.get(id);
    if (!n || met.has(id)) continue;
    met.add(id);
    for (const p of ports(n)) if (n.next?.[p]) wait.push(n.next[p]);
  }
  return met;
}

/** The nodes that stand after a terminal one, with the terminal one. */
export function afterEnd(doc: FlowDocument, met = reached(doc)): Map<string, string> {
  const byID = new Map(doc.nodes.map((n) => [n.id, n]));
  const out = new Map<string, string>();
  for (const end of doc.nodes) {
    const wait = idlePorts(end).map((p) => end.next?.[p] ?? '');
    for (let id = wait.pop(); id !== undefined; id = wait.pop()) {
      const n = byID.get(id);
      if (!n || met.has(id) || out.has(id)) continue;
      out.set(id, end.id);
      for (const p of ports(n)) if (n.next?.[p]) wait.push(n.next[p]);
    }
  }
  return out;
}

/** What a new node of a type says before anybody said anything. The texts that it needs come from the caller, in the reader's language. */
export function freshConfig(kind: Kind, words: { open: string; option: string; half: string[]; text: string }): Config {
  switch (kind) {
    case 'ring_to': return { target: { users: [] }, rule: 'simultaneous', ring_for_seconds: 60, ring_user_seconds: 30, ring_even_if_busy: true };
    case 'redirect': return { external: '' };
    case 'ring_to_api': return { url: '', timeout_seconds: 3, ring_for_seconds: 30 };
    case 'audio_message': return { audio: 'welcome', allow_extensions: true };
    case 'ivr': return { audio: 'menu', timeout_seconds: 5, attempts: 3, allow_extensions: true, options: [{ id: 'b1', key: '1', title: words.option }] };
    case 'input': return { audio: 'menu', end_key: '#', timeout_seconds: 5, attempts: 1, display_to_agent: true };
    case 'time_rule': return { branches: [{ id: 'open', title: words.open, slots: [{ days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '09:00', to: '18:00' }] }] };
    case 'date_rule': return { date: '' };
    case 'waiting_experience': return { music: 'music', allow_extensions: true };
    case 'voicemail': return { max_seconds: 180 };
    case 'caller_rule': return { branches: [{ id: 'b1', title: '', match: { vip: true } }] };
    case 'split': return { branches: words.half.map((title, i) => ({ id: `b${i + 1}`, title, percent: 100 / words.half.length })) };
    case 'send_sms': return { text: words.text };
    case 'set': return { priority: 1 };
    case 'hangup': return {};
  }
}
