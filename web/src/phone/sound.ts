// What is heard besides the other side: ringing, and the tones of a call that begins. All of it is made here, without files.
import { signal } from '@preact/signals';
import { kept } from './kept';

/** Whether the browser lets the page sound: it wants one gesture first. */
export const soundAllowed = signal(true);

let context: AudioContext | null = null;
let ringOut: { gain: GainNode; element: HTMLAudioElement } | null = null;

/** The page's audio, made when it is first wanted. */
export function audio(): AudioContext {
  if (!context) {
    context = new AudioContext();
    const look = () => { soundAllowed.value = context!.state === 'running'; };
    context.addEventListener('statechange', look);
    look();
    const wake = () => { if (context!.state !== 'running') void context!.resume().catch(() => undefined); };
    for (const type of ['pointerdown', 'keydown']) addEventListener(type, wake, { capture: true, passive: true });
  }
  return context;
}

/** Lets the page sound: to be called by a click. */
export async function allowSound(): Promise<void> {
  await audio().resume();
  await ringOut?.element.play().catch(() => undefined);
}

/** Sends what an element plays to a chosen output, where the browser can. */
export async function playOn(element: HTMLMediaElement, device: string): Promise<void> {
  if (!('setSinkId' in element)) return;
  await element.setSinkId(device).catch(() => element.setSinkId('').catch(() => undefined)); // the device may be gone: then the usual one
}

function ringer(): GainNode {
  if (!ringOut) {
    const ac = audio();
    const out = ac.createMediaStreamDestination();
    const gain = ac.createGain();
    gain.connect(out);
    const element = new Audio();
    element.srcObject = out.stream;
    ringOut = { gain, element };
  }
  ringOut.gain.gain.value = kept.value.ringVolume;
  void playOn(ringOut.element, kept.value.ringer);
  void ringOut.element.play().catch(() => undefined);
  return ringOut.gain;
}

interface Note { hz: number; at: number; long: number; loud: number }

function play(notes: Note[], into: AudioNode): void {
  const ac = audio();
  for (const n of notes) {
    const o = ac.createOscillator();
    const g = ac.createGain();
    const from = ac.currentTime + n.at;
    o.frequency.value = n.hz;
    g.gain.setValueAtTime(0, from);
    g.gain.linearRampToValueAtTime(n.loud, from + 0.012);
    g.gain.exponentialRampToValueAtTime(0.0008, from + n.long);
    o.connect(g).connect(into);
    o.start(from);
    o.stop(from + n.long + 0.05);
  }
}

const chime: Note[] = [659, 784, 988, 784].flatMap((hz, i) => [{ hz, at: i * 0.16, long: 0.5, loud: 0.32 }, { hz: hz * 2, at: i * 0.16, long: 0.25, loud: 0.08 }]);
const knock: Note[] = [{ hz: 440, at: 0, long: 0.16, loud: 0.2 }, { hz: 554, at: 0.18, long: 0.18, loud: 0.2 }];
const ringing: Note[] = [{ hz: 440, at: 0, long: 1.5, loud: 0.08 }];
const gone: Note[] = [{ hz: 392, at: 0, long: 0.14, loud: 0.14 }, { hz: 311, at: 0.15, long: 0.22, loud: 0.14 }];

let turning: { what: string; timer: ReturnType<typeof setInterval> } | null = null;

/** What sounds until it changes: ring: somebody calls · knock: somebody calls while one speaks · back: it rings over there · none. */
export function sound(what: 'ring' | 'knock' | 'back' | 'none'): void {
  if (turning?.what === what) return;
  if (turning) clearInterval(turning.timer);
  turning = null;
  if (ringOut && what !== 'ring' && what !== 'knock') ringOut.element.pause();
  if (what === 'none') return;
  const once = () => {
    if (what === 'ring') play(chime, ringer());
    else if (what === 'knock') play(knock, ringer());
    else play(ringing, audio().destination);
  };
  once();
  turning = { what, timer: setInterval(once, what === 'ring' ? 2800 : what === 'knock' ? 4000 : 5000) };
}

/** Two low notes: the other side hung up. */
export function soundEnd(): void {
  play(gone, audio().destination);
}

/** A tone on the output that is chosen for ringing: the device check. */
export function testTone(): void {
  play(chime, ringer());
}

const rows = [697, 770, 852, 941], columns = [1209, 1336, 1477, 1633];
const keys = '123A456B789C*0#D';

/** What a pressed key sounds like (ITU-T Q.23), for whom presses it. */
export function keySound(digit: string): void {
  const i = keys.indexOf(digit.toUpperCase());
  if (i < 0) return;
  play([{ hz: rows[Math.floor(i / 4)]!, at: 0, long: 0.12, loud: 0.06 }, { hz: columns[i % 4]!, at: 0, long: 0.12, loud: 0.06 }], audio().destination);
}
