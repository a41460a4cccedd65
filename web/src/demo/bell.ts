// How the handset rings: two notes, made here. A browser lets a page sound after a first click in it.

let bell: { context: AudioContext; timer: ReturnType<typeof setInterval> } | null = null;

function note(context: AudioContext, hz: number, at: number) {
  const voice = context.createOscillator();
  const loud = context.createGain();
  const from = context.currentTime + at;
  voice.type = 'triangle';
  voice.frequency.value = hz;
  loud.gain.setValueAtTime(0, from);
  loud.gain.linearRampToValueAtTime(0.12, from + 0.02);
  loud.gain.exponentialRampToValueAtTime(0.001, from + 0.3);
  voice.connect(loud).connect(context.destination);
  voice.start(from);
  voice.stop(from + 0.35);
}

/** Rings until it is silent. */
export function ring(): void {
  if (bell) return;
  const context = new AudioContext();
  const once = () => { if (context.state === 'running') [0, 0.18, 0.36].forEach((at, i) => note(context, i === 1 ? 880 : 740, at)); };
  bell = { context, timer: setInterval(once, 1800) };
  once();
}

/** Rings no more. */
export function silent(): void {
  if (!bell) return;
  clearInterval(bell.timer);
  void bell.context.close();
  bell = null;
}
