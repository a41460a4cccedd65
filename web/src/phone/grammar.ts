// The grammar of SIP for the phone of a page, in place of the generated one of JsSIP, which weighs as much as the Workspace itself: the same answers
// (grammar.test.ts compares them), without the productions that no header of JsSIP asks for. JsSIP wants -1 for what is ill-formed, never an exception.
import { NameAddrHeader, URI } from './names.cjs';

type Params = Record<string, string | null>;
type Parsed = unknown;

const token = "[\\w\\-.!%*+`'~]+";
const quoted = '"(?:[^"\\\\]|\\\\.)*"';
const host = '(?:\\[[0-9a-f:.]+\\]|[\\w\\-.]+)';

const line = {
  status: /^(SIP\/\d+\.\d+) (\d{3}) (.*)$/i,
  request: new RegExp(`^(${token}) (\\S+) (SIP/\\d+\\.\\d+)$`, 'i'),
  via: new RegExp(`^\\s*(${token})\\s*/\\s*${token}\\s*/\\s*(${token})\\s+(${host})(?:\\s*:\\s*(\\d+))?\\s*(?=;|$)`, 'i'),
  uri: new RegExp(`^(sips?):(?:([^@;?<>"\\s][^@<>"\\s]*)@)?(${host})(?::(\\d{1,5}))?((?:;[^;?<>"\\s]+)*)(?:\\?([^<>"\\s]+))?$`, 'i'),
  absolute: new RegExp(`^([a-z][a-z0-9+.\\-]*):(?://)?(${host})(?::(\\d+))?(?:[/?].*)?$`, 'i'),
  other: /^([a-z][a-z0-9+.-]*):\S+$/i,
  name: new RegExp(`^\\s*(?:(${quoted})|((?:${token}\\s+)*${token}(?=\\s*<)))?\\s*<([^<>\\s]+)>`, 'i'),
  bare: /^\s*([^\s;,?<>"]+)/,
  param: new RegExp(`^\\s*;\\s*(${token})(?:\\s*=\\s*(${quoted}|${token}|${host}))?\\s*`, 'i'),
  auth: new RegExp(`^\\s*(${token})\\s*=\\s*(${quoted}|[^\\s,"]+)\\s*(?:,|$)`),
  uuid: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i,
  ipv4: /^\d{1,3}(\.\d{1,3}){3}$/,
};

const bare = (s: string) => (s.startsWith('"') ? s.slice(1, -1) : s);

// A failed rule ends in here: one way out for all of them.
class Malformed extends Error {}

function need<T>(found: T | null | undefined): T {
  if (found === null || found === undefined) throw new Malformed();
  return found;
}

// Whole is the match of a rule that must cover all of its input.
function whole(input: string, rule: string): RegExpExecArray {
  return need(new RegExp(`^(?:${rule})$`, 'i').exec(input));
}

// Params reads parameters from a place on, and says where they end; with Values, quotes are taken off.
function params(input: string, at: number): { params: Params; end: number } {
  const found: Params = {};
  for (;;) {
    const m = line.param.exec(input.slice(at));
    if (!m) return { params: found, end: at };
    found[need(m[1]).toLowerCase()] = m[2] ?? null;
    at += m[0].length;
  }
}

// Rest is the parameters that end the input.
function rest(input: string, at: number): Params {
  const p = params(input, at);
  if (input.slice(p.end).trim() !== '') throw new Malformed();
  return p.params;
}

function uri(input: string): URI {
  const [, scheme, userinfo, name, port, parameters, headers] = need(line.uri.exec(input));
  const listed: Params = {};
  for (const one of (parameters ?? '').split(';').slice(1)) {
    const [key, value] = halves(one, '=');
    const lower = key.toLowerCase();
    listed[lower] = value === undefined ? null : lower === 'transport' || lower === 'user' || lower === 'method' ? value.toLowerCase() : value;
  }
  const wanted: Record<string, string[]> = {};
  for (const one of (headers ?? '').split('&').filter(Boolean)) {
    const [key, value] = halves(one, '=');
    (wanted[key] ??= []).push(value ?? '');
  }
  const user = userinfo === undefined ? undefined : decodeURIComponent(userinfo);
  return new URI(
    need(scheme).toLowerCase(), user as string, need(name).toLowerCase(), port === undefined ? undefined : Number(port), listed, wanted,
  );
}

function halves(s: string, by: string): [string, string | undefined] {
  const i = s.indexOf(by);
  return i < 0 ? [s, undefined] : [s.slice(0, i), s.slice(i + 1)];
}

// Address reads one name-addr or addr-spec with its parameters, from a place on.
function address(input: string, at: number): { parsed: NameAddrHeader; end: number } {
  const text = input.slice(at);
  const named = line.name.exec(text);
  const m = named ?? need(line.bare.exec(text));
  const target = uri(need(named ? named[3] : m[1]));
  const name = named?.[1] === undefined ? named?.[2]?.trim() : bare(named[1]).replace(/\\(.)/g, '$1');
  const { params: found, end } = params(input, at + m[0].length);
  return { parsed: new NameAddrHeader(target, name as string, found), end };
}

function oneAddress(input: string): NameAddrHeader {
  const { parsed, end } = address(input, 0);
  if (input.slice(end).trim() !== '') throw new Malformed();
  return parsed;
}

// Addresses reads a list of them. The misspelt name is what JsSIP reads.
function addresses(input: string): Parsed {
  const list: { possition: number; offset: number; parsed: NameAddrHeader }[] = [];
  for (let at = 0; ; at++) {
    const { parsed, end } = address(input, at);
    list.push({ possition: at, offset: end, parsed });
    if (end >= input.length) return list;
    if (input[end] !== ',') throw new Malformed();
    at = end;
  }
}

function firstLine(input: string): Parsed {
  const status = line.status.exec(input);
  if (status) return statusLine(input);
  const [, method, target, version] = need(line.request.exec(input));
  const at = need(target);
  if (/^sips?:/i.test(at)) return { method, uri: uri(at), sip_version: version };
  return { method, scheme: need(line.other.exec(at))[1], sip_version: version };
}

function statusLine(input: string): Parsed {
  const [, version, code, reason] = need(line.status.exec(input));
  return { sip_version: version, status_code: Number(code), reason_phrase: reason };
}

function kind(name: string): string {
  if (name.startsWith('[')) return 'IPv6';
  return line.ipv4.test(name) ? 'IPv4' : 'domain';
}

function via(input: string): Parsed {
  const m = need(line.via.exec(input));
  const { branch, received, rport, ttl, maddr, ...others } = rest(input, m[0].length);
  const name = need(m[3]).toLowerCase();
  return {
    protocol: m[1], transport: m[2], host_type: kind(name), host: name, port: m[4] === undefined ? undefined : Number(m[4]),
    branch: branch ?? undefined, received: received ?? undefined, rport: rport ? Number(rport) : undefined,
    ttl: ttl ? Number(ttl) : undefined, maddr: maddr ?? undefined, params: some(others),
  };
}

// Some is parameters, if there are any.
function some(found: Params): Params | undefined {
  return Object.keys(found).length > 0 ? found : undefined;
}

// Headed is a first word and the parameters after it.
function headed(input: string, rule: string): { first: string; params: Params } {
  const m = need(new RegExp(`^\\s*(${rule})\\s*(?=;|$)`, 'i').exec(input));
  return { first: need(m[1]), params: rest(input, m[0].length) };
}

function sessionExpires(input: string): Parsed {
  const { first, params: p } = headed(input, '\\d+');
  return { expires: Number(first), refresher: p.refresher?.toLowerCase() };
}

function replaces(input: string): Parsed {
  const { first, params: p } = headed(input, '[^;\\s]+');
  return { call_id: first, to_tag: p['to-tag'] ?? undefined, from_tag: p['from-tag'] ?? undefined, early_only: 'early-only' in p ? true : undefined };
}

function event(input: string): Parsed {
  const { first, params: p } = headed(input, token);
  return { event: first.toLowerCase(), params: some(p) };
}

function subscriptionState(input: string): Parsed {
  const { first, params: { expires, reason, 'retry-after': after, ...others } } = headed(input, token);
  return {
    state: first, expires: expires ? Number(expires) : undefined, reason: reason ?? undefined, retry_after: after ? Number(after) : undefined,
    params: some(others),
  };
}

function reason(input: string): Parsed {
  const { first, params: { cause, text, ...others } } = headed(input, token);
  return { protocol: first.toLowerCase(), cause: cause ? Number(cause) : undefined, text: text ? bare(text) : undefined, params: others };
}

function challenge(input: string): Parsed {
  let text = need(/^\s*Digest\s+(.*)$/i.exec(input))[1] ?? '';
  const found: Record<string, string> = {};
  while (text !== '') {
    const m = need(line.auth.exec(text));
    found[need(m[1]).toLowerCase()] = bare(need(m[2])).replace(/\\(.)/g, '$1');
    text = text.slice(m[0].length).trimStart();
  }
  const { realm, nonce, opaque, algorithm, stale, qop } = found;
  return {
    realm, nonce, opaque, algorithm: algorithm?.toUpperCase(), stale: stale === undefined ? undefined : stale.toLowerCase() === 'true',
    qop: qop?.split(',').map((q) => q.trim().toLowerCase()),
  };
}

function sequence(input: string): Parsed {
  const [, value, method] = whole(input, `(\\d+)\\s+(${token})`);
  return { value: Number(value), method };
}

function absolute(input: string): Parsed {
  const [, scheme, name, port] = need(line.absolute.exec(input));
  return { scheme: need(scheme).toLowerCase(), host: need(name).toLowerCase(), port: port === undefined ? undefined : Number(port) };
}

const number = (input: string) => Number(need(whole(input, '(\\d+)')[1]));

const rules: Record<string, (input: string) => Parsed> = {
  Request_Response: firstLine,
  Status_Line: statusLine,
  SIP_URI: uri,
  absoluteURI: absolute,
  host: (s) => ({ host_type: kind(whole(s, host)[0]), host: s.toLowerCase() }),
  uuid: (s) => need(line.uuid.exec(s))[0],
  quoted_string: (s) => ({ quoted: whole(s, quoted)[0] }),
  Name_Addr_Header: (s) => need(line.name.exec(s)) && oneAddress(s),
  From: oneAddress,
  To: oneAddress,
  Refer_To: oneAddress,
  Contact: addresses,
  Record_Route: addresses,
  Via: via,
  CSeq: sequence,
  Call_ID: (s) => whole(s, '\\S+')[0],
  Content_Length: number,
  Max_Forwards: number,
  Expires: number,
  Min_Expires: number,
  Content_Type: (s) => (headed(s, `${token}/${token}`), s),
  Session_Expires: sessionExpires,
  Replaces: replaces,
  Event: event,
  Subscription_State: subscriptionState,
  Reason: reason,
  WWW_Authenticate: challenge,
  Proxy_Authenticate: challenge,
};

/** Parse reads an input by the rule of that name, as JsSIP's grammar does: what the rule makes of it, or -1 if it is ill-formed or the rule unknown. */
export function parse(input: string, rule: string): Parsed {
  try {
    return need(rules[rule])(input);
  } catch (e) {
    if (e instanceof Malformed || e instanceof URIError || e instanceof TypeError) return -1;
    throw e;
  }
}
