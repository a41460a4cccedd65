// One leg as JsSIP has it: its session, its connection, its sound.
import type { RTCSession } from 'jssip/lib/RTCSession';
import { kept } from './kept';
import { openMicrophone, silence } from './microphone';
import { enough, preferPCMA } from './sdp';
import { playOn } from './sound';
import { watchQuality } from './quality';
import type { Quality } from './types';

/** What a leg tells. */
export interface LegHooks {
  quality: (q: Quality | null) => void;
  /** The way of the audio is gone: ICE is to be begun anew. */
  cut: () => void;
}

/** The sound of a call and its connection. */
export class Leg {
  readonly element = new Audio();
  /** Whether the leg sends silence since there is no microphone. */
  mute = false;
  private stream: MediaStream | null = null;
  private pc: RTCPeerConnection | null = null;
  private stops: (() => void)[] = [];

  constructor(readonly session: RTCSession, private hooks: LegHooks) {
    this.element.autoplay = true;
    this.element.hidden = true;
    document.body.append(this.element);
    session.on('icecandidate', (e) => { if (enough(e.candidate.candidate)) e.ready(); });
    session.on('sdp', (e) => { if ((e.originator as string) === 'local' && e.type === 'offer') e.sdp = preferPCMA(e.sdp); });
    session.on('peerconnection', (e) => this.attach(e.peerconnection));
    if (session.connection) this.attach(session.connection);
  }

  /** The audio that goes out: of the microphone, or silence where there is none. */
  static async voice(): Promise<{ stream: MediaStream; mute: boolean }> {
    try {
      return { stream: await openMicrophone(), mute: false };
    } catch {
      return { stream: silence(), mute: true };
    }
  }

  /** Keeps the stream that goes out, to end it with the call. */
  speak(voice: { stream: MediaStream; mute: boolean }): MediaStream {
    this.stream = voice.stream;
    this.mute = voice.mute;
    return voice.stream;
  }

  /** Sends the microphone that is chosen now. */
  async changeMicrophone(): Promise<void> {
    const voice = await Leg.voice();
    const before = this.stream;
    const sender = this.pc?.getSenders().find((s) => s.dtmf !== undefined && (s.track === null || s.track.kind === 'audio'));
    const track = voice.stream.getAudioTracks()[0];
    if (!sender || !track) return;
    track.enabled = sender.track?.enabled ?? true;
    await sender.replaceTrack(track);
    this.speak(voice);
    for (const old of before?.getTracks() ?? []) old.stop();
  }

  private attach(pc: RTCPeerConnection): void {
    if (this.pc === pc) return;
    this.pc = pc;
    void playOn(this.element, kept.value.speaker);
    pc.addEventListener('track', (e) => {
      this.element.srcObject = e.streams[0] ?? new MediaStream([e.track]);
      void this.element.play().catch(() => undefined);
    });
    // JsSIP ends a call whose ICE failed. We begin ICE anew before that, and end it only when nothing helps.
    pc.addEventListener('iceconnectionstatechange', (e) => {
      if (pc.iceConnectionState === 'failed') {
        e.stopImmediatePropagation();
        this.hooks.cut();
      } else if (pc.iceConnectionState === 'disconnected') {
        const wait = setTimeout(() => { if (pc.iceConnectionState === 'disconnected') this.hooks.cut(); }, 1500);
        this.stops.push(() => clearTimeout(wait));
      }
    }, { capture: true });
    this.stops.push(watchQuality(pc, this.hooks.quality));
  }

  /** Whether audio can flow now. */
  get flows(): boolean {
    return this.pc !== null && ['connected', 'completed'].includes(this.pc.iceConnectionState);
  }

  /** Ends the sound; the session is whoever's who asks. */
  close(): void {
    for (const stop of this.stops) stop();
    this.stops = [];
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
    this.element.srcObject = null;
    this.element.remove();
  }
}

/** Ends a session without a word to the server, which has given it up or will: JsSIP has no public verb for that. */
export function drop(session: RTCSession): void {
  const inside = session as unknown as { _close: () => void; removeAllListeners: () => void };
  inside.removeAllListeners();
  inside._close();
}
