// Forms for trunks that carriers are known by. They are a beginning, to be checked against what the carrier wrote: nothing is connected by itself.
import type { Schemas } from '../../api/client';

type Trunk = Schemas['TrunkCreate'];
export interface Template { key: 'ovh' | 'twilio' | 'telnyx' | 'sipgate' | 'registration' | 'address'; trunk: Trunk; /** What the carrier gives, which the form cannot know. */ needs: ('login' | 'server' | 'sources')[] }

const asked = { options_every_seconds: 30 };

export const templates: Template[] = [
  { key: 'ovh', needs: ['login'], trunk: { ...asked, name: 'OVHcloud', servers: ['sip:siptrunk.ovh.net'], domain: 'siptrunk.ovh.net', register: true, country: 'FR', dial: '00' } },
  { key: 'twilio', needs: ['server', 'login', 'sources'], trunk: { ...asked, name: 'Twilio', servers: ['sip:example.pstn.twilio.com'], register: false, dial: 'plus', sources: ['54.171.127.192/30', '35.156.191.128/30'] } },
  { key: 'telnyx', needs: ['login', 'sources'], trunk: { ...asked, name: 'Telnyx', servers: ['sip:sip.telnyx.eu'], domain: 'sip.telnyx.eu', register: true, dial: 'plus' } },
  { key: 'sipgate', needs: ['login'], trunk: { ...asked, name: 'sipgate', servers: ['sip:sipconnect.sipgate.de'], domain: 'sipconnect.sipgate.de', register: true, country: 'DE', dial: 'bare' } },
  { key: 'registration', needs: ['server', 'login'], trunk: { ...asked, name: '', register: true, dial: 'plus' } },
  { key: 'address', needs: ['server', 'sources'], trunk: { ...asked, name: '', register: false, dial: 'plus' } },
];

/** What the last answer of a trunk means for people. */
export function meaningOf(status: number): 'none' | 'ok' | 'silent' | 'login' | 'unknown' | 'busy' | 'refused' {
  if (status === 0) return 'none';
  if (status < 300) return 'ok';
  if (status === 408) return 'silent';
  if (status === 401 || status === 403 || status === 407) return 'login';
  if (status === 404) return 'unknown';
  return status >= 500 && status < 600 ? 'busy' : 'refused';
}
