// The page around the panel: who it is, and whether the account lets it speak with us.
import { signal } from '@preact/signals';

/** Whether the panel is in a frame. */
export const framed = window.parent !== window;
/** The origins that the account allows, beside our own; null while nobody is signed in, or they are not known yet. */
export const allowed = signal<string[] | null>(null);
/** The origin of the page around us, proved by a message of it, or as the browser tells it; null: not known. */
export const pinned = signal<string | null>(framed ? told() : null);

/** What the browser says of the page around us. A referrer of our own is a page before this one in the same frame. */
function told(): string | null {
  const ancestors = (location as { ancestorOrigins?: DOMStringList }).ancestorOrigins;
  if (ancestors?.length) return ancestors[0] ?? null;
  try {
    const at = new URL(document.referrer).origin;
    return at === location.origin ? null : at;
  } catch {
    return null;
  }
}

/** Whether pages of an origin may hear what we know. */
export function mayHear(origin: string): boolean {
  return origin === location.origin || (allowed.value?.includes(origin) ?? false);
}

/** Whether the page around us is refused: it is known, and not on the list. */
export function isRefused(): boolean {
  return framed && allowed.value !== null && pinned.value !== null && !mayHear(pinned.value);
}

/** Says something to the page around us, if it may hear it. Where the browser does not say who it is, each allowed origin is addressed in turn: another hears nothing. */
export function tell(data: unknown): void {
  if (!framed) return;
  const to = pinned.value ? [pinned.value] : [location.origin, ...(allowed.value ?? [])];
  for (const origin of to) if (mayHear(origin)) window.parent.postMessage(data, origin);
}

/** Hears what the page around us says: of nobody else, and of an origin that stays the same. One that is not allowed is given to refuse. It returns what ends it. */
export function listen(hear: (data: unknown, origin: string) => void, refuse: (data: unknown, origin: string) => void = () => {}): () => void {
  const on = (e: MessageEvent) => {
    if (!framed || e.source !== window.parent || (pinned.value !== null && e.origin !== pinned.value)) return;
    if (allowed.value !== null && !mayHear(e.origin)) refuse(e.data, e.origin);
    else hear(e.data, e.origin);
  };
  addEventListener('message', on);
  return () => removeEventListener('message', on);
}

/** Whether a page above lends us no microphone: then every call would be mute, and the browser says nothing (the attribute allow of each frame). */
export function noMicrophoneLent(): boolean {
  const policy = (document as { featurePolicy?: { allowsFeature: (name: string) => boolean }; permissionsPolicy?: { allowsFeature: (name: string) => boolean } });
  const asked = policy.permissionsPolicy ?? policy.featurePolicy;
  return framed && asked !== undefined && !asked.allowsFeature('microphone');
}
