// The user agent: JsSIP with our socket, told as plain calls. It is loaded with the first line.
import { UA } from 'jssip';
import type { RTCSession, EndEvent, OutgoingEvent } from 'jssip/lib/RTCSession';
import type { Problem } from '../api/client';
import { Leg, drop } from './leg';
import { callWords, isElsewhere, newCall, resumedLeg, type SIPRequest } from './read';
import { TicketSocket, type PhoneSession } from './socket';
import type { DialOptions, Line, PhoneCall, PhoneKind } from './types';

/** What the agent tells. */
export interface AgentHooks {
  line: (l: Line) => void;
  refused: (p: Problem) => void;
  session: (s: PhoneSession) => void;
  put: (c: PhoneCall) => void;
  change: (id: string, part: Partial<PhoneCall>) => void;
  end: (id: string, part: Partial<PhoneCall>) => void;
  /** The call that waits for a leg to come back, if there is one. */
  waiting: (legID: string) => PhoneCall | undefined;
  /** Whether the person had muted a call: they stay so when it comes back. */
  muted: (id: string) => boolean;
}

interface NewSession { originator: string; session: RTCSession; request: SIPRequest }

const offerTakes = 8000; // milliseconds at most until an offer is answered or given up

/** The phone on the wire. */
export class Agent {
  private readonly ua: UA;
  private readonly legs = new Map<string, Leg>();
  private readonly socket: TicketSocket;
  private readonly turns = new Map<string, Promise<void>>();
  private live = true;

  constructor(kind: PhoneKind, private session: PhoneSession, private hooks: AgentHooks) {
    this.socket = new TicketSocket(kind, session, (s) => { this.session = s; hooks.session(s); }, (p) => this.refuse(p));
    this.ua = new UA({
      sockets: this.socket as never, uri: session.sip_uri, display_name: session.display_name, instance_id: session.instance, register: true,
      register_expires: session.registrar_expires, session_timers: false, no_answer_timeout: 600, user_agent: 'Tandem',
      connection_recovery_min_interval: 1, connection_recovery_max_interval: 15,
    });
    this.ua.on('connecting', () => this.live && hooks.line('connecting'));
    this.ua.on('disconnected', () => this.live && hooks.line('lost'));
    this.ua.on('registered', () => this.live && hooks.line('on'));
    this.ua.on('unregistered', () => this.live && hooks.line('lost'));
    this.ua.on('registrationFailed', () => { if (this.live) { hooks.line('lost'); setTimeout(() => this.live && this.ua.isConnected() && this.ua.register(), 3000); } });
    this.ua.on('newRTCSession', ((e: NewSession) => { if (e.originator === 'remote') void this.incoming(e.session, e.request); }) as never);
    this.ua.start();
  }

  /** The network is there again: tries now, and not when the next try is due. */
  nudge(): void {
    const inside = this.ua as unknown as { _transport: { connect: () => void } };
    if (this.live && !this.socket.isConnected()) inside._transport.connect();
    else for (const id of this.legs.keys()) this.restartICE(id);
  }

  /** Gives the phone up without a word, so that another tab may take the calls up. */
  stop(): void {
    this.live = false;
    for (const [id, leg] of [...this.legs]) {
      leg.close();
      drop(leg.session);
      this.legs.delete(id);
    }
    this.socket.disconnect();
    (this.ua as unknown as { _transport: { disconnect: () => void } })._transport.disconnect();
  }

  private refuse(p: Problem): void {
    this.hooks.refused(p);
    this.stop();
  }

  /** Whether the leg of a call has its audio now. */
  flows(id: string): boolean {
    return this.legs.get(id)?.flows ?? false;
  }

