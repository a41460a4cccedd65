// The microphone: what the browser says about it, and its sound.
import { signal } from '@preact/signals';
import { audio } from './sound';
import { kept } from './kept';
import type { Microphone } from './types';

/** What is known of the microphone. */
export const microphone = signal<Microphone>('unknown');
/** Inputs and outputs, once the browser tells them. */
export const audioDevices = signal<MediaDeviceInfo[]>([]);

/** Why getUserMedia failed, as the page tells it. */
export function microphoneProblem(e: unknown): Microphone {
  const name = e instanceof Error ? e.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'refused';
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return 'missing';
  return 'busy';
}

/** Looks at the permission and the devices, and goes on looking. */
export async function watchMicrophone(): Promise<void> {
  if (!navigator.mediaDevices?.getUserMedia) {
    microphone.value = 'insecure';
    return;
  }
  const look = async () => {
    const all = await navigator.mediaDevices.enumerateDevices().catch(() => []);
    audioDevices.value = all.filter((d) => d.kind !== 'videoinput');
    const some = all.some((d) => d.kind === 'audioinput');
    if (!some) microphone.value = 'missing';
    else if (microphone.value === 'missing' || microphone.value === 'unknown') microphone.value = 'ask';
    try {
      const p = await navigator.permissions.query({ name: 'microphone' as PermissionName });
      const tell = () => {
        if (p.state === 'denied') microphone.value = 'refused';
        else if (some && p.state === 'granted' && microphone.value !== 'busy') microphone.value = 'ready';
        else if (some && p.state === 'prompt') microphone.value = 'ask';
      };
      p.onchange = () => void look();
      tell();
    } catch { /* a browser that tells nothing is asked when a call comes */ }
  };
  navigator.mediaDevices.addEventListener('devicechange', () => void look());
  await look();
}

/** Opens the microphone. It throws what the browser throws, and microphone says why. */
export async function openMicrophone(): Promise<MediaStream> {
  const base: MediaTrackConstraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  const wish = kept.value.microphone;
  try {
    if (!navigator.mediaDevices?.getUserMedia) throw new DOMException('no media devices', 'NotFoundError');
    const stream = await navigator.mediaDevices.getUserMedia({ audio: wish ? { ...base, deviceId: { ideal: wish } } : base });
    microphone.value = 'ready';
    const all = await navigator.mediaDevices.enumerateDevices().catch(() => []);
    if (all.length > 0) audioDevices.value = all.filter((d) => d.kind !== 'videoinput'); // with their names now
    return stream;
  } catch (e) {
    microphone.value = navigator.mediaDevices ? microphoneProblem(e) : 'insecure';
    throw e;
  }
}

/** A stream of silence, so that a call without a microphone is a call all the same. */
export function silence(): MediaStream {
  return audio().createMediaStreamDestination().stream;
}

/** Tells how loud a stream is, 0 to 1, ten times a second, until the function that it returns is called. */
export function meter(stream: MediaStream, tell: (level: number) => void): () => void {
  const ac = audio();
  const source = ac.createMediaStreamSource(stream);
  const look = ac.createAnalyser();
  look.fftSize = 512;
  source.connect(look);
  const samples = new Float32Array(look.fftSize);
  const timer = setInterval(() => {
    look.getFloatTimeDomainData(samples);
    let sum = 0;
    for (const s of samples) sum += s * s;
    const db = 10 * Math.log10(sum / samples.length + 1e-9);
    tell(Math.max(0, Math.min(1, (db + 60) / 50)));
  }, 100);
  return () => {
    clearInterval(timer);
    source.disconnect();
  };
}
