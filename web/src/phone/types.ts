// What a phone of a page is, for those who show it.

/** Which phone of a person this page is: each is a device of its own. */
export type PhoneKind = 'workspace' | 'cti' | 'app';

/**
 * dialling: called, nothing heard yet · ringing: it rings here, or there · in_call: somebody speaks with somebody · suspended: the way to the server is lost, and the call waits
 * for it · ended: shown for a moment.
 */
export type CallState = 'dialling' | 'ringing' | 'in_call' | 'suspended' | 'ended';

/** How a call sounds, from what its packets tell. */
export type Quality = 'good' | 'fair' | 'poor';

/** A call of this phone. */
export interface PhoneCall {
  /** Of this phone: the same until the call ends, after a reload too where the call is resumed. */
  id: string;
  /** The call and its leg in the API, once they are known. */
  callID: string | null;
  legID: string | null;
  /** The SIP Call-ID of the leg, by which the API's call is found. */
  sipID: string;
  direction: 'inbound' | 'outbound';
  state: CallState;
  /** The other side: digits or +E.164, and their name where it came with the call. */
  number: string;
  name: string;
  /** In milliseconds of this page's clock. */
  startedAt: number;
  answeredAt: number | null;
  held: boolean;
  muted: boolean;
  quality: Quality | null;
  /** What is heard before the answer comes from over there: no tone of ours. */
  early: boolean;
  /** Being brought back after a reload or a lost network. */
  resuming: boolean;
  /** The other side does not hear us: there is no microphone. */
  deaf: boolean;
  /** Why it ended, if not by somebody hanging up: a status of SIP and its words. */
  refused: { status: number; text: string } | null;
  /** It ended since another device of the person, or somebody else, took it. */
  elsewhere: boolean;
  /** Digits that were pressed. */
  digits: string;
}

/** unknown: not asked yet · ask: the browser will ask · ready · refused · missing: no microphone · busy: another program has it · insecure: the page did not come by https. */
export type Microphone = 'unknown' | 'ask' | 'ready' | 'refused' | 'missing' | 'busy' | 'insecure';

/** this: the phone is in this tab · other: in another tab, which does what is asked here · none: nobody has it yet. */
export type Owner = 'this' | 'other' | 'none';

/** off: not started · connecting · on: calls can come and go · lost: trying again · refused: the server does not let this person have a phone. */
export type Line = 'off' | 'connecting' | 'on' | 'lost' | 'refused';

/** How to call out. */
export interface DialOptions {
  /** The number shown to whom is called, in +E.164; without it the user's own choice. */
  number?: string | undefined;
  /** A name to show until the server knows better. */
  name?: string | undefined;
}

/** Why a verb could not be done, for words under "workspace.phone.<code>". */
export class PhoneError extends Error {
  constructor(readonly code: 'not_registered' | 'microphone' | 'no_call' | 'owner_silent' | 'number') {
    super(code);
  }
}
