// The API of the program, typed by its OpenAPI description (schema.d.ts is made of openapi.yaml by `npm run types`).
import type { paths, components } from './schema';
import { learnTime } from './time';
import { language } from '../i18n/words';

export type Schemas = components['schemas'];
export type Path = keyof paths;
export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** The paths that know a method. */
export type PathOf<M extends Method> = { [P in Path]: paths[P][M] extends { responses: unknown } ? P : never }[Path];

type Op<P extends Path, M extends Method> = NonNullable<paths[P][M]>;
type Params<O, K extends string> = O extends { parameters: infer A } ? (K extends keyof A ? NonNullable<A[K]> : never) : never;
type BodyOf<O> = O extends { requestBody?: infer B } ? (NonNullable<B> extends { content: infer C } ? C[keyof C] : never) : never;
type Success<R> = R extends object ? R[Extract<keyof R, 200 | 201 | 202 | 204>] : never;
type Answer<O> = O extends { responses: infer R }
  ? Success<R> extends { content: infer C } ? ('application/json' extends keyof C ? C['application/json'] : unknown) : undefined
  : never;

/** What a request takes beside its path. */
export interface Asked<O> {
  path?: Params<O, 'path'>;
  query?: Params<O, 'query'>;
  body?: BodyOf<O>;
  /** Only if the object is still as this ETag says (412 otherwise). */
  ifMatch?: string | null;
  /** The same key twice is one request. */
  idempotencyKey?: string;
  signal?: AbortSignal;
}

/** An answer with the version of the object. */
export interface Versioned<T> { data: T; etag: string | null }

export interface Fault { location?: string; message: string; code?: string; row?: string }

/** A problem of the API (RFC 9457). Title and detail are in the reader's language. */
export class Problem extends Error {
  status: number;
  code: string;
  title: string;
  detail: string;
  errors: Fault[];
  choices: string[];
  difference: Schemas['FlowDifference'] | undefined;
  retryAfter: number | null;

  constructor(status: number, body: Record<string, unknown>, retryAfter: number | null = null) {
    super(String(body['detail'] || body['title'] || status));
    this.status = status;
    this.code = String(body['code'] ?? 'unknown');
    this.title = String(body['title'] ?? '');
    this.detail = String(body['detail'] ?? '');
    this.errors = (body['errors'] as Fault[] | undefined) ?? [];
    this.choices = (body['choices'] as string[] | undefined) ?? [];
    this.difference = body['difference'] as Schemas['FlowDifference'] | undefined;
    this.retryAfter = retryAfter;
  }

  /** What is wrong with one field of the body ("body.name"), or with what is in it, if anything. */
  about(field: string): string | undefined {
    return this.errors.find((e) => e.location === field || e.location === `body.${field}` || e.location?.startsWith(`body.${field}.`) || e.location?.startsWith(`body.${field}[`))?.message;
  }
}

/** What happens when the server says that nobody is signed in (401): set by the entry. */
export const door = { signedOut: () => {} };

function address(path: string, path_: Record<string, unknown> | undefined, query: Record<string, unknown> | undefined): string {
  const filled = path.replace(/\{([^}]+)\}/g, (_, name: string) => encodeURIComponent(String(path_?.[name] ?? '')));
  const q = new URLSearchParams();
  for (const [k, v] of Object.entries(query ?? {})) {
    if (v === undefined || v === null || v === '') continue;
    q.append(k, Array.isArray(v) ? v.join(',') : String(v)); // a list is one value with commas
  }
  const tail = q.toString();
  return tail ? `${filled}?${tail}` : filled;
}

/** Asks anything of our own server. It throws a Problem for what is refused, and one of code "offline" where no answer comes. */
export async function send(method: string, url: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set('Accept-Language', language.value);
  let response: Response;
  try {
    response = await fetch(url, { ...init, method: method.toUpperCase(), headers, credentials: 'same-origin' });
  } catch (e) {
    if (e instanceof DOMException && e.name === 'AbortError') throw e;
    throw new Problem(0, { code: 'offline', title: 'offline' });
  }
  learnTime(response.headers.get('Date'));
  if (response.ok) return response;
  const body = (await response.json().catch(() => ({ title: response.statusText }))) as Record<string, unknown>;
  if (response.status === 401) door.signedOut();
  const wait = response.headers.get('Retry-After');
  throw new Problem(response.status, body, wait === null ? null : Number(wait));
}

async function ask<M extends Method, P extends PathOf<M>>(method: M, path: P, asked: Asked<Op<P, M>> = {}): Promise<Versioned<Answer<Op<P, M>>>> {
  const headers: Record<string, string> = {};
  const init: RequestInit = { headers };
  if (asked.body !== undefined) {
    headers['Content-Type'] = method === 'patch' ? 'application/merge-patch+json' : 'application/json';
    init.body = JSON.stringify(asked.body);
  }
  if (asked.ifMatch) headers['If-Match'] = asked.ifMatch;
  if (asked.idempotencyKey) headers['Idempotency-Key'] = asked.idempotencyKey;
  if (asked.signal) init.signal = asked.signal;
  const r = await send(method, address(path, asked.path as Record<string, unknown>, asked.query as Record<string, unknown>), init);
  const data = (r.status === 204 ? undefined : await r.json()) as Answer<Op<P, M>>;
  return { data, etag: r.headers.get('ETag') };
}

/** The API: api.get('/api/v1/users/{id}', {path: {id}}). */
export const api = {
  get: async <P extends PathOf<'get'>>(path: P, asked?: Asked<Op<P, 'get'>>) => (await ask('get', path, asked)).data,
  post: async <P extends PathOf<'post'>>(path: P, asked?: Asked<Op<P, 'post'>>) => (await ask('post', path, asked)).data,
  put: async <P extends PathOf<'put'>>(path: P, asked?: Asked<Op<P, 'put'>>) => (await ask('put', path, asked)).data,
  patch: async <P extends PathOf<'patch'>>(path: P, asked?: Asked<Op<P, 'patch'>>) => (await ask('patch', path, asked)).data,
  delete: async <P extends PathOf<'delete'>>(path: P, asked?: Asked<Op<P, 'delete'>>) => (await ask('delete', path, asked)).data,
  /** The same, with the object's version for a later If-Match. */
  versioned: ask,
};
