// The phone of the page, as a store without a screen: what there is (signals) and what can be done (verbs). The Workspace and the CTI show the same one.
import { computed, effect, signal } from '@preact/signals';
import { api, Problem } from '../api/client';
import type { Agent } from './agent';
import { findCalls } from './find';
import { kept } from './kept';
import { microphone, watchMicrophone } from './microphone';
import { isFinal, openSession, type PhoneSession } from './socket';
import { keySound, playOn, sound, soundEnd } from './sound';
import { Tabs } from './tabs';
import { PhoneError, type DialOptions, type Line, type Owner, type PhoneCall, type PhoneKind } from './types';

export type { CallState, DialOptions, Line, Microphone, Owner, PhoneCall, PhoneKind, Quality } from './types';
export { PhoneError } from './types';
export { microphone, audioDevices } from './microphone';
export { soundAllowed, allowSound } from './sound';

const waitsFor = 25_000; // the server keeps a leg for 20 s
const showsEnd = 2_500;

/** The calls of this phone, oldest first. One that ended stays for a moment. */
export const calls = signal<PhoneCall[]>([]);
/** The way to the server. */
export const line = signal<Line>('off');
/** Which tab has the phone. */
export const owner = signal<Owner>('none');
/** Why the server refuses a phone. */
export const refusal = signal<Problem | null>(null);
/** Whether calls can come and go. */
export const registered = computed(() => line.value === 'on');
/** What rings here, oldest first. */
export const incoming = computed(() => calls.value.filter((c) => c.direction === 'inbound' && c.state === 'ringing'));
/** The call that the person is in, or that they are making; one on hold only where there is no other. */
export const current = computed(() => {
  const live = calls.value.filter((c) => c.state !== 'ended' && !(c.direction === 'inbound' && c.state === 'ringing'));
  return live.find((c) => !c.held) ?? live[0] ?? calls.value.find((c) => c.state === 'ended') ?? null;
});
/** Whether a call is under way, so that the page is not to be left. */
export const inCall = computed(() => calls.value.some((c) => c.state === 'in_call' || c.state === 'dialling' || c.state === 'suspended' || (c.state === 'ringing' && c.direction === 'outbound')));

interface Mirror { calls: PhoneCall[]; line: Line }

let kind: PhoneKind = 'workspace';
let agent: Agent | null = null;
let tabs: Tabs<Mirror> | null = null;
let stopFinding: () => void = () => {};

function change(id: string, part: Partial<PhoneCall>): void {
  calls.value = calls.value.map((c) => (c.id === id ? { ...c, ...part, answeredAt: c.answeredAt ?? part.answeredAt ?? null } : c));
}

function put(c: PhoneCall): void {
  calls.value = [...calls.value.filter((x) => x.id !== c.id), c];
}

function end(id: string, part: Partial<PhoneCall>): void {
  const c = calls.value.find((x) => x.id === id);
  if (!c || c.state === 'ended') return;
  if (c.state === 'in_call') soundEnd();
  change(id, { ...part, state: 'ended', resuming: false });
  const silent = c.direction === 'inbound' && c.state === 'ringing'; // what stopped ringing leaves at once
  setTimeout(() => { calls.value = calls.value.filter((x) => x.id !== id); }, silent ? 0 : part.refused ? showsEnd * 3 : showsEnd);
}

/** Calls that wait for their way back, after the line was lost or the page loaded again. */
function suspend(): void {
  for (const c of calls.value) {
    if (c.state === 'in_call') {
      change(c.id, { state: 'suspended', resuming: true });
      giveUp(c.id);
    } else if (c.state === 'ringing' && c.direction === 'inbound') end(c.id, {}); // it rings again when the line is back
  }
}

function giveUp(id: string): void {
  setTimeout(() => {
    const c = calls.value.find((x) => x.id === id);
    if (c?.state !== 'suspended') return;
    if (agent) agent.abandon(id);
    else end(id, {});
  }, waitsFor);
}

const mutedKey = 'phone-muted';

/** The legs that were muted when the page was loaded again: who was muted stays so. */
function mutedLegs(): string[] {
  try {
    return (sessionStorage.getItem(mutedKey) ?? '').split(' ');
  } catch {
    return [];
  }
}

