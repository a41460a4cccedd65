// The order of codecs in what we offer. A call of the public network is PCMA: what begins so needs no codec on its way.

const first = ['PCMA', 'PCMU'];

/** Puts PCMA, then PCMU before the other codecs of the audio line. Nothing else changes. */
export function preferPCMA(sdp: string): string {
  const lines = sdp.split('\r\n');
  const at = lines.findIndex((l) => l.startsWith('m=audio '));
  if (at < 0) return sdp;
  const names = new Map<string, string>([['8', 'PCMA'], ['0', 'PCMU']]); // fixed by RFC 3551
  for (const line of lines) {
    const m = /^a=rtpmap:(\d+) ([^/]+)\//.exec(line);
    if (m) names.set(m[1]!, m[2]!.toUpperCase());
  }
  const [media, port, profile, ...types] = lines[at]!.split(' ');
  const rank = (type: string) => {
    const i = first.indexOf(names.get(type) ?? '');
    return i < 0 ? first.length : i;
  };
  const sorted = types.map((type, i) => ({ type, i })).sort((a, b) => rank(a.type) - rank(b.type) || a.i - b.i).map((x) => x.type);
  lines[at] = [media, port, profile, ...sorted].join(' ');
  return lines.join('\r\n');
}

/** Whether a candidate lets the call begin: the server has a public address and answers the first one that reaches it. */
export function enough(candidate: string): boolean {
  return / typ (host|srflx|prflx) /.test(` ${candidate} `);
}
