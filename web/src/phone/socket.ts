// The socket of the phone: each connection asks for a ticket of its own, since a ticket opens one (RFC 7118 with our own way in).
import { api, Problem } from '../api/client';
import type { PhoneKind } from './types';

/** What the server gives a page that wants to be a phone. */
export interface PhoneSession {
  url: string;
  sip_uri: string;
  display_name: string;
  device_id: string;
  instance: string;
  registrar_expires: number;
  ice_servers: { urls: string[]; username?: string; credential?: string }[];
  resumable: { call_id: string; leg_id: string }[];
}

const keepFor = { workspace: 'phone-instance', cti: 'phone-instance-cti', app: 'phone-instance-app' } satisfies Record<PhoneKind, string>;
let forgotten = ''; // where the page may keep nothing, it is another instance after a reload

/** The name of this browser to the server: the same after a reload. */
export function instanceOf(kind: PhoneKind): string {
  try {
    let id = localStorage.getItem(keepFor[kind]);
    if (!id) localStorage.setItem(keepFor[kind], (id = crypto.randomUUID()));
    return id;
  } catch {
    return (forgotten ||= crypto.randomUUID());
  }
}

/** Asks for a ticket and what goes with it. */
export async function openSession(kind: PhoneKind): Promise<PhoneSession> {
  const s = await api.post('/api/v1/me/phone-session', { body: { device: kind, instance: instanceOf(kind) } });
  return { ...s, resumable: s.resumable ?? [], ice_servers: (s.ice_servers ?? []).map((i) => ({ ...i, urls: i.urls ?? [] })) };
}

/** Whether asking again would be answered the same. Not where the server was slow (408), somebody else wrote at the same moment (409), or it was asked too often (429). */
export function isFinal(e: unknown): e is Problem {
  return e instanceof Problem && e.status >= 400 && e.status < 500 && ![408, 409, 429].includes(e.status);
}

/** A socket for JsSIP. The first connection uses the ticket that is there, each later one asks again. */
export class TicketSocket {
  via_transport: string;
  url: string;
  sip_uri: string;
  onconnect = () => {};
  ondisconnect: (error: boolean, code?: number, reason?: string) => void = () => {};
  ondata: (data: string | ArrayBuffer) => void = () => {};

  private ws: WebSocket | null = null;
  private attempt = 0;
  private asking = false;

  constructor(private kind: PhoneKind, private first: PhoneSession | null, private told: (s: PhoneSession) => void, private refused: (p: Problem) => void) {
    const at = new URL(first?.url ?? location.href);
    this.url = at.origin;
    this.via_transport = at.protocol === 'wss:' ? 'WSS' : 'WS';
    this.sip_uri = `sip:${at.host};transport=ws`;
  }

  connect(): void {
    if (this.asking || this.isConnected() || this.isConnecting()) return;
    void this.open(++this.attempt);
  }

  private async open(attempt: number): Promise<void> {
    this.asking = true;
    try {
      const session = this.first ?? (await openSession(this.kind));
      const again = this.first === null;
      this.first = null;
      if (attempt !== this.attempt) return;
      if (again) this.told(session);
      this.attach(new WebSocket(session.url, 'sip'));
    } catch (e) {
      if (attempt !== this.attempt) return;
      if (isFinal(e)) this.refused(e);
      this.ondisconnect(true, 0, 'no ticket');
    } finally {
      if (attempt === this.attempt) this.asking = false;
    }
  }

  private attach(ws: WebSocket): void {
    this.ws = ws;
    ws.binaryType = 'arraybuffer';
    ws.onopen = () => this.onconnect();
    ws.onmessage = (e: MessageEvent<string | ArrayBuffer>) => this.ondata(e.data);
    ws.onclose = (e) => {
      this.ws = null;
      this.ondisconnect(!e.wasClean, e.code, e.reason);
    };
  }

  disconnect(): void {
    this.attempt++;
    this.asking = false;
    const ws = this.ws;
    this.ws = null;
    if (!ws) return;
    ws.onopen = ws.onmessage = ws.onclose = null;
    ws.close();
  }

  send(message: string): boolean {
    if (!this.isConnected()) return false;
    this.ws!.send(message);
    return true;
  }

  isConnected(): boolean {
    return this.ws?.readyState === WebSocket.OPEN;
  }

  isConnecting(): boolean {
    return this.ws?.readyState === WebSocket.CONNECTING;
  }
}