function keepMuted(): void {
  try {
    sessionStorage.setItem(mutedKey, calls.value.filter((c) => c.muted && c.legID && c.state !== 'ended').map((c) => c.legID).join(' '));
  } catch { /* a page without storage forgets */ }
}

/** The calls that the server keeps for us: they come back by themselves. */
function resumable(s: PhoneSession): void {
  for (const r of s.resumable) {
    if (calls.value.some((c) => c.legID === r.leg_id || c.callID === r.call_id)) continue;
    const at = Date.now();
    put({
      id: r.leg_id, callID: r.call_id, legID: r.leg_id, sipID: '', direction: 'inbound', state: 'suspended', number: '', name: '', startedAt: at, answeredAt: null, held: false,
      muted: mutedLegs().includes(r.leg_id), quality: null, early: false, resuming: true, deaf: false, refused: null, elsewhere: false, digits: '',
    });
    giveUp(r.leg_id);
  }
}

/** Calls that waited for a server which knows nothing of them any more, or has them as ended, are over: nobody waits at the other end. */
async function askAfterSuspended(): Promise<void> {
  for (const c of calls.value) {
    if (c.state !== 'suspended' || !c.callID) continue;
    const over = await api.get('/api/v1/calls/{id}', { path: { id: c.callID } }).then((call) => call.status === 'ended', (e: unknown) => e instanceof Problem && e.status === 404);
    if (over && calls.value.find((x) => x.id === c.id)?.state === 'suspended') (agent ? agent.abandon(c.id) : end(c.id, {}));
  }
}

function waiting(legID: string): PhoneCall | undefined {
  const all = calls.value.filter((c) => c.state === 'suspended');
  return all.find((c) => c.legID === legID) ?? (all.length === 1 ? all[0] : undefined);
}

function onLine(l: Line): void {
  if (l === 'lost' && line.value === 'on') suspend();
  if (line.value !== 'refused') line.value = l;
  if (l === 'on') void askAfterSuspended();
}

async function begin(): Promise<void> {
  line.value = 'connecting';
  for (let tries = 0; tabs?.owns && !agent; tries++) {
    try {
      const [session, code] = await Promise.all([openSession(kind), import('./agent')]);
      if (!tabs?.owns || agent) return;
      resumable(session);
      agent = new code.Agent(kind, session, {
        line: onLine, refused: (p) => { refusal.value = p; line.value = 'refused'; }, session: resumable, put, change, end, waiting,
        muted: (id) => calls.value.find((c) => c.id === id)?.muted ?? false,
      });
      return;
    } catch (e) {
      if (isFinal(e)) {
        refusal.value = e;
        line.value = 'refused';
        return;
      }
      line.value = 'lost';
      await new Promise((r) => setTimeout(r, Math.min(15_000, 1000 * 2 ** tries) * (0.75 + Math.random() / 2)));
    }
  }
}

const verbs = {
  async dial(to: string, options: DialOptions = {}): Promise<void> {
    const digits = to.trim();
    if (!/[0-9a-z]/i.test(digits)) throw new PhoneError('number');
    if (!agent || line.value !== 'on') throw new PhoneError('not_registered');
    await holdOthers('');
    await agent.dial(digits, options);
  },
  async answer(id: string): Promise<void> {
    if (!agent) throw new PhoneError('not_registered');
    await holdOthers(id);
    await agent.answer(id);
  },
  async hangup(id: string): Promise<void> {
    if (agent) agent.hangup(id);
    else end(id, {});
  },
  async hold(id: string): Promise<void> {
    await agent?.hold(id);
  },
  async unhold(id: string): Promise<void> {
    await holdOthers(id);
    await agent?.unhold(id);
  },
  async mute(id: string): Promise<void> {
    agent?.mute(id, true);
  },
  async unmute(id: string): Promise<void> {
    agent?.mute(id, false);
  },
  async digits(id: string, digits: string): Promise<void> {
    const c = calls.value.find((x) => x.id === id);
    if (!c || c.state === 'ended') throw new PhoneError('no_call');
    agent?.digits(id, digits);
    change(id, { digits: (c.digits + digits).slice(-64) });
  },
  async devices(): Promise<void> {
    await agent?.devicesChanged();
    for (const el of agent?.elements() ?? []) await playOn(el, kept.value.speaker);
  },
};
type Verb = keyof typeof verbs;

