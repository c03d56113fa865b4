/**
 * An API server in memory. In: the calls of `KubeApi`, and faults by hand. Out: what a real one answers: versions, conflicts,
 * server-side apply, finalizers, generations, pages, watches. Time is the clock's. A conformance suite holds it to a real server.
 */
import {
  type ApplyOptions,
  apiVersionOf,
  type CallOptions,
  type DeleteOptions,
  type KubeApi,
  KubeError,
  keyOf,
  keyText,
  type KubeObject,
  type ListOptions,
  type ObjectKey,
  type ObjectList,
  type ObjectMeta,
  type ResourceType,
  type WatchEnd,
  type WatchOptions,
  type WriteOptions,
} from '../src/index.ts';
import type { Clock } from '@tapeline/runtime';
import { type CallName, FakeFaults } from './fake-faults.ts';
import { FakeWatches } from './fake-watches.ts';
import { applyFields, type FieldOwners, ownersAfterUpdate } from './field-owners.ts';
import { isJsonObject, isSameJson, mergeJson, withoutFields } from './json-value.ts';

/** A write that was asked for, in order; `changed` says whether the object is another by it. */
export type FakeWrite = {
  readonly call: CallName;
  readonly kind: string;
  readonly key: string;
  readonly changed: boolean;
};

/** Whether an object may be so: a sentence if not, as a CEL rule says. Asked at every write that is no deletion. */
export type Admission = (type: ResourceType, object: KubeObject, before: KubeObject | undefined) => string | undefined;

type Stored = { readonly type: ResourceType; readonly object: KubeObject; readonly owners: FieldOwners };
type Change = { readonly object: KubeObject; readonly owners: FieldOwners };
type Writing = WriteOptions & { readonly call: CallName };

