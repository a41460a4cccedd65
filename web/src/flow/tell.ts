// How nodes, ports and what is wrong with them are called: for people, by names and never by ids.
import type { Schemas } from '../api/client';
import { t, tMaybe, type Key } from '../i18n/words';
import type { IconName } from '../parts/icons';
import { branches, nodeOf, type Branch, type FlowDocument, type FlowNode, type Kind } from './model';
import type { Names } from './names';
import type { Hole } from './unfinished';

export const kindIcons: Record<Kind, IconName> = {
  ring_to: 'bell', redirect: 'redirect', ring_to_api: 'code', audio_message: 'volume', ivr: 'keypad', input: 'hash', time_rule: 'clock', date_rule: 'calendar',
  waiting_experience: 'music', voicemail: 'voicemail', caller_rule: 'user', split: 'flow', send_sms: 'chat', set: 'tag', hangup: 'hangup',
};

/** The colour family of a type: who is reached, what is heard, what decides, what is done, what ends. */
export function familyOf(kind: Kind): 'reach' | 'hear' | 'decide' | 'do' | 'end' {
  switch (kind) {
    case 'ring_to': case 'ring_to_api': return 'reach';
    case 'audio_message': case 'waiting_experience': return 'hear';
    case 'ivr': case 'input': case 'time_rule': case 'date_rule': case 'caller_rule': case 'split': return 'decide';
    case 'send_sms': case 'set': return 'do';
    case 'redirect': case 'voicemail': case 'hangup': return 'end';
  }
}

export const kindName = (kind: Kind) => t(`flow.kind.${kind}` as Key);
export const kindText = (kind: Kind) => t(`flow.kind_text.${kind}` as Key);

/** What a node is called: its title, or what it is. */
export const nodeName = (n: FlowNode | undefined) => (n ? n.title || kindName(n.type) : t('flow.nowhere'));

/** What a node of an id is called in a document. */
export const nameIn = (doc: FlowDocument, id: string) => nodeName(nodeOf(doc, id));

/** A branch of a menu with its key, of a split with its share. */
export function branchName(n: FlowNode, b: Branch, i: number): string {
  const title = b.title || t('flow.branch_n', { n: i + 1 });
  if (n.type === 'ivr') return t('flow.branch_key', { key: String(b['key'] ?? ''), title });
  if (n.type === 'split') return t('flow.branch_share', { title, percent: Number(b['percent'] ?? 0) });
  return title;
}

/** What a way out of a node is called. */
export function portName(n: FlowNode, port: string): string {
  const all = branches(n);
  const i = all.findIndex((b) => b.id === port);
  if (i >= 0) return branchName(n, all[i]!, i);
  return tMaybe(`flow.port.${n.type}.${port}`, tMaybe(`flow.port.${port}`, port));
}

/** What is still to be filled in. */
export const holeText = (hole: Hole) => t(`flow.hole.${hole}` as Key);

/** A sentence of the server, which may begin with a small letter, as one that stands alone. */
export const sentence = (text: string) => text.charAt(0).toLocaleUpperCase() + text.slice(1);

const joined = (all: string[]) => (all.length > 2 ? t('flow.and_more', { first: all.slice(0, 2).join(', '), n: all.length - 2 }) : all.join(', '));

/** One line about what a node does, for its card; empty where its title says it all. */
export function summary(n: FlowNode, names: Names): string {
  const c = n.config ?? {};
  const seconds = (v: unknown) => t('flow.seconds', { n: Number(v ?? 0) });
  switch (n.type) {
    case 'ring_to': {
      const target = (c['target'] ?? {}) as { user?: string; users?: string[]; team?: string };
      const whom = target.team ? names.team(target.team) : joined((target.users ?? (target.user ? [target.user] : [])).map((u) => names.user(u)));
      return whom ? `${whom} · ${seconds(c['ring_for_seconds'])}` : '';
    }
    case 'redirect': return c['number'] ? names.number(String(c['number'])) : names.e164(String(c['external'] ?? '')) || String(c['sip'] ?? '');
    case 'ring_to_api': return String(c['url'] ?? '').replace(/^https?:\/\//, '');
    case 'audio_message': case 'ivr': case 'input': return names.audio(String(c['audio'] ?? ''));
    case 'waiting_experience': return names.audio(String(c['music'] ?? '') || 'music');
    case 'voicemail': return names.audio(String(c['greeting'] ?? '') || 'voicemail_greeting');
    case 'hangup': return c['audio'] ? names.audio(String(c['audio'])) : '';
    case 'time_rule': return String(c['timezone'] ?? '') || t('flow.zone_own');
    case 'date_rule': return names.date(String(c['date'] ?? ''));
    case 'caller_rule': case 'split': return t('flow.branches', { n: branches(n).length });
    case 'send_sms': return String(c['text'] ?? '');
    case 'set': return joined([...((c['tags'] as string[] | undefined) ?? []).map((x) => names.tag(x)), ...Object.keys((c['variables'] as object | undefined) ?? {}), ...(c['priority'] !== undefined ? [t('flow.set.priority')] : []), ...(c['language'] ? [t('flow.set.language')] : [])]);
  }
}

/** What is wrong, in words: the server's rules by their code, with names in the place of ids. */
export function issueText(p: Schemas['ProblemObject'], doc: FlowDocument): string {
  const n = nodeOf(doc, p.node);
  const port = /\.next\.([^.]+)$/.exec(p.path)?.[1];
  const key = p.code === 'E04' ? `flow.issue.E04.${/config\.(audio|error|retry|music|greeting)$/.test(p.path) ? 'audio' : /number|from$/.test(p.path) ? 'number' : /date$/.test(p.path) ? 'date' : /tags/.test(p.path) ? 'tag' : 'target'}` : `flow.issue.${p.code}`;
  const text = tMaybe(key, p.text);
  return text.replace('{port}', n && port ? portName(n, port) : (port ?? ''));
}