async function holdOthers(id: string): Promise<void> {
  for (const c of calls.value) if (c.id !== id && c.state === 'in_call' && !c.held) await agent?.hold(c.id);
}

function act<V extends Verb>(verb: V, ...args: Parameters<(typeof verbs)[V]>): Promise<void> {
  if (tabs && !tabs.owns) return tabs.ask(verb, args).catch((e: Error) => { throw new PhoneError(e.message as PhoneError['code']); });
  return (verbs[verb] as (...a: unknown[]) => Promise<void>)(...args);
}

/** Starts the phone of this page. It is safe to call it twice. */
export function start(as: PhoneKind): void {
  if (tabs) return;
  kind = as;
  void watchMicrophone();
  tabs = new Tabs<Mirror>(`phone-${as}`, {
    own: () => { owner.value = 'this'; if (calls.value.length > 0) calls.value = []; void begin(); },
    lose: () => { agent?.stop(); agent = null; owner.value = 'other'; },
    mirror: (s) => { owner.value = 'other'; calls.value = s.calls; line.value = s.line; },
    state: () => ({ calls: calls.value, line: line.value }),
    act: (verb, args) => (verb in verbs ? (verbs[verb as Verb] as (...a: unknown[]) => Promise<void>)(...args) : Promise.reject(new Error('no_call'))),
  });
  effect(() => { void calls.value; void line.value; tabs?.publish(); });
  addEventListener('pagehide', keepMuted);
  effect(() => sound(owner.value === 'this' ? whatSounds(calls.value) : 'none'));
  stopFinding = findCalls(calls, () => owner.value === 'this', change);
  addEventListener('online', () => agent?.nudge());
  addEventListener('beforeunload', (e) => { if (owner.value === 'this' && inCall.value) e.preventDefault(); });
}

/** What sounds for some calls. */
export function whatSounds(all: PhoneCall[]): 'ring' | 'knock' | 'back' | 'none' {
  const speaks = all.some((c) => c.state === 'in_call' || c.state === 'suspended' || c.state === 'dialling');
  if (all.some((c) => c.direction === 'inbound' && c.state === 'ringing')) return speaks ? 'knock' : 'ring';
  if (all.some((c) => c.direction === 'outbound' && c.state === 'ringing' && !c.early)) return 'back';
  return 'none';
}

/** Ends the phone of this page: nobody is signed in any more. */
export function stop(): void {
  stopFinding();
  agent?.stop();
  agent = null;
  tabs?.close();
  tabs = null;
  calls.value = [];
  line.value = 'off';
  owner.value = 'none';
  refusal.value = null;
}

/** Puts calls that have ended out of sight, before their moment is over. */
export function clearEnded(): void {
  if (calls.value.some((c) => c.state === 'ended')) calls.value = calls.value.filter((c) => c.state !== 'ended');
}

/** Takes the phone, with its calls, from the tab that has it. */
export function takeOver(): void {
  tabs?.take();
}

/** Calls a number or an extension. It fails with a PhoneError. Another call is put on hold first. */
export const dial = (to: string, options: DialOptions = {}) => act('dial', to, options);
/** Answers what rings; another call is put on hold first. */
export const answer = (id: string) => act('answer', id);
/** Says no to what rings: busy, for this phone alone. */
export const decline = (id: string) => act('hangup', id);
/** Ends a call. */
export const hangup = (id: string) => act('hangup', id);
/** Lets the other side hear music. */
export const hold = (id: string) => act('hold', id);
/** Takes a call back; another is put on hold first. */
export const unhold = (id: string) => act('unhold', id);
/** Nobody hears us. */
export const mute = (id: string) => act('mute', id);
/** They hear us again. */
export const unmute = (id: string) => act('unmute', id);
/** Presses digits (0-9, *, #): they go in the audio (RFC 4733). */
export function sendDigits(id: string, digits: string): Promise<void> {
  for (const d of digits.slice(0, 1)) keySound(d);
  return act('digits', id, digits);
}
/** Takes the devices that kept names now, in the calls that are. */
export const changeDevices = () => act('devices');
/** Whether a call out would be heard. */
export const canSpeak = computed(() => microphone.value === 'ready' || microphone.value === 'ask' || microphone.value === 'unknown');