/** The server. */
export class FakeKubeApi implements KubeApi {
  readonly faults: FakeFaults;
  readonly watches: FakeWatches;
  /** Every write that was accepted. */
  readonly writes: FakeWrite[] = [];
  admit: Admission = () => undefined;
  readonly #clock: Clock;
  readonly #stored = new Map<string, Stored>();
  #version = 1;
  #oldestPage = 0;
  #uids = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.watches = new FakeWatches(clock, isSelected);
    this.faults = new FakeFaults(clock, this.watches);
  }

  /** Forgets history: versions before now are GONE for watches and pages. */
  compact(): void {
    this.#version += 1;
    this.#oldestPage = this.#version;
    this.watches.compact(this.#version);
  }

  /** Tells every watch that it is up to date. */
  bookmark(): void {
    this.watches.bookmark(this.#version);
  }

  /** Does a call as somebody whom no fault touches; watches hear of it as they hear of everything. */
  async past<Value>(call: () => Promise<Value>): Promise<Value> {
    return await this.faults.suspended(call);
  }

  async get(type: ResourceType, key: ObjectKey, options: CallOptions = {}): Promise<KubeObject | undefined> {
    return await this.faults.answer('get', type, options, () => {
      checkKey(type, key);
      return cloned(this.#stored.get(idOf(type, key))?.object);
    });
  }

  async list(type: ResourceType, options: ListOptions = {}): Promise<ObjectList> {
    return await this.faults.answer('list', type, options, () => {
      const [after, version] = options.continue?.split(' ') ?? [];
      if (version !== undefined && Number(version) < this.#oldestPage) {
        throw new KubeError('GONE', `list ${type.plural}: the page is too old`, { status: 410 });
      }
      const found = [...this.#stored.entries()]
        .filter(([id, stored]) => isOfType(stored.type, type) && (after === undefined || id > after))
        .filter(([, { object }]) => isSelected(type, object, options))
        .toSorted(([a], [b]) => (a < b ? -1 : 1));
      const page = found.slice(0, options.limit ?? found.length);
      const resourceVersion = version ?? String(this.#version);
      const items = page.map(([, { object }]) => structuredClone(object));
      const lastId = page.at(-1)?.[0];
      return found.length > page.length && lastId !== undefined
        ? { items, resourceVersion, continue: `${lastId} ${resourceVersion}` }
        : { items, resourceVersion };
    });
  }

  async watch(type: ResourceType, options: WatchOptions): Promise<WatchEnd> {
    const refused = this.faults.refusalOfWatch(type);
    if (refused !== undefined) return { reason: 'failed', error: refused };
    return await this.watches.watch(type, options);
  }

  async apply(type: ResourceType, object: KubeObject, options: ApplyOptions): Promise<KubeObject> {
    return await this.faults.answer('apply', type, options, () => {
      const key = keyOf(object);
      checkKey(type, key);
      checkType(type, object);
      const before = this.#stored.get(idOf(type, key));
      if (before === undefined && options.subresource !== undefined) throw notFound(type, key);
      // The path of a status checks the version alone: of the metadata sent there nothing else is read.
      const { resourceVersion } = object.metadata;
      const versionOnly = resourceVersion === undefined ? {} : { resourceVersion };
      checkPreconditions(type, options.subresource === undefined ? object.metadata : versionOnly, before?.object, key);
      const base = before?.object ?? bare(type, key);
      const manager = `apply:${options.fieldManager}:${options.subresource ?? ''}`;
      const part = partOf(object, options.subresource);
      const result = applyFields(base, before?.owners ?? new Map(), part, { manager, force: options.force });
      if (result.kind === 'conflict') {
        const fields = result.fields.join(', ');
        throw new KubeError(
          'CONFLICT',
          `apply ${type.kind} ${keyText(key)}: ${fields} of ${result.managers.join(', ')}`,
          {
            status: 409,
          },
        );
      }
      const change = { object: result.object as KubeObject, owners: result.owners };
      return this.#write(type, before, change, { ...options, call: 'apply' });
    });
  }

  async create(type: ResourceType, object: KubeObject, options: WriteOptions = {}): Promise<KubeObject> {
    return await this.faults.answer('create', type, options, () => {
      const key = keyOf(object);
      checkKey(type, key);
      checkType(type, object);
      if (this.#stored.has(idOf(type, key))) {
        throw new KubeError('ALREADY_EXISTS', `create ${type.kind} ${keyText(key)}: it exists`, { status: 409 });
      }
      const created = partOf(object, undefined) as KubeObject;
      const owners = ownersAfterUpdate(bare(type, key), created, new Map(), managerOf(options));
      return this.#write(type, undefined, { object: created, owners }, { ...options, call: 'create' });
    });
  }

  async patch(
    type: ResourceType,
    key: ObjectKey,
    patch: Readonly<Record<string, unknown>>,
    options: WriteOptions = {},
  ): Promise<KubeObject> {
    return await this.faults.answer('patch', type, options, () => {
      checkKey(type, key);
      const before = this.#stored.get(idOf(type, key));
      if (before === undefined) throw notFound(type, key);
      const metadata = isJsonObject(patch['metadata']) ? (patch['metadata'] as Partial<ObjectMeta>) : {};
      checkPreconditions(type, metadata, before.object, key);
      const wanted = mergeJson(before.object, patch) as KubeObject;
      const object = withPart(before.object, wanted, options.subresource);
      const owners = ownersAfterUpdate(before.object, object, before.owners, managerOf(options));
      return this.#write(type, before, { object, owners }, { ...options, call: 'patch' });
    });
  }

  async delete(type: ResourceType, key: ObjectKey, options: DeleteOptions = {}): Promise<boolean> {
    return await this.faults.answer('delete', type, options, () => {
      checkKey(type, key);
      const before = this.#stored.get(idOf(type, key));
      if (before === undefined) return false;
      checkPreconditions(type, options.uid === undefined ? {} : { uid: options.uid }, before.object, key, false);
      const { metadata } = before.object;
      if (metadata.deletionTimestamp !== undefined || options.dryRun === true) return true;
      const generation = (metadata.generation ?? 0) + 1;
      const deletionTimestamp = secondsText(this.#clock.nowMs());
      const object = { ...before.object, metadata: { ...metadata, generation, deletionTimestamp } };
      this.#put(type, before, { object, owners: before.owners }, 'delete');
      return true;
    });
  }

  /** Deletes what is owned by objects that are gone, as the controller manager does; answers how many. */
  collectGarbage(): number {
    const uids = new Set([...this.#stored.values()].map(({ object }) => object.metadata.uid));
    const orphans = [...this.#stored.values()].filter(({ object }) => {
      const owners = object.metadata.ownerReferences ?? [];
      return owners.length > 0 && owners.every(({ uid }) => !uids.has(uid));
    });
    for (const { type, object } of orphans) this.#remove(type, object);
    return orphans.length;
  }

  #write(type: ResourceType, before: Stored | undefined, change: Change, writing: Writing): KubeObject {
    const old = before?.object;
    const refused = this.admit(type, change.object, old);
    if (refused !== undefined) {
      throw new KubeError('INVALID', `${writing.call} ${type.kind} ${change.object.metadata.name}: ${refused}`, {
        status: 422,
      });
    }
    if (old?.metadata.deletionTimestamp !== undefined) {
      const had = new Set(old.metadata.finalizers);
      if ((change.object.metadata.finalizers ?? []).some((finalizer) => !had.has(finalizer))) {
        const message = `${writing.call} ${type.kind}: no finalizer can be added while it is deleted`;
        throw new KubeError('INVALID', message, { status: 422 });
      }
    }
    const object = { ...change.object, metadata: this.#metadata(change.object, old) };
    if (old !== undefined && isSameJson(object, old)) {
      if (writing.dryRun !== true) {
        this.#stored.set(idOf(type, keyOf(old)), { type, object: old, owners: change.owners });
        this.#note(writing.call, type, old, false);
      }
      return structuredClone(old);
    }
    if (writing.dryRun === true) return structuredClone(object);
    return structuredClone(this.#put(type, before, { object, owners: change.owners }, writing.call));
  }

  /** What the server fills in; of what a client says about these fields only labels and the like count. */
  #metadata(object: KubeObject, old: KubeObject | undefined): ObjectMeta {
    const filled = ['uid', 'resourceVersion', 'generation', 'creationTimestamp', 'deletionTimestamp'];
    const own = withoutFields(object.metadata, ...filled) as ObjectMeta;
    if (old === undefined) {
      this.#uids += 1;
      const uid = `00000000-0000-4000-8000-${String(this.#uids).padStart(12, '0')}`;
      return { ...own, uid, generation: 1, resourceVersion: '', creationTimestamp: secondsText(this.#clock.nowMs()) };
    }
    const { uid, resourceVersion, generation = 1, creationTimestamp, deletionTimestamp } = old.metadata;
    const isNewSpec = !isSameJson(specOf(object), specOf(old));
    return {
      ...own,
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
      generation: isNewSpec ? generation + 1 : generation,
    };
  }

  /** Stores a change, or takes the object away if its deletion waited for nothing more, and tells the watches. */
  #put(type: ResourceType, before: Stored | undefined, change: Change, call: CallName): KubeObject {
    const { metadata } = change.object;
    if (metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).length === 0) {
      return this.#remove(type, change.object, call);
    }
    this.#version += 1;
    const object = { ...change.object, metadata: { ...metadata, resourceVersion: String(this.#version) } };
    this.#stored.set(idOf(type, keyOf(object)), { type, object, owners: change.owners });
    this.#note(call, type, object, true);
    const was = before === undefined ? {} : { before: before.object };
    this.watches.add({ version: this.#version, type, ...was, after: object });
    return object;
  }

  #remove(type: ResourceType, object: KubeObject, call: CallName = 'delete'): KubeObject {
    const id = idOf(type, keyOf(object));
    const before = this.#stored.get(id)?.object ?? object;
    this.#version += 1;
    this.#stored.delete(id);
    const last = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } };
    this.#note(call, type, last, true);
    this.watches.add({ version: this.#version, type, before, last });
    return last;
  }

  #note(call: CallName, type: ResourceType, object: KubeObject, changed: boolean): void {
    this.writes.push({ call, kind: type.kind, key: keyText(keyOf(object)), changed });
  }
}

function bare(type: ResourceType, key: ObjectKey): KubeObject {
  return { apiVersion: apiVersionOf(type), kind: type.kind, metadata: { ...key } };
}

/** What a write to an object, or to a part of it, may change: status has a path of its own. */
function partOf(object: KubeObject, subresource: WriteOptions['subresource']): KubeObject {
  const { apiVersion, kind, metadata, status, ...rest } = object;
  if (subresource === undefined) return { apiVersion, kind, metadata, ...rest };
  if (subresource === 'scale')
    throw new KubeError('UNEXPECTED', 'the fake API server has no scale; patch spec instead');
  return { apiVersion, kind, metadata: keyOf(object), ...(status === undefined ? {} : { status }) };
}

function withPart(before: KubeObject, wanted: KubeObject, subresource: WriteOptions['subresource']): KubeObject {
  if (subresource === 'scale')
    throw new KubeError('UNEXPECTED', 'the fake API server has no scale; patch spec instead');
  const [outer, inner] = subresource === 'status' ? [before, wanted] : [wanted, before];
  const rest = withoutFields(outer, 'status');
  return (inner['status'] === undefined ? rest : { ...rest, status: inner['status'] }) as KubeObject;
}

function specOf(object: KubeObject): unknown {
  return withoutFields(object, 'metadata', 'status');
}

function managerOf({ fieldManager = 'unknown', subresource }: WriteOptions): string {
  return `update:${fieldManager}:${subresource ?? ''}`;
}

function checkKey(type: ResourceType, { namespace, name }: ObjectKey): void {
  if (type.isNamespaced !== (namespace !== undefined)) {
    throw new KubeError('INVALID', `${type.kind} ${name} ${type.isNamespaced ? 'needs a' : 'lives in no'} namespace`);
  }
}

function checkType(type: ResourceType, { apiVersion, kind }: KubeObject): void {
  if (apiVersion === apiVersionOf(type) && kind === type.kind) return;
  throw new KubeError('INVALID', `${kind} of ${apiVersion} was sent as ${type.kind} of ${apiVersionOf(type)}`, {
    status: 400,
  });
}

function checkPreconditions(
  type: ResourceType,
  { uid, resourceVersion }: Partial<ObjectMeta>,
  now: KubeObject | undefined,
  key: ObjectKey,
  isWrite = true,
): void {
  const isOther = uid !== undefined && uid !== now?.metadata.uid;
  const isOlder = resourceVersion !== undefined && resourceVersion !== now?.metadata.resourceVersion;
  if (isOther && now !== undefined && isWrite) {
    throw new KubeError('INVALID', `${type.kind} ${keyText(key)}: metadata.uid cannot be changed`, { status: 422 });
  }
  if (!isOther && !isOlder) return;
  const what = isOther ? `has another uid than ${uid}` : 'has been modified';
  throw new KubeError('CONFLICT', `${type.kind} ${keyText(key)} ${what}`, { status: 409 });
}

function notFound(type: ResourceType, key: ObjectKey): KubeError {
  return new KubeError('NOT_FOUND', `${type.kind} ${keyText(key)} not found`, { status: 404 });
}

function isOfType(a: ResourceType, b: ResourceType): boolean {
  return a.group === b.group && a.plural === b.plural;
}

function idOf({ group, plural }: ResourceType, key: ObjectKey): string {
  return `${group}/${plural}/${keyText(key)}`;
}

function isSelected(
  _type: ResourceType,
  object: KubeObject,
  { namespace, labels = {}, fields = {} }: ListOptions,
): boolean {
  const { metadata } = object;
  if (namespace !== undefined && metadata.namespace !== namespace) return false;
  if (!Object.entries(labels).every(([name, value]) => metadata.labels?.[name] === value)) return false;
  return Object.entries(fields).every(([path, value]) => {
    let at: unknown = object;
    for (const name of path.split('.')) at = isJsonObject(at) ? at[name] : undefined;
    return at === value;
  });
}

function cloned(object: KubeObject | undefined): KubeObject | undefined {
  return object === undefined ? undefined : structuredClone(object);
}

function secondsText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
