// What a request of SIP says about a call, read as plain words. No part of JsSIP is needed here.
import type { PhoneCall } from './types';

/** What is read of a request. */
export interface SIPRequest {
  call_id: string;
  from: { display_name?: string | null; uri: { user?: string | null } };
  getHeader: (name: string) => string | undefined | null;
}

/** A call that begins. */
export function newCall(sipID: string, direction: PhoneCall['direction']): PhoneCall {
  return {
    id: sipID, callID: null, legID: null, sipID, direction, state: 'ringing', number: '', name: '', startedAt: Date.now(), answeredAt: null, held: false, muted: false,
    quality: null, early: false, resuming: false, deaf: false, refused: null, elsewhere: false, digits: '',
  };
}

/** Who calls. An anonymous caller has neither number nor name. */
export function callWords(r: SIPRequest): Pick<PhoneCall, 'number' | 'name' | 'callID'> {
  const user = r.from.uri.user ?? '';
  const hidden = user.toLowerCase() === 'anonymous' || user === '';
  const name = (r.from.display_name ?? '').replace(/^"|"$/g, '');
  return { number: hidden ? '' : decoded(user), name: hidden || name === user ? '' : name, callID: r.getHeader('X-Call')?.trim() || null };
}

function decoded(user: string): string {
  try {
    return decodeURIComponent(user);
  } catch {
    return user;
  }
}

/** The leg that an INVITE brings back; null: it is a new call. */
export function resumedLeg(r: SIPRequest): string | null {
  return r.getHeader('X-Resume')?.trim() || null;
}

/** Whether a call that stopped ringing was taken elsewhere (RFC 3326: SIP ;cause=200 ;text="Call completed elsewhere"). */
export function isElsewhere(reason: string | undefined | null): boolean {
  return /\bSIP\b[^,]*cause\s*=\s*200\b/i.test(reason ?? '');
}