  /** Calls somebody: digits as the person typed them. */
  async dial(to: string, options: DialOptions): Promise<string> {
    const voice = await Leg.voice();
    const extraHeaders = options.number ? [`P-Preferred-Identity: <sip:${options.number}@${new URL(`http://${this.session.sip_uri.split('@')[1] ?? 'invalid'}`).host}>`] : [];
    const target = `sip:${encodeURIComponent(to).replaceAll('%2B', '+')}@${this.session.sip_uri.split('@')[1]}`;
    const session = this.ua.call(target, { mediaStream: voice.stream, mediaConstraints: { audio: true, video: false }, pcConfig: this.ice(), extraHeaders });
    const request = (session as unknown as { _request: { call_id: string } })._request;
    const call: PhoneCall = { ...newCall(request.call_id, 'outbound'), number: to, name: options.name ?? '', state: 'dialling', deaf: voice.mute };
    this.follow(call.id, session).speak(voice);
    this.hooks.put(call);
    return call.id;
  }

  private ice(): RTCConfiguration {
    return { iceServers: this.session.ice_servers, bundlePolicy: 'max-bundle', rtcpMuxPolicy: 'require' };
  }

  private async incoming(session: RTCSession, request: SIPRequest): Promise<void> {
    const legID = resumedLeg(request);
    const before = legID ? this.hooks.waiting(legID) : undefined;
    if (legID) {
      const id = before?.id ?? request.call_id;
      if (!before) this.hooks.put({ ...newCall(id, 'inbound'), ...callWords(request), legID, resuming: true });
      this.forget(id);
      this.follow(id, session);
      this.hooks.change(id, { sipID: request.call_id, legID, resuming: true });
      await this.answer(id);
      return;
    }
    const call = { ...newCall(request.call_id, 'inbound'), ...callWords(request), state: 'ringing' as const };
    this.follow(call.id, session);
    this.hooks.put(call);
  }

  private follow(id: string, session: RTCSession): Leg {
    const leg = new Leg(session, { quality: (quality) => this.hooks.change(id, { quality }), cut: () => this.restartICE(id) });
    this.legs.set(id, leg);
    const mine = () => this.legs.get(id) === leg;
    session.on('progress', ((e: OutgoingEvent) => {
      if (mine() && (session.direction as string) === 'outgoing') this.hooks.change(id, { state: 'ringing', early: Boolean((e.response as unknown as { body?: string } | null)?.body) });
    }) as never);
    session.on('accepted', () => {
      if (!mine()) return;
      if (this.hooks.muted(id)) session.mute({ audio: true });
      this.hooks.change(id, { state: 'in_call', resuming: false, answeredAt: Date.now() });
    });
    session.on('hold', ((e: { originator: string }) => { if (mine() && e.originator === 'local') this.hooks.change(id, { held: true }); }) as never);
    session.on('unhold', ((e: { originator: string }) => { if (mine() && e.originator === 'local') this.hooks.change(id, { held: false }); }) as never);
    const over = (e: EndEvent) => {
      if (!mine()) return;
      this.forget(id);
      const m = e.message as unknown as { status_code?: number; reason_phrase?: string; getHeader?: (n: string) => string | undefined } | null;
      const text = /"([^"]*)"/.exec(m?.getHeader?.('warning') ?? '')?.[1] ?? m?.reason_phrase ?? '';
      this.hooks.end(id, { refused: m?.status_code && m.status_code >= 300 && m.status_code !== 487 ? { status: m.status_code, text } : null, elsewhere: isElsewhere(m?.getHeader?.('reason')) });
    };
    session.on('failed', over);
    session.on('ended', over);
    return leg;
  }

  private forget(id: string): void {
    const leg = this.legs.get(id);
    if (!leg) return;
    this.legs.delete(id);
    this.turns.delete(id);
    leg.close();
    if (!leg.session.isEnded()) drop(leg.session);
  }

  /** Answers what rings; without a microphone it is a call that is only heard. */
  async answer(id: string): Promise<void> {
    const leg = this.legs.get(id);
    if (!leg) return;
    const voice = await Leg.voice();
    if (this.legs.get(id) !== leg || leg.session.isEnded()) { // it ended while the browser asked for the microphone
      for (const t of voice.stream.getTracks()) t.stop();
      return;
    }
    for (const t of voice.stream.getTracks()) t.enabled = !this.hooks.muted(id); // not a word of theirs before the answer is through
    this.hooks.change(id, { deaf: voice.mute });
    leg.session.answer({ mediaStream: leg.speak(voice), mediaConstraints: { audio: true, video: false }, pcConfig: this.ice() });
  }

  /** Ends a call, or says no to it: busy to one that rings. */
  hangup(id: string): void {
    const leg = this.legs.get(id);
    if (!leg) return this.hooks.end(id, {});
    if (leg.session.isEnded()) return this.forget(id);
    const rings = (leg.session.direction as string) === 'incoming' && leg.session.isInProgress();
    leg.session.terminate(rings ? { status_code: 486, reason_phrase: 'Busy Here' } : {});
  }

  /** Gives a call up whose way back has not come. */
  abandon(id: string): void {
    this.forget(id);
    this.hooks.end(id, {});
  }

  hold(id: string): Promise<void> {
    return this.inTurn(id, () => this.offer(id, true));
  }

  unhold(id: string): Promise<void> {
    return this.inTurn(id, () => this.offer(id, false));
  }

  /** One offer of a call after the other: JsSIP would send two at once, and end the call when the second is refused. */
  private inTurn(id: string, job: () => Promise<void>): Promise<void> {
    const turn = (this.turns.get(id) ?? Promise.resolve()).then(job);
    this.turns.set(id, turn);
    return turn;
  }

  /** Does something that makes an offer, when the call can make one, and waits until it is through: done is called, or the call ends. */
  private async through(s: RTCSession, make: (done: () => void) => boolean): Promise<void> {
    for (let tries = 0; tries < 100 && !s.isEnded(); tries++) {
      const sent = await new Promise<boolean>((done) => {
        s.on('ended', () => done(true));
        if (!make(() => done(true))) done(false);
        else setTimeout(() => done(true), offerTakes);
      });
      if (sent) return;
      await new Promise((r) => setTimeout(r, 100));
    }
  }

  /** Puts a call on hold or takes it back. */
  private async offer(id: string, held: boolean): Promise<void> {
    const s = this.legs.get(id)?.session;
    if (s && s.isEstablished() && s.isOnHold().local !== held) await this.through(s, (done) => (held ? s.hold({}, done) : s.unhold({}, done)));
  }

  mute(id: string, muted: boolean): void {
    const s = this.legs.get(id)?.session;
    if (muted) s?.mute({ audio: true });
    else s?.unmute({ audio: true });
    this.hooks.change(id, { muted });
  }

  digits(id: string, digits: string): void {
    this.legs.get(id)?.session.sendDTMF(digits, { transportType: 'RFC2833' as never, duration: 120, interToneGap: 80 });
  }

  private restartICE(id: string): void {
    const s = this.legs.get(id)?.session;
    if (!s || !this.socket.isConnected() || !s.isEstablished()) return;
    void this.inTurn(id, () => this.through(s, (done) => s.renegotiate({ rtcOfferConstraints: { iceRestart: true } }, done)));
  }

  /** Takes the microphone and the output that are chosen now. */
  async devicesChanged(): Promise<void> {
    for (const [id, leg] of this.legs) {
      await leg.changeMicrophone();
      this.hooks.change(id, { deaf: leg.mute });
    }
  }

  /** The elements that play the calls. */
  elements(): HTMLAudioElement[] {
    return [...this.legs.values()].map((l) => l.element);
  }
}
