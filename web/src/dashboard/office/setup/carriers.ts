// Carriers to begin with: where they are, and whether they want to be registered with.

export interface CarrierTemplate { id: string; name: string; servers: string; register: boolean; country: string }

/** What the wizard offers. Addresses that a customer is given by their carrier are left empty. */
export const carriers: CarrierTemplate[] = [
  { id: 'ovh', name: 'OVHcloud', servers: 'sip:sip.ovh.fr', register: true, country: 'FR' },
  { id: 'twilio', name: 'Twilio', servers: '', register: false, country: '' },
  { id: 'telnyx', name: 'Telnyx', servers: 'sip:sip.telnyx.eu', register: true, country: '' },
  { id: 'sipgate', name: 'sipgate', servers: 'sip:sipconnect.sipgate.de', register: true, country: '' },
  { id: 'register', name: '', servers: '', register: true, country: '' },
  { id: 'ip', name: '', servers: '', register: false, country: '' },
];

/** An address as the API takes it: "sip.example" becomes "sip:sip.example". */
export const sipOf = (text: string) => (text.trim() === '' || /^sips?:/i.test(text.trim()) ? text.trim() : `sip:${text.trim()}`);
