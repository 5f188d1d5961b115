#!/usr/bin/env python3
"""Verifies a Fedseal export a second time, with nothing in common with the coordinator's own code.

    python3 tools/verify.py DIR            a folder that `fedseal export` wrote: everything in it
    python3 tools/verify.py chain.fsl      the chain alone: headers, tree, proof of work, signatures, rules
    python3 tools/verify.py DIR --format json

Exit status: 0 it verifies; 1 it does not, and the output says which block, leaf and rule; 2 wrong usage; 3 this program failed.

Written from docs/CHAIN.md and docs/AGGREGATE.md; the section names in comments are theirs. Python 3.9 or newer, standard library
only. Where the package `cryptography` is installed, it checks the signatures (faster, same answers); `--ed25519 own` does without.

The file reads from top to bottom: primitives, strict JSON, leaves, tree, headers, the rules of each kind of leaf, the chain;
then tensors, plans, the sum and the strategies; rounds; the folder; the command.
"""

import argparse
import base64
import hashlib
import json
import math
import os
import re
import struct
import sys
import time
from array import array
from decimal import Decimal
from typing import NamedTuple

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:
    Ed25519PublicKey = None

MAX_SAFE = 2**53 - 1


class Refusal(Exception):
    """A rule is broken. `rule` is its name in the documents, `block` and `leaf` say where (None where there is none)."""

    def __init__(self, rule, sentence):
        super().__init__(sentence)
        self.rule = rule
        self.block = None
        self.leaf = None

    def at(self, block=None, leaf=None):
        """Fills in the place, unless a deeper one is known already."""
        self.block = block if self.block is None else self.block
        self.leaf = leaf if self.leaf is None else self.leaf
        return self


class UsageError(Exception):
    """The command was called with something that is no export."""


def require(holds, rule, sentence):
    """Every rule in this file is one call of this function."""
    if not holds:
        raise Refusal(rule, sentence)


def sha256(*parts):
    """H of the documents, over the parts joined."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.digest()


# ---------------------------------------------------------------------------------------------------------------------
# Ed25519 (CHAIN.md, Primitives). Points are (X, Y, Z, T) with x = X/Z, y = Y/Z, x·y = T/Z, as in RFC 8032, 5.1.4.

FIELD = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
CURVE_D = -121665 * pow(121666, FIELD - 2, FIELD) % FIELD
ROOT_OF_MINUS_ONE = pow(2, (FIELD - 1) // 4, FIELD)
IDENTITY = (0, 1, 1, 0)


def point_add(p, q):
    """RFC 8032's complete addition; it doubles too."""
    a = (p[1] - p[0]) * (q[1] - q[0]) % FIELD
    b = (p[1] + p[0]) * (q[1] + q[0]) % FIELD
    c = 2 * p[3] * q[3] * CURVE_D % FIELD
    d = 2 * p[2] * q[2] % FIELD
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % FIELD, g * h % FIELD, f * g % FIELD, e * h % FIELD)


def point_multiply(scalar, point):
    result = IDENTITY
    for bit in bin(scalar)[2:]:
        result = point_add(result, result)
        if bit == "1":
            result = point_add(result, point)
    return result


def is_identity(p):
    return p[0] % FIELD == 0 and (p[1] - p[2]) % FIELD == 0


def point_encode(p):
    inverse = pow(p[2], FIELD - 2, FIELD)
    x, y = p[0] * inverse % FIELD, p[1] * inverse % FIELD
    return (y | (x & 1) << 255).to_bytes(32, "little")


def point_decode(raw):
    """The point of a canonical encoding, or None: y < p, the point lies on the curve, and x = 0 has no sign bit."""
    number = int.from_bytes(raw, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    if y >= FIELD:
        return None
    square = (y * y - 1) * pow(CURVE_D * y * y + 1, FIELD - 2, FIELD) % FIELD
    x = pow(square, (FIELD + 3) // 8, FIELD)
    if (x * x - square) % FIELD != 0:
        x = x * ROOT_OF_MINUS_ONE % FIELD
    if (x * x - square) % FIELD != 0 or (x == 0 and sign == 1):
        return None
    if x & 1 != sign:
        x = FIELD - x
    return (x, y, 1, x * y % FIELD)


BASE_POINT = point_decode((4 * pow(5, FIELD - 2, FIELD) % FIELD).to_bytes(32, "little"))


def check_public_key(raw):
    """What is asked, once, of every key that a leaf brings into the chain."""
    point = point_decode(raw)
    require(point is not None, "key.encoding", "A public key is not the canonical encoding of a point.")
    require(not is_identity(point_multiply(8, point)), "key.small-order", "A public key has a small order.")
    require(is_identity(point_multiply(ORDER, point)), "key.torsion", "A public key is not torsion-free.")


def own_signature_valid(public_key, message, signature):
    """S < L, and the encoding of S·B − k·A is the 32 bytes R: no cofactor. @param public_key one that was checked"""
    scalar = int.from_bytes(signature[32:], "little")
    if scalar >= ORDER:
        return False
    x, y, z, t = point_decode(public_key)
    minus_a = (FIELD - x, y, z, FIELD - t)
    challenge = hashlib.sha512(signature[:32] + public_key + message).digest()
    k = int.from_bytes(challenge, "little") % ORDER
    sums = (None, BASE_POINT, minus_a, point_add(BASE_POINT, minus_a))
    result = IDENTITY
    for bit in range(252, -1, -1):
        result = point_add(result, result)
        chosen = sums[(scalar >> bit & 1) | (k >> bit & 1) << 1]
        if chosen is not None:
            result = point_add(result, chosen)
    return point_encode(result) == signature[:32]


def library_signature_valid(public_key, message, signature):
    """OpenSSL's check, which is the same equation."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
        return True
    except (InvalidSignature, ValueError):
        return False


signature_valid = own_signature_valid if Ed25519PublicKey is None else library_signature_valid


def pre_auth_encoding(kind, payload):
    """DSSE's PAE: the bytes that a signature covers."""
    name = b"application/vnd.fedseal.%s.v1+json" % kind.encode()
    return b"DSSEv1 %d %s %d %s" % (len(name), name, len(payload), payload)


# ---------------------------------------------------------------------------------------------------------------------
# Strict JSON (CHAIN.md). Python's parser finds what is not JSON; its hooks see each number and each object before anything is
# rounded or lost; and what does not re-encode to the very bytes given is refused whatever the parser thought of it.

SURROGATE = re.compile("[\ud800-\udfff]")


def read_strict_json(data):
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refusal("json.utf8", "The JSON is not UTF-8.") from error
    try:
        value = json.loads(text, object_pairs_hook=json_object, parse_int=json_integer, parse_float=refuse_number, parse_constant=refuse_constant)
    except RecursionError as error:
        raise Refusal("json.depth", "The JSON is nested more than 64 deep.") from error
    except ValueError as error:
        raise Refusal("json.syntax", "This is not JSON: %s." % error) from error
    check_depth_and_text(value, 0)
    require(canonical_json(value) == data, "json.canonical", "The JSON is not in its canonical form.")
    return value


def json_object(pairs):
    keys = [key for key, _ in pairs]
    require(len(set(keys)) == len(keys), "json.duplicate-key", "An object has two equal keys.")
    require("__proto__" not in keys, "json.proto", "An object has the key __proto__.")
    return dict(pairs)


def json_integer(digits):
    require(len(digits) <= 17 and abs(int(digits)) <= MAX_SAFE and digits != "-0", "json.number", "A number is -0 or beyond 2^53 - 1.")
    return int(digits)


def refuse_number(digits):
    raise Refusal("json.number", "The number %s has a fraction or an exponent." % digits[:40])


def refuse_constant(word):
    raise Refusal("json.syntax", "%s is not JSON." % word)


def check_depth_and_text(value, depth):
    """A scalar at the top is at depth 0, the members of an object at the top at depth 1."""
    require(depth <= 64, "json.depth", "The JSON is nested more than 64 deep.")
    if isinstance(value, str):
        require(not SURROGATE.search(value), "json.surrogate", "A string holds half of a surrogate pair.")
    elif isinstance(value, dict):
        for key, member in value.items():
            require(not SURROGATE.search(key), "json.surrogate", "A key holds half of a surrogate pair.")
            check_depth_and_text(member, depth + 1)
    elif isinstance(value, list):
        for member in value:
            check_depth_and_text(member, depth + 1)


def canonical_text(value):
    """RFC 8785 for what the strict profile leaves: keys by UTF-16 code units; Python escapes strings as JCS does."""
    if isinstance(value, dict):
        members = sorted(value.items(), key=lambda member: member[0].encode("utf-16-be"))
        return "{%s}" % ",".join(json.dumps(key, ensure_ascii=False) + ":" + canonical_text(member) for key, member in members)
    if isinstance(value, list):
        return "[%s]" % ",".join(map(canonical_text, value))
    return json.dumps(value, ensure_ascii=False)


def canonical_json(value):
    return canonical_text(value).encode("utf-8")


# ---------------------------------------------------------------------------------------------------------------------
# Schemas (CHAIN.md, "Payloads and rules by kind"). A schema is a function from a value to whether it fits, or a dict of
# schemas for an object with exactly those fields, or a list with one schema for an array.


def fits(schema, value):
    if isinstance(schema, dict):
        return isinstance(value, dict) and value.keys() == schema.keys() and all(fits(schema[key], value[key]) for key in schema)
    if isinstance(schema, list):
        return isinstance(value, list) and all(fits(schema[0], member) for member in value)
    return schema(value)


def integer(least, most=MAX_SAFE):
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def pattern(expression, longest=MAX_SAFE):
    compiled = re.compile(expression)
    return lambda value: isinstance(value, str) and len(value) <= longest and compiled.fullmatch(value) is not None


def one_of(*values):
    return lambda value: type(value) in (str, int) and value in values


def text(longest, forbidden=None):
    """A string of 1 to `longest` code points, without certain characters."""
    return lambda value: isinstance(value, str) and 1 <= len(value) <= longest and (forbidden is None or forbidden.search(value) is None)


def at_most(count, schema):
    return lambda value: fits([schema], value) and len(value) <= count


def nullable(schema):
    return lambda value: value is None or fits(schema, value)


def mapping(key, member):
    return lambda value: isinstance(value, dict) and all(key(name) and member(item) for name, item in value.items())


HASH = pattern("[0-9a-f]{64}")
UINT = integer(0)
POSITIVE = integer(1)
NAME = text(80, re.compile("[\u0000-\u001f\u007f-\u009f\u2028\u2029]"))
CODE = pattern("[a-z][a-z0-9-]{0,62}")
RUN_ID = pattern("[a-z0-9][a-z0-9-]{0,62}")
NOT_IN_ORIGIN = re.compile("[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000+]")  # Unicode white space
BIGINT = pattern("0|[1-9][0-9]{0,79}")
DECIMAL = pattern(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?", 40)
METRICS = mapping(pattern("[a-z][a-zA-Z0-9_.]{0,39}"), DECIMAL)
BLOB = {"sha256": HASH, "bytes": POSITIVE}
ARTIFACT = {"sha256": HASH, "tensorRoot": HASH, "bytes": POSITIVE}
GRID = {"s": integer(-64, 64), "bound": POSITIVE, "aMax": POSITIVE}
DIFFICULTY = {"k": integer(0, 224), "m": integer(2**31, 2**32 - 1)}
ATTEMPT = {"run": RUN_ID, "round": POSITIVE, "attempt": POSITIVE}

CHARTER = {
    "version": one_of(1), "name": NAME, "createdAtMs": UINT, "salt": pattern("[0-9a-f]{32}"), "operator": HASH,
    "founders": at_most(64, HASH), "origin": NAME,
    "proofOfWork": {"sigmaPpm": POSITIVE, "window": integer(1, 4096), "floor": BIGINT, "start": DIFFICULTY},
    "witnesses": {"quorum": UINT, "keys": at_most(64, HASH)},
}

ROUND_OPEN = {
    **ATTEMPT, "base": ARTIFACT, "seed": {"height": UINT, "blockHash": HASH}, "candidates": BLOB,
    "cohort": {"root": HASH, "size": POSITIVE},
    "policy": {
        "quorum": POSITIVE, "target": POSITIVE, "deadlineMs": POSITIVE,
        "weighting": one_of("examples", "uniform"), "examplesCap": POSITIVE,
    },
    "grid": GRID, "deadlineAtMs": POSITIVE,
}

ROUND_CLOSE = {
    "_type": one_of("https://in-toto.io/Statement/v1"),
    "subject": lambda value: fits([{"name": one_of("model.safetensors"), "digest": {"sha256": HASH}}], value) and len(value) == 1,
    "predicateType": one_of("urn:fedseal:round.close:v1"),
    "predicate": {
        **ATTEMPT, "base": HASH, "model": ARTIFACT,
        "aggregator": {"name": CODE, "parameters": mapping(lambda key: True, lambda item: isinstance(item, str))},
        "updates": {"root": HASH, "count": POSITIVE}, "weights": BLOB, "denominator": BIGINT, "grid": GRID,
        "serverState": nullable(HASH),
    },
}

# Kind numbers, their names and their schemas; every payload but the charter's has `chain` too.
KINDS = {
    1: ("charter", CHARTER),
    2: ("block.link", None),
    3: ("operator.rotate", {"key": HASH}),
    4: ("node.add", {"key": HASH, "role": one_of("mirror", "miner", "witness"), "address": NAME}),
    5: ("node.remove", {"key": HASH}),
    6: ("contributor.enrol", {"key": HASH, "name": NAME, "role": one_of("contributor", "evaluator"), "invitation": HASH}),
    7: ("contributor.rotate", {"contributor": HASH, "key": HASH}),
    8: ("contributor.revoke", {"contributor": HASH, "reason": CODE}),
    9: ("resource.register", {
        "contributor": HASH, "device": NAME, "backend": NAME, "memoryBytes": UINT, "imagesPerSecond": DECIMAL, "software": HASH,
    }),
    10: ("run.create", {
        "run": RUN_ID, "plan": BLOB, "initial": ARTIFACT,
        "retention": {"updates": one_of("all", "last", "hashes"), "rounds": UINT},
    }),
    11: ("run.end", {
        "run": RUN_ID, "outcome": one_of("completed", "failed", "stopped"), "reason": CODE, "rounds": UINT, "model": ARTIFACT,
    }),
    12: ("round.open", ROUND_OPEN),
    13: ("update.commit", {
        **ATTEMPT, "contributor": HASH, "base": HASH, "update": ARTIFACT, "examples": POSITIVE, "metrics": METRICS,
        "seen": {"height": UINT, "blockHash": HASH, "treeSize": POSITIVE, "treeRoot": HASH},
    }),
    14: ("update.verdict", {
        **ATTEMPT, "contributor": HASH, "commit": nullable(HASH), "outcome": one_of("accepted", "refused", "silent"), "reason": CODE,
    }),
    15: ("round.close", ROUND_CLOSE),
    16: ("evaluation", {
        "run": RUN_ID, "round": UINT, "model": HASH, "evaluator": HASH,
        "dataset": {"commitment": HASH, "examples": POSITIVE}, "metrics": METRICS,
    }),
    17: ("annotate", {"author": HASH, "subject": HASH, "text": text(4000)}),
}


# ---------------------------------------------------------------------------------------------------------------------
# Leaves (CHAIN.md).


class Leaf(NamedTuple):
    kind: str
    payload: dict      # None for a block.link
    payload_bytes: bytes
    signatures: list   # (keyId, signature) pairs, ascending by keyId
    hash: bytes        # H(0x00 ‖ leaf): its name everywhere


def decode_leaf(data):
    """Takes a leaf apart and checks its payload's form, not yet what it says."""
    require(9 <= len(data) <= 65535, "leaf.size", "A leaf is shorter than 9 or longer than 65,535 bytes.")
    version, number, length = struct.unpack_from(">HHI", data)
    require(version == 1, "leaf.version", "A leaf has the unknown version %d." % version)
    require(number in KINDS, "leaf.kind", "A leaf has the unknown kind %d." % number)
    end = 8 + length
    require(len(data) > end and len(data) == end + 1 + 96 * data[end], "leaf.length", "A leaf does not end with its last signature.")
    kind, schema = KINDS[number]
    pairs = [(data[at:at + 32], data[at + 32:at + 96]) for at in range(end + 1, len(data), 96)]
    ids = [key_id for key_id, _ in pairs]
    require(all(a < b for a, b in zip(ids, ids[1:])), "leaf.signatures", "The signatures of a leaf do not ascend by keyId.")
    payload_bytes = data[8:end]
    return Leaf(kind, read_payload(kind, schema, payload_bytes), payload_bytes, pairs, leaf_hash(data))


def read_payload(kind, schema, payload_bytes):
    if kind == "block.link":
        require(len(payload_bytes) == 176, "block.link.payload", "A block.link does not hold a header of 176 bytes.")
        return None
    whole = schema if kind == "charter" else {**schema, "chain": HASH}
    payload = read_strict_json(payload_bytes)
    require(fits(whole, payload), kind + ".payload", "The payload does not have exactly the fields of a %s." % kind)
    return payload


# ---------------------------------------------------------------------------------------------------------------------
# Tree (CHAIN.md): RFC 6962.


def leaf_hash(entry):
    return sha256(b"\x00", entry)


def node_hash(left, right):
    return sha256(b"\x01", left, right)


class Tree:
    """The root of a growing tree: one kept hash for each set bit of its size, the largest subtree first."""

    def __init__(self):
        self.size = 0
        self.kept = []

    def append(self, new):
        size = self.size
        while size & 1:
            new = node_hash(self.kept.pop(), new)
            size >>= 1
        self.kept.append(new)
        self.size += 1

    def root(self):
        if not self.kept:
            return sha256(b"")
        root = self.kept[-1]
        for left in reversed(self.kept[:-1]):
            root = node_hash(left, root)
        return root


def root_of_hashes(hashes):
    tree = Tree()
    for item in hashes:
        tree.append(item)
    return tree.root()


# ---------------------------------------------------------------------------------------------------------------------
# Header and proof of work (CHAIN.md).


class Header(NamedTuple):
    magic: bytes
    version: int
    flags: int
    height: int
    chain_id: bytes
    previous_hash: bytes
    tree_size: int
    tree_root: bytes
    rounds: int
    seal_start_ms: int
    timestamp_ms: int
    k: int
    padding: bytes
    m: int
    extra_nonce: bytes
    nonce: int


HEADER = struct.Struct(">4sHHQ32s32sQ32sQQQB3sI16sQ")
ZERO = bytes(32)


def decode_header(data):
    header = Header._make(HEADER.unpack(data))
    require(header.magic == b"FSL1", "header.magic", "A header does not begin with FSL1.")
    require(header.version == 1, "header.version", "A header has the unknown version %d." % header.version)
    require(header.flags == 0, "header.flags", "A header has unknown flags.")
    require(header.k <= 224, "header.k", "A header's k is above 224.")
    require(header.padding == bytes(3), "header.padding", "A header's padding is not zero.")
    require(header.m >= 2**31, "header.m", "A header's m is below 2^31.")
    numbers = (header.height, header.tree_size, header.rounds, header.seal_start_ms, header.timestamp_ms)
    require(max(numbers) <= MAX_SAFE, "header.field", "A number in a header is above 2^53 - 1.")
    return header


def meets_target(block_hash, k, m):
    return int.from_bytes(block_hash, "big") << k < m << 224


def work(k, m):
    """Expected number of tries."""
    return (1 << (32 + k)) // m


def difficulty_for(tries):
    k = tries.bit_length() - 1
    return k, min(2**32 - 1, (1 << (32 + k)) // tries)


def clamp(value, least, most):
    return max(least, min(value, most))


def next_difficulty(rules, below):
    """k and m of the next header. @param rules the charter's proofOfWork @param below all headers from genesis on"""
    if len(below) < 3:
        return rules["start"]["k"], rules["start"]["m"]
    window = below[max(1, len(below) - rules["window"]):]
    before = work(below[-1].k, below[-1].m)
    starts = [header.seal_start_ms for header in window if header.rounds > 0]
    wanted = before if len(starts) < 2 else wanted_tries(rules, window, starts)
    return difficulty_for(max(int(rules["floor"]), clamp(wanted, before // 2, 2 * before)))


def wanted_tries(rules, window, starts):
    gaps = sorted(later - earlier for earlier, later in zip(starts, starts[1:]))
    gap = gaps[(len(gaps) - 1) // 2]
    goal_ms = clamp(gap * rules["sigmaPpm"] // 1_000_000, 1, 30_000)
    spent_ms = sum(clamp(header.timestamp_ms - header.seal_start_ms, 1, 240_000) for header in window)
    return sum(work(header.k, header.m) for header in window) * goal_ms // spent_ms


# ---------------------------------------------------------------------------------------------------------------------
# Leaf rules (CHAIN.md): the state that leaves build up, and what each kind may do to it.


class Attempt:
    """One attempt at a round, from its round.open on."""

    def __init__(self, payload):
        self.opened = payload
        self.open = True
        self.commits = {}    # leaf hash, hex: payload of the update.commit
        self.judged = set()  # leaf hashes of commits that have a verdict
        self.accepted = {}   # a contributor's line: leaf hash of its accepted commit
        self.silent = set()  # lines of the contributors called silent


class Run:
    def __init__(self, payload, create_hash):
        self.created = payload
        self.create_hash = create_hash
        self.ended = False
        self.models = [payload["initial"]]  # by round; the last is the current one
        self.attempts = {}                  # (round, attempt): Attempt
        self.last = None                    # the newest attempt

    @property
    def closed_rounds(self):
        return len(self.models) - 1


class Contributor(NamedTuple):
    key: bytes
    role: str
    line: str  # the keyId that it was enrolled under: one contributor through all its rotations


class Block(NamedTuple):
    hash: bytes
    tree_size: int
    tree_root: bytes


def key_id(raw):
    return sha256(raw).hex()


def ceil_log2(number):
    return (number - 1).bit_length()


class State:
    """Everything that the rules ask about. keyIds and hashes are hex throughout."""

    def __init__(self):
        self.charter = None
        self.chain_id = None
        self.operator = None      # public key, bytes
        self.used = set()         # keyIds that are or were the operator's or a contributor's
        self.nodes = {}           # keyId: public key, of the nodes at present
        self.node_keys = set()    # keyIds that are or were a node's
        self.in_force = {}        # keyId: Contributor
        self.lines = {}           # keyId: line, of every key that was ever a contributor's
        self.enrolments = 0       # with the role `contributor`
        self.evaluators = 0
        self.invitations = set()
        self.runs = {}
        self.once = set()         # (kind, payload hash, signer) of the kinds that may not be repeated
        self.blocks = []          # Block of every header below the one being read
        self.links = 0            # block.links read
        self.closes = 0           # round.closes read

    # How a rule names who must sign: each returns the public keys, and refuses a leaf whose signers cannot be told.

    def signers(self, leaf):
        payload, kind = leaf.payload, leaf.kind
        if kind == "charter":
            return [bytes.fromhex(key) for key in [payload["operator"], *payload["founders"]]]
        if kind in ("operator.rotate", "contributor.enrol"):
            return [self.operator, bytes.fromhex(payload["key"])]
        if kind == "contributor.rotate":
            return [self.contributor(kind, payload["contributor"]).key, bytes.fromhex(payload["key"])]
        if kind in ("resource.register", "update.commit"):
            return [self.contributor(kind, payload["contributor"]).key]
        if kind == "evaluation":
            return [self.contributor(kind, payload["evaluator"]).key]
        if kind == "contributor.revoke":
            return [self.revoker(leaf)]
        if kind == "annotate":
            return [self.author(payload["author"])]
        return [self.operator]

    def contributor(self, kind, key):
        require(key in self.in_force, kind + ".contributor", "The key %s is not in force." % key)
        return self.in_force[key]

    def revoker(self, leaf):
        """The operator or the key itself, whichever signed."""
        own = self.contributor(leaf.kind, leaf.payload["contributor"]).key
        signed_by = [key.hex() for key, _ in leaf.signatures]
        return own if signed_by == [leaf.payload["contributor"]] else self.operator

    def author(self, author):
        known = {key_id(self.operator): self.operator, **self.nodes}
        if author in self.in_force:
            return self.in_force[author].key
        require(author in known, "annotate.author", "The author %s is neither operator, contributor nor node." % author)
        return known[author]

    def check_signatures(self, leaf, keys):
        """Exactly these keys signed, each validly."""
        by_id = {sha256(key): key for key in keys}
        same = len(by_id) == len(keys) and sorted(by_id) == [signer for signer, _ in leaf.signatures]
        require(same, leaf.kind + ".signers", "The leaf is not signed by exactly the keys that a %s asks for." % leaf.kind)
        message = pre_auth_encoding(leaf.kind, leaf.payload_bytes)
        for signer, signature in leaf.signatures:
            valid = signature_valid(by_id[signer], message, signature)
            require(valid, leaf.kind + ".signature", "The signature of the key %s is not valid." % signer.hex())

    def check_once(self, leaf):
        """No two leaves of these kinds have the same payload and a signer in common."""
        if leaf.kind not in ("resource.register", "update.commit", "evaluation", "annotate"):
            return
        marks = {(leaf.kind, sha256(leaf.payload_bytes), signer) for signer, _ in leaf.signatures}
        require(not marks & self.once, "leaf.duplicate", "The same was said before by the same key.")
        self.once |= marks

    def apply(self, leaf):
        """Checks one leaf against the state and changes it. Who must sign is asked before: a rotation changes that."""
        if self.charter is None:
            require(leaf.kind == "charter", "charter.missing", "The first leaf is not the charter.")
        else:
            require(leaf.kind != "charter", "charter.position", "There is a second charter.")
        if leaf.kind == "block.link":
            return self.block_link(leaf)
        if leaf.kind != "charter":
            require(leaf.payload["chain"] == self.chain_id, "leaf.chain", "The leaf belongs to another chain.")
        self.check_keys(leaf)
        keys = self.signers(leaf)
        RULES[leaf.kind](self, leaf)
        self.check_signatures(leaf, keys)
        self.check_once(leaf)

    @staticmethod
    def check_keys(leaf):
        """The keys that a leaf brings into the chain are sound; a node.remove names one that is in it."""
        if leaf.kind == "charter":
            keys = [leaf.payload["operator"], *leaf.payload["founders"], *leaf.payload["witnesses"]["keys"]]
        else:
            keys = [leaf.payload["key"]] if "key" in leaf.payload and leaf.kind != "node.remove" else []
        for key in keys:
            check_public_key(bytes.fromhex(key))

    def block_link(self, leaf):
        require(not leaf.signatures, "block.link.signers", "A block.link carries a signature.")
        header = decode_header(leaf.payload_bytes)
        require(header.height == self.links, "block.link.height", "The links do not come in order of height.")
        known = header.height < len(self.blocks) and sha256(leaf.payload_bytes) == self.blocks[header.height].hash
        require(known, "block.link.header", "The link is not the header of block %d." % header.height)
        self.links += 1

    # Charter, keys and nodes.

    def found(self, leaf):
        payload = leaf.payload
        require(not NOT_IN_ORIGIN.search(payload["origin"]), "charter.origin", "The origin has white space or a plus sign in it.")
        named = [payload["operator"], *payload["founders"]]
        require(len(set(named)) == len(named), "charter.founders", "Operator and founders are not different keys.")
        witnesses = payload["witnesses"]
        sound = len(set(witnesses["keys"])) == len(witnesses["keys"]) >= witnesses["quorum"]
        require(sound, "charter.witnesses", "The witnesses are named twice, or are fewer than their quorum.")
        require(1 <= int(payload["proofOfWork"]["floor"]) < 2**225, "charter.floor", "The floor of work is out of range.")
        self.charter, self.chain_id = payload, leaf.hash.hex()
        self.operator = bytes.fromhex(payload["operator"])
        self.used.add(key_id(self.operator))

    def new_key(self, leaf):
        """A key that is not and was not the operator's or a contributor's; a node's comes back as a node only."""
        key = bytes.fromhex(leaf.payload["key"])
        taken = key_id(key) in self.used or (leaf.kind != "node.add" and key_id(key) in self.node_keys)
        require(not taken, leaf.kind + ".key-used", "The new key %s is or was another's." % leaf.payload["key"])
        return key

    def operator_rotate(self, leaf):
        self.operator = self.new_key(leaf)
        self.used.add(key_id(self.operator))

    def node_add(self, leaf):
        key = self.new_key(leaf)
        require(key_id(key) not in self.nodes, "node.add.present", "The node is there already.")
        self.nodes[key_id(key)] = key
        self.node_keys.add(key_id(key))

    def node_remove(self, leaf):
        node = key_id(bytes.fromhex(leaf.payload["key"]))
        require(node in self.nodes, "node.remove.absent", "There is no such node.")
        del self.nodes[node]

    def add_contributor(self, key, role, line):
        self.in_force[key_id(key)] = Contributor(key, role, line)
        self.used.add(key_id(key))
        self.lines[key_id(key)] = line

    def contributor_enrol(self, leaf):
        key = self.new_key(leaf)
        invitation = leaf.payload["invitation"]
        require(invitation not in self.invitations, "contributor.enrol.invitation", "The invitation was used before.")
        self.invitations.add(invitation)
        self.add_contributor(key, leaf.payload["role"], key_id(key))
        if leaf.payload["role"] == "contributor":
            self.enrolments += 1
        else:
            self.evaluators += 1

    def contributor_rotate(self, leaf):
        key = self.new_key(leaf)
        _, role, line = self.in_force.pop(leaf.payload["contributor"])
        self.add_contributor(key, role, line)

    def contributor_revoke(self, leaf):
        del self.in_force[leaf.payload["contributor"]]

    def resource_register(self, leaf):
        """Its signature by a key in force is all that is asked."""

    def annotate(self, leaf):
        """Its signature by its author is all that is asked."""

    # Runs and rounds.

    def run_create(self, leaf):
        run = leaf.payload["run"]
        require(run not in self.runs, "run.create.name", "There is a run %s already." % run)
        self.runs[run] = Run(leaf.payload, leaf.hash)

    def running(self, kind, name):
        require(name in self.runs, kind + ".run", "There is no run %s." % name)
        require(not self.runs[name].ended, kind + ".run-ended", "The run %s has ended." % name)
        return self.runs[name]

    def run_end(self, leaf):
        payload = leaf.payload
        run = self.running(leaf.kind, payload["run"])
        require(payload["rounds"] == run.closed_rounds, "run.end.rounds", "%d rounds closed, not %d." % (run.closed_rounds, payload["rounds"]))
        require(payload["model"] == run.models[-1], "run.end.model", "The model is not the run's current one.")
        run.ended = True
        if run.last is not None:
            run.last.open = False

    def round_open(self, leaf):
        payload = leaf.payload
        run = self.running(leaf.kind, payload["run"])
        require(payload["round"] == run.closed_rounds + 1, "round.open.sequence", "Round %d is not the next one." % payload["round"])
        opened = run.last.opened["attempt"] if run.last is not None and run.last.opened["round"] == payload["round"] else 0
        require(payload["attempt"] == opened + 1, "round.open.attempt", "Attempt %d is not the next one." % payload["attempt"])
        require(payload["base"] == run.models[-1], "round.open.base", "The base is not the run's current model.")
        self.check_seed(payload["seed"])
        self.check_policy(payload)
        require_grid(payload)
        if run.last is not None:
            run.last.open = False
        run.last = run.attempts[payload["round"], payload["attempt"]] = Attempt(payload)

    def check_seed(self, seed):
        known = seed["height"] < len(self.blocks) and seed["blockHash"] == self.blocks[seed["height"]].hash.hex()
        require(known, "round.open.seed", "The seed does not name a block below.")
        require(seed["height"] >= self.links - 2, "round.open.seed-age", "The seed's block is too old.")

    def check_policy(self, payload):
        size, policy = payload["cohort"]["size"], payload["policy"]
        require(size <= self.enrolments, "round.open.cohort", "The cohort is larger than the contributors ever enrolled.")
        require(policy["quorum"] <= policy["target"] <= size, "round.open.policy", "Quorum, target and cohort do not ascend.")

    def attempt(self, kind, payload):
        run = self.runs.get(payload["run"])
        found = None if run is None else run.attempts.get((payload["round"], payload["attempt"]))
        require(found is not None, kind + ".round", "The attempt was never opened.")
        return found

    def update_commit(self, leaf):
        payload = leaf.payload
        attempt = self.attempt(leaf.kind, payload)
        require(self.in_force[payload["contributor"]].role == "contributor", "update.commit.role", "An evaluator commits to an update.")
        require(payload["base"] == attempt.opened["base"]["sha256"], "update.commit.base", "The update's base is not the round's.")
        cap = attempt.opened["policy"]["examplesCap"]
        require(payload["examples"] <= cap, "update.commit.examples", "The update counts more than %d examples." % cap)
        self.check_seen(payload["seen"])
        attempt.commits[leaf.hash.hex()] = payload

    def check_seen(self, seen):
        known = seen["height"] < len(self.blocks) and self.blocks[seen["height"]] == Block(
            bytes.fromhex(seen["blockHash"]), seen["treeSize"], bytes.fromhex(seen["treeRoot"]))
        require(known, "update.commit.seen", "The head that the contributor saw is not a block of this chain.")

    def update_verdict(self, leaf):
        payload, rule = leaf.payload, "update.verdict."
        attempt = self.attempt(leaf.kind, payload)
        contributor, commit = payload["contributor"], payload["commit"]
        require(contributor in self.lines, rule + "contributor", "The key %s was never enrolled." % contributor)
        line = self.lines[contributor]
        if payload["outcome"] == "silent":
            require(commit is None, rule + "commit", "A silent contributor's verdict names an update.")
            require(line not in attempt.silent, rule + "repeated", "The contributor was called silent before.")
            require(line not in attempt.accepted, rule + "silent", "A contributor with an accepted update is called silent.")
            attempt.silent.add(line)
            return
        own = commit in attempt.commits and attempt.commits[commit]["contributor"] == contributor
        require(own, rule + "commit", "The verdict names no update of this contributor in this attempt.")
        require(commit not in attempt.judged, rule + "repeated", "The update has a verdict already.")
        if payload["outcome"] == "accepted":
            self.check_acceptance(attempt, line)
            attempt.accepted[line] = commit
        attempt.judged.add(commit)

    @staticmethod
    def check_acceptance(attempt, line):
        rule = "update.verdict."
        require(attempt.open, rule + "late", "The update is accepted after the attempt's end.")
        require(line not in attempt.accepted, rule + "second", "The contributor has an accepted update already.")
        require(line not in attempt.silent, rule + "silent", "The contributor was called silent.")
        require(len(attempt.accepted) < attempt.opened["cohort"]["size"], rule + "cohort", "More updates are accepted than were invited.")

    def round_close(self, leaf):
        close, rule = leaf.payload["predicate"], "round.close."
        run = self.running(leaf.kind, close["run"])
        attempt = self.attempt(leaf.kind, close)
        require(attempt.open, rule + "open", "The attempt is not open.")
        opened = attempt.opened
        require(close["base"] == opened["base"]["sha256"], rule + "base", "The base is not the round's.")
        require(close["grid"] == opened["grid"], rule + "grid", "The grid is not the round's.")
        subject = leaf.payload["subject"][0]["digest"]["sha256"]
        require(subject == close["model"]["sha256"], rule + "subject", "Subject and model name different files.")
        self.check_updates(attempt, close)
        attempt.open = False
        run.models.append(close["model"])
        self.closes += 1

    @staticmethod
    def check_updates(attempt, close):
        rule, policy = "round.close.", attempt.opened["policy"]
        accepted = sorted(attempt.accepted.values())
        require(len(accepted) >= policy["quorum"], rule + "quorum", "Fewer updates were accepted than the quorum.")
        require(len(accepted) == close["updates"]["count"], rule + "count", "%d updates were accepted, not %d." % (len(accepted), close["updates"]["count"]))
        root = root_of_hashes(map(bytes.fromhex, accepted)).hex()
        require(root == close["updates"]["root"], rule + "updates", "The root is not that of the accepted updates.")
        denominator = int(close["denominator"])
        examples = sum(attempt.commits[commit]["examples"] for commit in accepted)
        by_examples = close["aggregator"]["name"] == "fedavg" and policy["weighting"] == "examples"
        right = denominator == examples if by_examples else denominator >= 1
        require(right, rule + "denominator", "The denominator %d is not what the updates give." % denominator)

    def evaluation(self, leaf):
        payload = leaf.payload
        require(payload["run"] in self.runs, "evaluation.run", "There is no run %s." % payload["run"])
        models = self.runs[payload["run"]].models
        require(payload["round"] < len(models), "evaluation.round", "Round %d has not closed." % payload["round"])
        require(payload["model"] == models[payload["round"]]["sha256"], "evaluation.model", "The model is not that of round %d." % payload["round"])


RULES = {
    "charter": State.found, "operator.rotate": State.operator_rotate, "node.add": State.node_add, "node.remove": State.node_remove,
    "contributor.enrol": State.contributor_enrol, "contributor.rotate": State.contributor_rotate,
    "contributor.revoke": State.contributor_revoke, "resource.register": State.resource_register,
    "run.create": State.run_create, "run.end": State.run_end, "round.open": State.round_open,
    "update.commit": State.update_commit, "update.verdict": State.update_verdict, "round.close": State.round_close,
    "evaluation": State.evaluation, "annotate": State.annotate,
}


def require_grid(payload):
    """No sum of accepted updates can leave the integers that a float64 holds."""
    grid, size, policy = payload["grid"], payload["cohort"]["size"], payload["policy"]
    bound, most = grid["bound"], size * (policy["examplesCap"] if policy["weighting"] == "examples" else 1)
    sound = bound & (bound - 1) == 0 and grid["aMax"] >= most and grid["s"] == 51 - ceil_log2(grid["aMax"]) - ceil_log2(bound)
    require(sound, "round.open.grid", "The grid does not hold every sum of accepted updates.")


# ---------------------------------------------------------------------------------------------------------------------
# Chain file, and the chain from its first header to its last (CHAIN.md, "Chain file", "Blocks").


def read_chain_file(data):
    """@returns headers and leaves as bytes"""
    require(data[:8] == b"FSLCHAIN", "file.magic", "This is not a chain file: it does not begin with FSLCHAIN.")
    require(len(data) >= 28, "file.truncated", "The chain file ends within its first 28 bytes.")
    version, header_count, leaf_count = struct.unpack_from(">IQQ", data, 8)
    require(version == 1, "file.version", "The chain file has the unknown version %d." % version)
    leaves_at = 28 + 176 * header_count
    require(leaves_at <= len(data), "file.truncated", "The chain file ends within its headers.")
    headers = [data[at:at + 176] for at in range(28, leaves_at, 176)]
    require(4 * leaf_count <= len(data) - leaves_at, "file.truncated", "The chain file is too short for the leaves that it counts.")
    leaves, at = [], leaves_at
    for index in range(leaf_count):
        leaf = read_file_leaf(data, at, index)
        leaves.append(leaf)
        at += 4 + len(leaf)
    require(at == len(data), "file.trailing", "Something follows the last leaf of the chain file.")
    return headers, leaves


def read_file_leaf(data, at, index):
    try:
        require(at + 4 <= len(data), "file.truncated", "The chain file ends where a leaf's length should be.")
        length = int.from_bytes(data[at:at + 4], "big")
        require(length <= 65535, "file.leaf-length", "A leaf claims %d bytes; at most 65,535 are allowed." % length)
        require(at + 4 + length <= len(data), "file.truncated", "The chain file ends within a leaf.")
    except Refusal as refusal:
        raise refusal.at(leaf=index)
    return data[at + 4:at + 4 + length]


class Chain:
    """Verifies headers and leaves in order. `on_leaf(leaf, state)` and `on_block(height, state)` hear of what was verified."""

    def __init__(self, on_leaf=None, on_block=None):
        self.state = State()
        self.tree = Tree()
        self.headers = []
        self.on_leaf = on_leaf or (lambda leaf, state: None)
        self.on_block = on_block or (lambda height, state: None)

    def verify(self, headers, leaves):
        for height, raw in enumerate(headers):
            try:
                self.block(height, raw, leaves)
            except Refusal as refusal:
                raise refusal.at(block=height)
        require(self.headers, "chain.empty", "The chain has no header.")
        require(self.tree.size == len(leaves), "chain.surplus-leaves", "%d leaves follow those of the last block." % (len(leaves) - self.tree.size))

    def block(self, height, raw, leaves):
        header, block_hash = decode_header(raw), sha256(raw)
        self.check_place(height, header)
        if height > 0:
            self.check_work(header, block_hash)
        closes, begin = self.state.closes, self.tree.size
        require(header.tree_size <= len(leaves), "chain.missing-leaves", "The leaves of the block are not all there.")
        for index in range(begin, header.tree_size):
            try:
                self.leaf(height, index - begin, leaves[index])
            except Refusal as refusal:
                raise refusal.at(block=height, leaf=index)
        if height == 0:
            self.check_work(header, block_hash)
        require(header.tree_root == self.tree.root(), "header.tree-root", "The header's tree root is not that of its leaves.")
        require(header.rounds == self.state.closes - closes, "header.rounds", "The header counts other rounds than its block closes.")
        self.headers.append(header)
        self.state.blocks.append(Block(block_hash, header.tree_size, header.tree_root))
        self.on_block(height, self.state)

    def check_place(self, height, header):
        """The header continues the one below it."""
        state = self.state
        below = self.headers[-1] if height else None
        require(header.height == height, "header.height", "The header says height %d." % header.height)
        previous = state.blocks[-1].hash if height else ZERO
        require(header.previous_hash == previous, "header.previous-hash", "The header does not name the one below.")
        chain_id = bytes.fromhex(state.chain_id) if height else ZERO
        require(header.chain_id == chain_id, "header.chain-id", "The header belongs to another chain.")
        require(below is None or below.timestamp_ms <= header.seal_start_ms, "header.seal-start", "The search began before the block below was found.")
        require(header.seal_start_ms <= header.timestamp_ms, "header.timestamp", "The block was found before the search began.")
        grown = header.tree_size == 1 if height == 0 else header.tree_size >= self.tree.size + 1
        require(grown, "header.tree-size", "The tree cannot have %d leaves at this block." % header.tree_size)

    def check_work(self, header, block_hash):
        wanted = next_difficulty(self.state.charter["proofOfWork"], self.headers)
        require((header.k, header.m) == wanted, "header.difficulty", "The header's difficulty is not what the headers below ask for.")
        require(meets_target(block_hash, header.k, header.m), "header.work", "The header's hash does not meet its target.")

    def leaf(self, height, place, raw):
        """@param place 0 for the first leaf of the block"""
        leaf = decode_leaf(raw)
        if height > 0:
            if place == 0:
                expected = leaf.kind == "block.link" and sha256(leaf.payload_bytes) == self.state.blocks[-1].hash
                require(expected, "block.link.missing", "The block does not begin with the header of the block below.")
            else:
                require(leaf.kind != "block.link", "block.link.place", "A block.link is not the first leaf of its block.")
        self.state.apply(leaf)
        self.tree.append(leaf.hash)
        self.on_leaf(leaf, self.state)

    def report(self):
        state, head = self.state, self.headers[-1]
        return {
            "chainId": state.chain_id,
            "name": state.charter["name"],
            "head": {
                "height": head.height, "blockHash": state.blocks[-1].hash.hex(),
                "treeSize": head.tree_size, "treeRoot": head.tree_root.hex(),
            },
            "timestampMs": head.timestamp_ms,
            "blocks": len(self.headers),
            "leaves": self.tree.size,
            "rounds": state.closes,
            "runs": len(state.runs),
            "contributors": len(state.in_force),
            "work": str(sum(work(header.k, header.m) for header in self.headers)),
        }


# ---------------------------------------------------------------------------------------------------------------------
# safetensors (AGGREGATE.md).


class Tensor(NamedTuple):
    name: str
    shape: list
    data: bytes         # float32, row-major, little-endian
    dtype: str = "F32"  # as the file had it


WIDTH = {"F32": 4, "F16": 2, "BF16": 2}
JSON_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"')
JSON_INTEGER = re.compile(r"(?:0|[1-9][0-9]{0,15})(?![0-9.eE])")
JSON_SPACE = re.compile(r"[ \t\n\r]*")


def require_file(holds, sentence):
    require(holds, "audit.file", sentence)


class HeaderText:
    """Reads the few forms of JSON that a safetensors header consists of."""

    def __init__(self, header):
        self.header = header
        self.at = 0

    def match(self, expression):
        self.at = JSON_SPACE.match(self.header, self.at).end()
        found = expression.match(self.header, self.at)
        require_file(found, "The safetensors header is malformed at character %d." % self.at)
        self.at = found.end()
        return found.group()

    def take(self, mark):
        self.at = JSON_SPACE.match(self.header, self.at).end()
        taken = self.header.startswith(mark, self.at)
        self.at += taken
        return taken

    def expect(self, mark):
        require_file(self.take(mark), "The safetensors header is malformed at character %d: no %s." % (self.at, mark))

    def string(self):
        value = json.loads(self.match(JSON_STRING))
        require_file(not SURROGATE.search(value), "A string of the safetensors header holds half of a surrogate pair.")
        return value

    def integers(self, most):
        values = []
        self.expect("[")
        if self.take("]"):
            return values
        while True:
            values.append(int(self.match(JSON_INTEGER)))
            require_file(values[-1] <= MAX_SAFE and len(values) <= most, "A list of the safetensors header is too long, or a number too large.")
            if not self.take(","):
                break
        self.expect("]")
        return values

    def object(self, read_value):
        """@returns {key: read_value(key)}"""
        values = {}
        self.expect("{")
        if self.take("}"):
            return values
        while True:
            key = self.string()
            require_file(key not in values, "The safetensors header has the key %s twice." % key)
            self.expect(":")
            values[key] = read_value(key)
            if not self.take(","):
                break
        self.expect("}")
        return values

    def entry(self, name):
        if name == "__metadata__":
            return self.object(lambda key: self.string())
        readers = {"dtype": self.string, "shape": lambda: self.integers(16), "data_offsets": lambda: self.integers(2)}
        entry = self.object(lambda key: readers[key]() if key in readers else require_file(False, "A tensor has the unknown field %s." % key))
        require_file(entry.keys() == readers.keys() and len(entry["data_offsets"]) == 2, "The tensor %s lacks a field." % name)
        return entry


def read_safetensors(data):
    """@returns the tensors in order of their data, widened to float32"""
    require_file(len(data) >= 8, "A safetensors file has at least 8 bytes.")
    length = int.from_bytes(data[:8], "little")
    require_file(length <= 2**20 and 8 + length <= len(data), "The safetensors header is too long.")
    body = memoryview(data)[8 + length:]
    entries = read_header(data[8:8 + length])
    tensors, covered = [], 0
    for name, entry in sorted(entries.items(), key=lambda item: item[1]["data_offsets"]):
        begin, end = entry["data_offsets"]
        require_file(begin == covered and begin <= end <= len(body), "The data of %s leave a hole, overlap or end outside." % name)
        require_file(entry["dtype"] in WIDTH, "The tensor %s has the unknown type %s." % (name, entry["dtype"]))
        count = element_count(entry["shape"], "audit.file")
        require_file(count * WIDTH[entry["dtype"]] == end - begin, "The tensor %s has another number of bytes than its shape asks for." % name)
        tensors.append(Tensor(name, entry["shape"], widen(bytes(body[begin:end]), entry["dtype"]), entry["dtype"]))
        covered = end
    require_file(covered == len(body), "Something follows the last tensor.")
    return tensors


def read_header(raw):
    try:
        header = HeaderText(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise Refusal("audit.file", "The safetensors header is not UTF-8.") from error
    require_file(header.header.startswith("{"), "The safetensors header does not begin with a brace.")
    entries = header.object(header.entry)
    require_file(not header.header[header.at:].strip(" "), "Something other than spaces follows the safetensors header.")
    entries.pop("__metadata__", None)
    return entries


def element_count(shape, rule):
    count = 1
    for dimension in shape:
        count *= dimension
        require(count <= MAX_SAFE, rule, "A tensor has too many elements.")
    return count


def widen(data, dtype):
    """float16 or bfloat16 as float32, bit by bit, so that a NaN keeps its fraction."""
    if dtype == "F32":
        return data
    widen_bits = widen_float16 if dtype == "F16" else (lambda bits: bits << 16)
    halves = struct.unpack("<%dH" % (len(data) // 2), data)
    return struct.pack("<%dI" % len(halves), *map(widen_bits, halves))


def widen_float16(bits):
    sign, exponent, fraction = bits >> 15, bits >> 10 & 31, bits & 0x3FF
    if exponent == 0 and fraction != 0:  # subnormal: its leading bit becomes the implicit one
        shift = 11 - fraction.bit_length()
        exponent, fraction = 1 - shift, fraction << shift & 0x3FF
    elif exponent == 0:
        exponent = -112
    elif exponent == 31:
        exponent = 143
    return sign << 31 | exponent + 112 << 23 | fraction << 13


def by_name(tensors):
    return sorted(tensors, key=lambda tensor: tensor.name.encode("utf-8"))


def write_safetensors(tensors):
    """The one file of a set of float32 tensors."""
    entries, offset = [], 0
    for name, shape, data, _ in by_name(tensors):
        end = offset + len(data)
        sizes = ",".join(map(str, shape))
        entries.append('%s:{"dtype":"F32","shape":[%s],"data_offsets":[%d,%d]}' % (json.dumps(name, ensure_ascii=False), sizes, offset, end))
        offset = end
    header = ("{%s}" % ",".join(entries)).encode("utf-8")
    header += b" " * (-len(header) % 8)
    return b"".join([len(header).to_bytes(8, "little"), header, *(tensor.data for tensor in by_name(tensors))])


def tensor_root(tensors):
    """CHAIN.md, Tensor root. @returns hex"""
    rows = ({"dtype": "F32", "name": name, "sha256": sha256(data).hex(), "shape": list(shape)} for name, shape, data, _ in by_name(tensors))
    return root_of_hashes(leaf_hash(canonical_json(row)) for row in rows).hex()


def floats_of(data):
    """float32 values of a tensor's data, as an array that keeps their bits."""
    values = array("f")
    values.frombytes(data)
    if sys.byteorder == "big":
        values.byteswap()
    return values


def bytes_of(values):
    if sys.byteorder == "big":
        values = values[:]
        values.byteswap()
    return values.tobytes()


# ---------------------------------------------------------------------------------------------------------------------
# Plan, tensors of a model, initial weights (AGGREGATE.md).


class Plan(NamedTuple):
    name: str
    tensors: list        # TensorForm, in the model's order
    seed: int
    rounds: int
    strategy: str
    rule: object         # its Strategy, or None for a name that is unknown here
    parameters: dict     # of the strategy, by name
    clip: object         # a norm, or None
    weighting: str       # in effect: robust strategies are uniform whatever the policy says
    examples_cap: int
    quorum: int
    deadline_ms: int
    cohort_size: object  # a number, or None for all candidates
    least_candidates: int
    retention: dict      # as a run.create seals it

    def weight(self, examples):
        return examples if self.weighting == "examples" else 1

    def most_weight(self, size):
        """aMax: the largest sum of weights of a cohort of this size."""
        return size * self.examples_cap if self.weighting == "examples" else size

    def sealed_parameters(self):
        """What a round.close says beside the strategy's name."""
        numbers = dict(self.parameters) if self.clip is None else {**self.parameters, "clipNorm": self.clip}
        own = {name: decimal_text(number) for name, number in numbers.items()}
        return {"weighting": self.weighting, "examplesCap": str(self.examples_cap), **own}


class TensorForm(NamedTuple):
    name: str
    shape: list
    fans: int           # fanIn + fanOut; 0 for a bias, which begins at zero


LAYER_NAME = pattern("[a-z][a-z0-9_]{0,39}")
KERAS_NAMES = {"conv2d": "conv2d", "maxPooling2d": "max_pooling2d", "flatten": "flatten", "dense": "dense"}


def require_plan(holds, sentence):
    require(holds, "audit.plan", "The sealed plan is not one that this program can follow: " + sentence)


def read_plan(data):
    try:
        plan = json.loads(data.decode("utf-8-sig"), parse_int=float, parse_constant=refuse_constant)
    except (ValueError, RecursionError, Refusal) as error:
        raise Refusal("audit.plan", "The sealed plan is not JSON: %s" % error) from error
    model, policy, cohort = field(plan, "model"), field(plan, "policy"), field(plan, "cohort")
    declared, name, weighting = field(plan, "strategy"), field(plan, "name"), field(policy, "weighting")
    strategy = field(declared, "name")
    require_plan(isinstance(name, str) and isinstance(strategy, str), "its name or its strategy's is no string.")
    require_plan(weighting in ("examples", "uniform"), "its weighting is unknown.")
    size, rule = field(cohort, "size"), STRATEGIES.get(strategy)
    parameters = {} if rule is None else {name: parameter(name, field(declared, name)) for name in rule.parameters}
    return Plan(
        name=name, tensors=model_tensors(model), seed=whole(field(plan, "seed"), 0), rounds=whole(field(plan, "rounds"), 1),
        strategy=strategy, rule=rule, parameters=parameters,
        clip=parameter("norm", field(policy["clip"], "norm")) if "clip" in policy else None,
        weighting="uniform" if rule is not None and rule.robust else weighting, examples_cap=whole(field(policy, "examplesCap"), 1, 2**29),
        quorum=whole(field(policy, "quorum"), 1 if rule is None else rule.least(parameters)), deadline_ms=milliseconds(field(policy, "deadlineSeconds")),
        cohort_size=None if size == "all" else whole(size, 1), least_candidates=whole(field(cohort, "minimum"), 1),
        retention=sealed_retention(field(plan, "retention")),
    )


# Least and most of a strategy's parameters; those of the second kind are whole numbers.
RANGES = {
    "eta": (1e-9, 100), "beta": (0, 0.999999), "beta1": (0, 0.999999), "beta2": (0, 0.999999), "tau": (1e-9, 1), "mu": (0, 1000), "norm": (1e-9, 1e9),
}
WHOLE_RANGES = {"trim": (1, 1_000_000), "f": (1, 1_000_000), "m": (1, 1_000_000)}


def parameter(name, value):
    if name in WHOLE_RANGES:
        return whole(value, *WHOLE_RANGES[name])
    least, most = RANGES[name]
    require_plan(isinstance(value, float) and least <= value <= most, "its %s is out of range." % name)
    return value


def decimal_text(number):
    """The shortest decimal that reads back as this float64, without an exponent. Python's repr has the same digits."""
    text = format(Decimal(repr(number + 0)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def milliseconds(seconds):
    """One float64 product, rounded up."""
    sound = isinstance(seconds, float) and 0 < seconds * 1000 <= MAX_SAFE
    require_plan(sound, "a time is no positive number of seconds.")
    return math.ceil(seconds * 1000)


def sealed_retention(value):
    if value in ("all", "hashes"):
        return {"updates": value, "rounds": 0}
    return {"updates": "last", "rounds": whole(field(value, "lastRounds"), 1)}


def field(value, name):
    require_plan(isinstance(value, dict) and name in value, "the field %s is missing." % name)
    return value[name]


def whole(value, least, most=MAX_SAFE):
    """A number of a plan, read as a float64, that is a whole one."""
    sound = isinstance(value, float) and value.is_integer() and least <= value <= most
    require_plan(sound, "a number is not whole, or out of range.")
    return int(value)


def wholes(value, least_count, most_count):
    require_plan(isinstance(value, list) and least_count <= len(value) <= most_count, "a list of sizes has the wrong length.")
    return [whole(item, 1) for item in value]


def size_of(value):
    """One number for both axes, or [height, width]."""
    return wholes(value, 2, 2) if isinstance(value, list) else [whole(value, 1)] * 2


def model_tensors(model):
    """Walks the layers from the input on. @returns the tensors that they have"""
    shape = wholes(field(model, "inputShape"), 1, 3)
    layers = field(model, "layers")
    require_plan(isinstance(layers, list) and layers, "the model has no layers.")
    unnamed, names, tensors = {}, set(), []
    for layer in layers:
        name = layer_name(layer, unnamed)
        require_plan(name not in names, "two layers are named %s." % name)
        names.add(name)
        shape, own = LAYERS[layer["type"]](layer, shape)
        for counted in [shape, *(part_shape for _, part_shape, _ in own)]:
            element_count(counted, "audit.plan")
        tensors += [TensorForm(name + "." + part, part_shape, fans) for part, part_shape, fans in own]
    return tensors


def layer_name(layer, unnamed):
    kind = field(layer, "type")
    require_plan(isinstance(kind, str) and kind in LAYERS, "a layer has an unknown type.")
    if "name" in layer:
        require_plan(LAYER_NAME(layer["name"]), "a layer has a name that is not allowed.")
        return layer["name"]
    before = unnamed.get(kind, 0)
    unnamed[kind] = before + 1
    return KERAS_NAMES[kind] + ("_%d" % before if before else "")


def windows(layer, sizes, window, strides):
    """Positions of a window along each axis."""
    padding = field(layer, "padding")
    require_plan(padding in ("valid", "same"), "a layer's padding is unknown.")
    if padding == "same":
        counts = [-(-size // stride) for size, stride in zip(sizes, strides)]
    else:
        counts = [(size - width) // stride + 1 for size, width, stride in zip(sizes, window, strides)]
    require_plan(min(counts) >= 1, "a window is larger than its input.")
    return counts


def conv2d(layer, shape):
    require_plan(len(shape) == 3, "a conv2d layer has no image as its input.")
    filters, kernel = whole(field(layer, "filters"), 1), size_of(field(layer, "kernelSize"))
    area = kernel[0] * kernel[1]
    counts = windows(layer, shape[:2], kernel, size_of(field(layer, "strides")))
    return counts + [filters], kernel_and_bias(kernel + [shape[2], filters], area * shape[2] + area * filters)


def max_pooling2d(layer, shape):
    require_plan(len(shape) == 3, "a maxPooling2d layer has no image as its input.")
    pool = size_of(field(layer, "poolSize"))
    return windows(layer, shape[:2], pool, size_of(layer.get("strides", layer["poolSize"]))) + [shape[2]], []


def flatten(layer, shape):
    return [element_count(shape, "audit.plan")], []


def dense(layer, shape):
    require_plan(len(shape) == 1, "a dense layer has no flat input.")
    units = whole(field(layer, "units"), 1)
    return [units], kernel_and_bias([shape[0], units], shape[0] + units)


def kernel_and_bias(shape, fans):
    return [("kernel", shape, fans), ("bias", shape[-1:], 0)]


LAYERS = {"conv2d": conv2d, "maxPooling2d": max_pooling2d, "flatten": flatten, "dense": dense}


def split_mix64(seed):
    """Endless 64-bit words."""
    mask = 2**64 - 1
    while True:
        seed = seed + 0x9E3779B97F4A7C15 & mask
        z = (seed ^ seed >> 30) * 0xBF58476D1CE4E5B9 & mask
        z = (z ^ z >> 27) * 0x94D049BB133111EB & mask
        yield z ^ z >> 31


def xoshiro128(seed):
    """Endless 32-bit integers r: xoshiro128** 1.1, its state from two words of SplitMix64."""
    words, mask = split_mix64(seed), 0xFFFFFFFF
    first, second = next(words), next(words)
    a, b, c, d = first & mask, first >> 32, second & mask, second >> 32
    while True:
        r = b * 5 & mask
        r = (r << 7 | r >> 25) * 9 & mask
        yield r
        t = b << 9 & mask
        c ^= a
        d ^= b
        b ^= c
        a ^= d
        c ^= t
        d = (d << 11 | d >> 21) & mask


def initial_tensors(forms, seed):
    """Glorot-uniform kernels from one stream, zero biases."""
    stream, tensors = xoshiro128(seed), []
    for name, shape, fans in forms:
        count = element_count(shape, "audit.plan")
        if fans == 0:
            tensors.append(Tensor(name, shape, bytes(4 * count)))
            continue
        limit = math.sqrt(6 / fans)
        # `array` rounds each float64 to float32: fround.
        values = array("f", [(2 * (r >> 8) + 1 - 2**24) / 2**24 * limit for _, r in zip(range(count), stream)])
        tensors.append(Tensor(name, shape, bytes_of(values)))
    return tensors


# ---------------------------------------------------------------------------------------------------------------------
# The sum (AGGREGATE.md).


def exact_sums(updates, s, length):
    """acc = Σ rne(Δ · (a · 2^s)) of each element, as integers. @param updates (float32 array, a) pairs

    `a · 2^s` is exact; the product is one float64 multiplication, itself exact up to a = 2^29; `round` gives the nearest
    integer, ties to even; Python's integers add without any rounding.
    """
    sums = [0] * length
    for deltas, weight in updates:
        scale = math.ldexp(weight, s)
        sums = [so_far + round(delta * scale) for so_far, delta in zip(sums, deltas)]
    return sums


def finish_sums(base, sums, denominator, s):
    """fround(base + acc / (D · 2^s)); where acc is 0 the base keeps its bits, -0 too. @returns a float32 array"""
    divisor, model = math.ldexp(denominator, s), base[:]
    for i, total in enumerate(sums):
        if total != 0:
            model[i] = base[i] + total / divisor
    return model


# ---------------------------------------------------------------------------------------------------------------------
# Strategies (AGGREGATE.md). All of a round's tensors are {name: float32 array}; `array("f", …)` rounds float64 to float32, and what
# is read from one is that float32.


class Round(NamedTuple):
    base: dict
    updates: list     # in the order of their commits' leaf hashes, clipped
    weights: list     # a of each
    s: int            # of the grid
    state: dict       # of the server, after the round before
    parameters: dict


class Result(NamedTuple):
    model: dict
    weights: list     # as they are sealed: 0 for an update that was not chosen
    state: dict


class Strategy(NamedTuple):
    combine: object                        # from a Round to a Result
    parameters: tuple = ()                 # their names in the plan
    robust: bool = False                   # weighs uniformly whatever the plan says
    chooses: bool = False                  # whether an update may weigh 0
    slots: object = lambda parameters: {}  # prefix of a state's tensor, and what it is filled with before the first round
    least: object = lambda parameters: 1   # fewest updates


def in_name_order(tensors):
    return [tensors[name] for name in sorted(tensors, key=lambda name: name.encode("utf-8"))]


def mean_round(given):
    """base + Σ a·Δ / D, exact: The sum."""
    model, total = {}, sum(given.weights)
    for name, values in given.base.items():
        sums = exact_sums([(update[name], weight) for update, weight in zip(given.updates, given.weights)], given.s, len(values))
        model[name] = finish_sums(values, sums, total, given.s)
    return Result(model, given.weights, {})


def moved(values, steps):
    """fround(w + step); where the step is zero the weight keeps its bits, -0 too."""
    model = values[:]
    for i, step in enumerate(steps):
        if step != 0:
            model[i] = values[i] + step
    return model


def optimized(step, *prefixes):
    """@param step from parameters, means and arrays of state, which it changes, to what is added @param prefixes of the state's tensors"""

    def combine(given):
        zeros = {name: array("f", bytes(4 * len(values))) for name, values in given.base.items()}
        means = mean_round(given._replace(base=zeros)).model
        model, state = {}, {name: values[:] for name, values in given.state.items()}
        for name, values in given.base.items():
            slots = [state[prefix + "." + name] for prefix in prefixes]
            model[name] = moved(values, step(given.parameters, means[name], *slots))
        return Result(model, given.weights, state)

    return combine


def momentum_step(p, means, v):
    v[:] = array("f", [p["beta"] * old + mean for old, mean in zip(v, means)])
    return [p["eta"] * new for new in v]


def adaptive_step(second_moment):
    def step(p, means, m, v):
        rest = 1 - p["beta1"]
        m[:] = array("f", [p["beta1"] * old + rest * mean for old, mean in zip(m, means)])
        v[:] = array("f", second_moment(p, v, means))
        require(all(value >= 0 for value in v), "audit.aggregate", "A second moment is negative: the round must not have closed.")
        return [p["eta"] * first / (math.sqrt(second) + p["tau"]) for first, second in zip(m, v)]

    return step


def adagrad_moment(p, v, means):
    return [old + mean * mean for old, mean in zip(v, means)]


def adam_moment(p, v, means):
    rest = 1 - p["beta2"]
    return [p["beta2"] * old + rest * (mean * mean) for old, mean in zip(v, means)]


def yogi_moment(p, v, means):
    rest = 1 - p["beta2"]
    return [old - rest * (mean * mean) * ((old > mean * mean) - (old < mean * mean)) for old, mean in zip(v, means)]


def moments(p):
    return {"m": 0.0, "v": p["tau"] * p["tau"]}


def coordinate_wise(rule):
    """@param rule from parameters and one coordinate of all updates, ascending, to its step"""

    def combine(given):
        model = {}
        for name, values in given.base.items():
            columns = zip(*(update[name] for update in given.updates))
            model[name] = moved(values, array("f", [rule(given.parameters, sorted(column)) for column in columns]))
        return Result(model, given.weights, {})

    return combine


def middle(p, column):
    half = len(column) // 2
    return column[half] if len(column) % 2 == 1 else (column[half - 1] + column[half]) / 2


def trimmed(p, column):
    kept = column[p["trim"]:len(column) - p["trim"]]
    total = 0.0
    for value in kept:
        total += value
    return total / len(kept)


def krum_round(given):
    """The mean of the m updates of least score; m is 1 where the plan names none."""
    scores = krum_scores(distances(given.updates), given.parameters["f"])
    ranked = sorted(range(len(scores)), key=lambda k: (scores[k], k))
    chosen = sorted(ranked[:given.parameters.get("m", 1)])
    result = mean_round(given._replace(updates=[given.updates[k] for k in chosen], weights=[1] * len(chosen)))
    return Result(result.model, [int(k in chosen) for k in range(len(scores))], {})


def krum_scores(rows, f):
    """@param rows squared distances of each update to all"""
    scores = []
    for i, row in enumerate(rows):
        score = 0.0
        for distance in sorted(row[:i] + row[i + 1:])[:len(rows) - f - 2]:
            score += distance
        scores.append(score)
    return scores


def distances(updates):
    rows = [[0.0] * len(updates) for _ in updates]
    for i, a in enumerate(updates):
        for j in range(i + 1, len(updates)):
            total = 0.0
            for x, y in zip(in_name_order(a), in_name_order(updates[j])):
                total += squared_distance(x, y)
            rows[i][j] = rows[j][i] = total
    return rows


TILE = 1024


def squared_distance(x, y):
    """Of two float32 arrays: float32 within a tile of each of four lanes, float64 across lanes and tiles."""
    total, lane = 0.0, array("f", [0])
    squares = array("f", [d * d for d in array("f", [a - b for a, b in zip(x, y)])])
    for start in range(0, len(squares), TILE):
        sums = []
        for first in range(4):
            lane[0] = 0
            for square in squares[start + first:start + TILE:4]:
                lane[0] += square
            sums.append(lane[0])
        total += sums[0] + sums[1] + sums[2] + sums[3]
    return total


def update_norm(update):
    lanes = [0.0] * 8
    for deltas in in_name_order(update):
        for i, delta in enumerate(deltas):
            lanes[i % 8] += delta * delta
    a, b, c, d, e, f, g, h = lanes
    return math.sqrt(((a + b) + (c + d)) + ((e + f) + (g + h)))


def clipped(update, most):
    """The update, scaled down where its norm is larger than `most`; None clips nothing."""
    norm = 0.0 if most is None else update_norm(update)
    if most is None or norm <= most:
        return update
    factor = most / norm
    return {name: array("f", [delta * factor for delta in deltas]) for name, deltas in update.items()}


ADAPTIVE = ("eta", "beta1", "beta2", "tau")
STRATEGIES = {
    "fedavg": Strategy(mean_round),
    "fedprox": Strategy(mean_round, ("mu",)),
    "fedavgm": Strategy(optimized(momentum_step, "v"), ("eta", "beta"), slots=lambda p: {"v": 0.0}),
    "fedadagrad": Strategy(optimized(adaptive_step(adagrad_moment), "m", "v"), ("eta", "beta1", "tau"), slots=moments),
    "fedadam": Strategy(optimized(adaptive_step(adam_moment), "m", "v"), ADAPTIVE, slots=moments),
    "fedyogi": Strategy(optimized(adaptive_step(yogi_moment), "m", "v"), ADAPTIVE, slots=moments),
    "median": Strategy(coordinate_wise(middle), robust=True),
    "trimmed-mean": Strategy(coordinate_wise(trimmed), ("trim",), robust=True, least=lambda p: 2 * p["trim"] + 1),
    "krum": Strategy(krum_round, ("f",), robust=True, chooses=True, least=lambda p: 2 * p["f"] + 3),
    "multi-krum": Strategy(krum_round, ("f", "m"), robust=True, chooses=True, least=lambda p: max(2 * p["f"] + 3, p["m"] + p["f"])),
}


def initial_state(plan, forms):
    """@param forms (name, shape) pairs @returns the tensors of the server's state before the first round"""
    slots = plan.rule.slots(plan.parameters)
    return [
        Tensor(prefix + "." + name, list(shape), bytes_of(array("f", [value]) * element_count(shape, "audit.plan")))
        for name, shape in forms for prefix, value in slots.items()
    ]


# ---------------------------------------------------------------------------------------------------------------------
# Replaying rounds from the blobs (AGGREGATE.md).

TRAINABLE_BOUND = 8


class Blobs:
    """The folder of blobs. None is believed: each is hashed when it is read, and all of them at the end."""

    def __init__(self, folder):
        self.folder = folder

    def optional(self, name):
        """@returns the bytes, or None where there is no such blob"""
        try:
            with open(os.path.join(self.folder, name), "rb") as file:
                data = file.read()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Refusal("audit.blob-digest", "blobs/%s cannot be read: %s" % (name, error)) from error
        require(sha256(data).hex() == name, "audit.blob-digest", "The file blobs/%s does not have the digest in its name: its bytes were changed." % name)
        return data

    def required(self, name, what):
        data = self.optional(name)
        require(data is not None, "audit.blob-missing", "The %s, blob %s, is not there, so this cannot be rebuilt." % (what, name))
        return data

    def sealed(self, blob, what):
        """A blob that is no model, with the sealed length."""
        data = self.required(blob["sha256"], what)
        require(len(data) == blob["bytes"], "audit.blob-bytes", "The %s, blob %s, is not as long as is sealed." % (what, blob["sha256"]))
        return data

    def check_all(self):
        """@returns number and total length"""
        names = sorted(os.listdir(self.folder)) if os.path.isdir(self.folder) else []
        return len(names), sum(len(self.optional(name)) for name in names)


def read_artifact(data, artifact, what):
    """A model or an update whose length and tensor root are sealed beside its digest."""
    require_file(len(data) == artifact["bytes"], "%s, file %s, is not as long as is sealed." % (what, artifact["sha256"]))
    tensors = read_safetensors(data)
    require_file(tensor_root(tensors) == artifact["tensorRoot"], "%s, file %s, does not have the sealed tensor root." % (what, artifact["sha256"]))
    return tensors


def check_rebuilt(tensors, data, artifact, rule, what):
    """Rebuilt tensors are the very bytes that were sealed. @param data the stored file"""
    rebuilt = write_safetensors(tensors)
    require(sha256(rebuilt).hex() == artifact["sha256"], rule, "%s was rebuilt as %s, but %s is sealed." % (what, sha256(rebuilt).hex(), artifact["sha256"]))
    require(tensor_root(tensors) == artifact["tensorRoot"], rule + "-root", "%s has the sealed file hash but another tensor root." % what)
    require_file(len(data) == artifact["bytes"], "%s, file %s, is not as long as is sealed." % (what, artifact["sha256"]))


class Auditor:
    """Follows a chain that is being verified, and rebuilds what its leaves alone cannot show."""

    def __init__(self, blobs, choice=None):
        """@param choice what the folder says that it holds"""
        self.blobs = blobs
        self.choice = choice or WHOLE
        self.named = set()   # digests of files that some leaf names
        self.runs_left_out = []
        self.plans = {}      # run: Plan
        self.cohorts = {}    # run: keyIds of its newest attempt's cohort, in rank order
        self.drawn = 0       # cohorts drawn again
        self.enrolled = {}   # height: contributors in force in that block's tree; the newest few
        self.states = {}     # run: digest of the server's state that its last closed round sealed
        self.rounds = []

    def on_block(self, height, state):
        self.enrolled[height] = {key for key, contributor in state.in_force.items() if contributor.role == "contributor"}
        self.enrolled.pop(height - 3, None)

    def on_leaf(self, leaf, state):
        self.named.update(files_named(leaf))
        run = run_of(leaf)
        if leaf.kind == "run.create" and not self.holds(run):
            self.runs_left_out.append(run)
        if leaf.kind == "round.close" and not (self.holds(run) and self.choice["models"] == self.choice["updates"] == "all"):
            self.leave_out(leaf.payload["predicate"], len(state.blocks))
        elif run is None or self.holds(run):
            self.replay(leaf, state)

    def holds(self, run):
        return self.choice["runs"] is None or run in self.choice["runs"]

    def leave_out(self, close, block):
        """A round that the folder says it cannot show. A model that is there all the same is looked at."""
        model, what = close["model"], "model of round %d" % close["round"]
        if self.holds(close["run"]) and self.choice["models"] != "none":
            data = self.blobs.required(model["sha256"], what) if self.choice["models"] == "all" else self.blobs.optional(model["sha256"])
            if data is not None:
                read_artifact(data, model, "The " + what)
        self.add_round(close, block, close["updates"]["count"], "left-out")

    def check_newest(self, runs):
        for name, run in runs.items():
            if self.holds(name) and self.choice["models"] != "none":
                self.blobs.required(run.models[-1]["sha256"], "newest model of " + name)

    def add_round(self, close, block, contributors, status):
        self.rounds.append({
            "run": close["run"], "round": close["round"], "attempt": close["attempt"], "block": block, "model": close["model"]["sha256"],
            "contributors": contributors, "status": status,
        })

    def replay(self, leaf, state):
        if leaf.kind == "run.create":
            self.run_create(leaf.payload)
        elif leaf.kind == "run.end":
            self.run_end(leaf.payload)
        elif leaf.kind == "round.open":
            self.round_open(leaf.payload, state.runs[leaf.payload["run"]])
        elif leaf.kind == "round.close":
            close = leaf.payload["predicate"]
            self.round_close(close, state.runs[close["run"]], len(state.blocks))

    def run_create(self, created):
        run, initial = created["run"], created["initial"]
        plan = read_plan(self.blobs.sealed(created["plan"], "plan of " + run))
        require(plan.name == run, "audit.name", "The plan of %s is the plan of %s." % (run, plan.name))
        require(plan.retention == created["retention"], "audit.retention", "The run %s seals another retention than its plan says." % run)
        what = "The initial model of " + run
        data = self.blobs.optional(initial["sha256"])
        require(data is not None or self.choice["models"] != "all", "audit.blob-missing", "%s, blob %s, is not there." % (what, initial["sha256"]))
        held = initial["bytes"] if data is None else len(data)
        size = 4 * sum(element_count(form.shape, "audit.plan") for form in plan.tensors)
        require(size <= held, "audit.initial-model", "%s is smaller than its plan's." % what)
        tensors = initial_tensors(plan.tensors, plan.seed)
        check_rebuilt(tensors, write_safetensors(tensors) if data is None else data, initial, "audit.initial-model", what)
        self.plans[run] = plan

    def run_end(self, ended):
        whole_run = ended["outcome"] != "completed" or ended["rounds"] == self.plans[ended["run"]].rounds
        require(whole_run, "audit.rounds", "The run %s is called completed after %d rounds." % (ended["run"], ended["rounds"]))

    def round_open(self, opened, run):
        plan = self.plans[opened["run"]]
        what = "candidates of round %d" % opened["round"]
        candidates = self.candidates(self.blobs.sealed(opened["candidates"], what), opened)
        enough = len(candidates) >= plan.least_candidates
        require(enough, "audit.candidates", "Round %d opens with fewer candidates than its plan asks for." % opened["round"])
        size = len(candidates) if plan.cohort_size is None else min(plan.cohort_size, len(candidates))
        cohort = draw_cohort(opened, run.create_hash, candidates)[:size]
        root = root_of_hashes(leaf_hash(bytes.fromhex(key)) for key in cohort).hex()
        right = len(cohort) == opened["cohort"]["size"] and root == opened["cohort"]["root"]
        require(right, "audit.cohort", "The cohort of round %d is not the one that its seed draws." % opened["round"])
        self.check_opening(opened, plan)
        self.cohorts[opened["run"]] = cohort
        self.drawn += 1

    @staticmethod
    def check_opening(opened, plan):
        """What a round.open declares is what its plan and its cohort's size give."""
        number, size = opened["round"], opened["cohort"]["size"]
        require(number <= plan.rounds, "audit.rounds", "Round %d opens, but its plan has %d." % (number, plan.rounds))
        require(plan.rule is not None, "audit.strategy", "Round %d not rebuilt: strategy %s unknown." % (number, plan.strategy))
        policy = {
            "quorum": plan.quorum, "target": size, "deadlineMs": plan.deadline_ms, "weighting": plan.weighting, "examplesCap": plan.examples_cap,
        }
        require(policy == opened["policy"], "audit.policy", "The policy of round %d is not the one its plan and cohort give." % number)
        most = plan.most_weight(size)
        grid = {"s": 51 - ceil_log2(most) - ceil_log2(TRAINABLE_BOUND), "bound": TRAINABLE_BOUND, "aMax": most}
        require(grid == opened["grid"], "audit.grid", "The grid of round %d is not the one its cohort and plan give." % number)

    def candidates(self, data, opened):
        """Candidates and skipped together are exactly the contributors enrolled in the seed block's tree."""
        listed = read_strict_json(data)
        form = {"candidates": [HASH], "skipped": [{"contributor": HASH, "reason": CODE}]}
        require(fits(form, listed), "audit.candidates", "The list of candidates has not the form that it must have.")
        everybody = listed["candidates"] + [skipped["contributor"] for skipped in listed["skipped"]]
        whole_list = len(set(everybody)) == len(everybody) and set(everybody) == self.enrolled[opened["seed"]["height"]]
        require(whole_list, "audit.candidates", "Candidates and skipped of round %d are not the contributors enrolled in block %d." % (
            opened["round"], opened["seed"]["height"]))
        return listed["candidates"]

    def round_close(self, close, run, block):
        plan, attempt = self.plans[close["run"]], run.attempts[close["round"], close["attempt"]]
        accepted = [(commit, attempt.commits[commit]) for commit in sorted(attempt.accepted.values())]
        commits = [commit for commit, _ in accepted]
        self.check_closing(close, plan, accepted)
        what = "round %d" % close["round"]
        sealed_weights = self.blobs.sealed(close["weights"], "weights of " + what)
        base_bytes = self.blobs.required(close["base"], "base model of " + what)
        model_bytes = self.blobs.required(close["model"]["sha256"], "model of " + what)
        base = read_artifact(base_bytes, attempt.opened["base"], "The base of " + what)
        initial = initial_state(plan, [(form.name, form.shape) for form in plan.tensors])
        state = self.state_before(close["run"], initial)
        updates = self.updates(accepted, base, run.created["retention"]["updates"] == "all")
        weights = [plan.weight(commit["examples"]) for _, commit in accepted]
        if None in updates:
            if plan.rule.chooses:
                weights = declared_choice(weights, sealed_weights)
            check_weights(close, commits, weights, sealed_weights)
            check_model(read_artifact(model_bytes, close["model"], "The model of " + what), base, "The model of " + what)
            self.check_state(close, initial, None)
        else:
            given = Round(values_of(base), [clipped(update, plan.clip) for update in updates], weights, close["grid"]["s"], state, plan.parameters)
            result = combined(plan, given, what)
            check_weights(close, commits, result.weights, sealed_weights)
            check_rebuilt(with_values(base, result.model), model_bytes, close["model"], "audit.aggregate", "The model of " + what)
            self.check_state(close, initial, result.state)
        self.states[close["run"]] = close["serverState"]
        self.add_round(close, block, len(accepted), "not-kept" if None in updates else "reproduced")

    def state_before(self, run, initial):
        """The server's state that the round before sealed, or the one before the first."""
        sealed = self.states.get(run)
        if sealed is None or not initial:
            return values_of(initial)
        return values_of(read_state(self.blobs.required(sealed, "server state"), sealed, initial))

    def check_state(self, close, initial, state):
        """@param state rebuilt, or None where updates are gone"""
        sealed, number = close["serverState"], close["round"]
        kept = (sealed is None) == (not initial)
        require(kept, "audit.server-state", "Round %d seals a server state and its strategy keeps none, or the other way round." % number)
        if sealed is None:
            return
        data = self.blobs.required(sealed, "server state of round %d" % number)
        if state is None:
            read_state(data, sealed, initial)
            return
        rebuilt = sha256(write_safetensors(with_values(initial, state))).hex()
        require(rebuilt == sealed, "audit.server-state", "The server state of round %d was rebuilt as %s, but %s is sealed." % (number, rebuilt, sealed))

    def check_closing(self, close, plan, accepted):
        """What a round.close declares, and who counts in it."""
        number, aggregator = close["round"], close["aggregator"]
        require(aggregator["name"] == plan.strategy, "audit.strategy", "Round %d was not closed by the plan's strategy." % number)
        same = aggregator["parameters"] == plan.sealed_parameters()
        require(same, "audit.parameters", "Round %d was closed with other parameters than its plan gives the strategy." % number)
        for commit, payload in accepted:
            invited = payload["contributor"] in self.cohorts[close["run"]]
            require(invited, "audit.uninvited", "The update %s counts in round %d, but its contributor was not drawn." % (commit, number))

    def updates(self, accepted, base, kept):
        """Each accepted update's data by tensor name, or None for one that the plan's retention let go."""
        found = []
        for commit, payload in accepted:
            update, what = payload["update"], "update " + commit
            data = self.blobs.required(update["sha256"], what) if kept else self.blobs.optional(update["sha256"])
            found.append(None if data is None else read_update(read_artifact(data, update, "The " + what), base, what))
        return found


def files_named(leaf):
    """Digests of the files that a leaf names (CHAIN.md, Bundle)."""
    payload, kind = leaf.payload, leaf.kind
    if kind == "run.create":
        return [payload["plan"]["sha256"], payload["initial"]["sha256"]]
    if kind == "round.open":
        return [payload["base"]["sha256"], payload["candidates"]["sha256"]]
    if kind == "update.commit":
        return [payload["base"], payload["update"]["sha256"]]
    if kind == "round.close":
        close = payload["predicate"]
        return [close["base"], close["model"]["sha256"], close["weights"]["sha256"], *filter(None, [close["serverState"]])]
    if kind in ("run.end", "evaluation"):
        return [payload["model"]["sha256"] if kind == "run.end" else payload["model"]]
    return []


def run_of(leaf):
    if leaf.payload is None:
        return None
    return leaf.payload["predicate"]["run"] if leaf.kind == "round.close" else leaf.payload.get("run")


def draw_cohort(opened, create_hash, candidates):
    """Candidates in rank order (CHAIN.md, Cohort)."""
    block_hash, number = bytes.fromhex(opened["seed"]["blockHash"]), opened["round"].to_bytes(8, "big")
    seed = sha256(b"fedseal/cohort/v1\x00", block_hash, create_hash, number)
    return sorted(candidates, key=lambda key: sha256(b"fedseal/rank/v1\x00", seed, bytes.fromhex(key)))


def check_weights(close, commits, weights, sealed):
    """How much each update counts, and the denominator."""
    rows = [{"commit": commit, "weight": weight} for commit, weight in zip(commits, weights)]
    same = canonical_json(rows) == sealed
    require(same, "audit.weights", "The weights of round %d are not those its plan gives the accepted updates." % close["round"])
    right = close["denominator"] == str(sum(weights))
    require(right, "audit.denominator", "Round %d seals the denominator %s, its weights give %d." % (close["round"], close["denominator"], sum(weights)))


def layout_of(tensors):
    return {tensor.name: (tensor.shape, tensor.dtype) for tensor in tensors}


def check_model(tensors, base, what):
    """What a model that cannot be rebuilt must be all the same: the next round's base."""
    require_file(layout_of(tensors) == layout_of(base), "%s has other tensors than its base." % what)
    finite = all(math.isfinite(value) for tensor in tensors for value in floats_of(tensor.data))
    require_file(finite, "%s holds a NaN or an infinity." % what)


def read_update(tensors, base, what):
    """@returns {name: float32 array}, once layout and values are within the rules"""
    require(layout_of(tensors) == layout_of(base), "audit.update", "The %s was accepted, but has other tensors than its base." % what)
    values = {tensor.name: floats_of(tensor.data) for tensor in tensors}
    # A NaN is not within anything.
    sane = all(-TRAINABLE_BOUND <= delta <= TRAINABLE_BOUND for deltas in values.values() for delta in deltas)
    require(sane, "audit.update", "The %s was accepted, but holds a NaN, an infinity or a value out of bound." % what)
    return values


def declared_choice(weights, sealed):
    """What can be held of a choice whose updates are gone: each update weighs as it declares or, not chosen, nothing."""
    rows = read_strict_json(sealed)
    zero = [isinstance(row, dict) and row.get("weight") == 0 for row in rows] if isinstance(rows, list) else []
    return [0 if n < len(zero) and zero[n] else weight for n, weight in enumerate(weights)]


def values_of(tensors):
    return {tensor.name: floats_of(tensor.data) for tensor in tensors}


def with_values(tensors, values):
    return [Tensor(tensor.name, tensor.shape, bytes_of(values[tensor.name])) for tensor in tensors]


def combined(plan, given, what):
    result = plan.rule.combine(given)
    finite = all(math.isfinite(value) for tensors in (result.model, result.state) for values in tensors.values() for value in values)
    require(finite, "audit.aggregate", "What %s gives left the range of float32: it must not have closed." % what)
    return result


def read_state(data, sealed, initial):
    try:
        tensors = read_safetensors(data)
    except Refusal as refusal:
        raise Refusal("audit.server-state", "The server state %s cannot be read: %s" % (sealed, refusal)) from refusal
    fits_initial = layout_of(tensors) == layout_of(initial) and all(math.isfinite(value) for values in values_of(tensors).values() for value in values)
    require(fits_initial, "audit.server-state", "The server state %s is not one of this strategy and this model." % sealed)
    return tensors


# ---------------------------------------------------------------------------------------------------------------------
# What lies beside the chain in a folder (CHAIN.md: Bundle, Checkpoint, Tiles).

KNOWN_NAMES = {"chain.fsl", "blobs", "checkpoint", "tile", "bundle.json", "README.txt"}
BUNDLE = {
    "fedseal": one_of("bundle/v1"), "chain": HASH, "head": {"height": UINT, "blockHash": HASH, "treeSize": POSITIVE, "treeRoot": HASH},
    "models": one_of("all", "final", "none"), "updates": one_of("all", "none"),
    "runs": nullable(lambda value: fits([RUN_ID], value) and len(value) >= 1),
}
WHOLE = {"models": "all", "updates": "all", "runs": None}


class Folder:
    """An exported folder. What it says of itself in bundle.json is not signed: it can make an audit say less, never something false."""

    def __init__(self, path):
        self.path = path
        self.names = sorted(os.listdir(path))
        self.contents = self.read_contents() if "bundle.json" in self.names else None
        if self.contents is not None:
            missing = [name for name in ("checkpoint", "tile", "blobs") if name not in self.names]
            require(not missing, "bundle.incomplete", "The folder lacks %s, which every bundle has." % ", ".join(missing))

    def read_contents(self):
        try:
            contents = json.loads(self.read("bundle.json").decode("utf-8"), parse_constant=refuse_constant)
        except (ValueError, RecursionError, Refusal) as error:
            raise Refusal("bundle.contents", "bundle.json is not JSON: it was changed.") from error
        require(fits(BUNDLE, contents), "bundle.contents", "bundle.json has not the form that it must have.")
        return contents

    def read(self, name):
        """@returns None for what is not there"""
        try:
            with open(os.path.join(self.path, *name.split("/")), "rb") as file:
                return file.read()
        except FileNotFoundError:
            return None

    def check(self, chain, leaves):
        """Checkpoint, tiles and contents against a chain that was verified. @returns what is reported of them"""
        tiles = self.check_tiles(leaves) if "tile" in self.names else 0
        if self.contents is not None:
            own = self.contents["chain"] == chain.state.chain_id and self.contents["head"] == chain.report()["head"]
            require(own, "bundle.contents", "bundle.json speaks of another chain, or of another block of it.")
        checkpoint = check_checkpoint(self.read("checkpoint"), chain) if "checkpoint" in self.names else None
        return {"checkpoint": checkpoint, "tiles": tiles, "contents": self.contents}

    def check_tiles(self, leaves):
        expected = dict(tiles_of(leaves))
        for path, data in expected.items():
            found = self.read(path)
            require(found is not None, "tile.missing", "The tile %s is not there." % path)
            require(found == data, "tile.bytes", "The tile %s is not what the leaves give." % path)
        for folder, _, files in os.walk(os.path.join(self.path, "tile")):
            for name in files:
                path = os.path.relpath(os.path.join(folder, name), self.path).replace(os.sep, "/")
                require(path in expected, "export.stranger", "The folder holds %s, which is no tile of this tree." % path)
        return len(expected)

    def check_strangers(self, named):
        """@param named digests of all files that some leaf names"""
        for name in self.names:
            require(name in KNOWN_NAMES, "export.stranger", "The folder holds %s, which no export of this chain writes." % name)
        for name in os.listdir(os.path.join(self.path, "blobs")) if "blobs" in self.names else []:
            require(name in named, "export.stranger", "The folder holds blobs/%s, which no leaf names." % name)


def tiles_of(leaves):
    """Path and bytes of every tile of the tree: full ones, and the partial ones at its right edge."""
    bundles = [leaves[at:at + 256] for at in range(0, len(leaves), 256)]
    for index, bundle in enumerate(bundles):
        yield tile_path("entries", index, len(bundle)), b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in bundle)
    level, row = 0, [leaf_hash(leaf) for leaf in leaves]
    while row:
        tiles = [row[at:at + 256] for at in range(0, len(row), 256)]
        for index, tile in enumerate(tiles):
            yield tile_path(level, index, len(tile)), b"".join(tile)
        level, row = level + 1, [root_of_hashes(tile) for tile in tiles if len(tile) == 256]


def tile_path(level, index, width):
    groups = ["%03d" % (index % 1000)]
    while index >= 1000:
        index //= 1000
        groups.insert(0, "x%03d" % (index % 1000))
    return "tile/%s/%s%s" % (level, "/".join(groups), "" if width == 256 else ".p/%d" % width)


SIGNATURE_LINE = re.compile("\u2014 ([^\x00-\x20+]+) ([A-Za-z0-9+/]+={0,2})")


def check_checkpoint(data, chain):
    """The operator signed the chain's own size and root."""
    origin, key, head = chain.state.charter["origin"], chain.state.operator, chain.report()["head"]
    lines = open_note(data, origin, key).split("\n")
    require(len(lines) == 4, "checkpoint.lines", "The checkpoint does not have exactly three lines.")
    size, root = lines[1], from_base64(lines[2])
    require(BIGINT(size) and int(size) <= MAX_SAFE, "checkpoint.size", "The checkpoint's size is no number.")
    require(root is not None and len(root) == 32, "checkpoint.root", "The checkpoint's root is not 32 bytes in base64.")
    require(lines[0] == origin, "checkpoint.origin", "The checkpoint is another log's.")
    if (int(size), root.hex()) != (head["treeSize"], head["treeRoot"]):
        raise Refusal("checkpoint.head", "The checkpoint signs another tree than this chain's.").at(block=head["height"])
    return {"origin": origin, "size": int(size), "root": root.hex(), "keyId": key_id(key)}


def open_note(data, name, key):
    """@returns the text that the key signed under this name"""
    note = data.decode("utf-8", "replace")
    require(len(note.encode("utf-16-be")) // 2 <= 2**20, "note.size", "A note is longer than 2^20 UTF-16 code units.")
    text, parted, signed = note.rpartition("\n\n")
    require(parted and note.endswith("\n"), "note.text", "A note is no text, empty line and signature lines, each with its newline.")
    require(not re.search("[\x00-\x09\x0b-\x1f]", text), "note.control", "A note's text holds a control character.")
    text, lines = text + "\n", signed[:-1].split("\n")
    require(1 <= len(lines) <= 64, "note.signatures", "A note has no signature line, or more than 64.")
    hint, signatures = sha256(name.encode(), b"\n\x01", key)[:4], []
    for line in lines:
        found = SIGNATURE_LINE.fullmatch(line)
        raw = from_base64(found.group(2)) if found else None
        require(raw is not None and len(raw) > 4 and not NOT_IN_ORIGIN.search(found.group(1)), "note.signature", "A signature line of a note is malformed.")
        if found.group(1) == name and raw[:4] == hint:
            signatures.append(raw[4:])
    require(signatures, "note.unsigned", "The note has no signature by the operator's key.")
    valid = all(len(signature) == 64 and signature_valid(key, text.encode(), signature) for signature in signatures)
    require(valid, "note.signature", "The operator's signature of the note does not verify.")
    return text


def from_base64(text):
    """Padded and canonical, or None."""
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return raw if base64.b64encode(raw).decode() == text else None


# ---------------------------------------------------------------------------------------------------------------------
# The command.


def verify_path(path):
    """@returns the report of a folder or of a chain file. @throws Refusal, UsageError"""
    folder = path if os.path.isdir(path) else None
    headers, leaves = read_chain_file(read_input(path if folder is None else os.path.join(path, "chain.fsl")))
    if folder is None:
        chain = Chain()
        chain.verify(headers, leaves)
        return {"verified": True, "chain": chain.report()}
    beside = Folder(folder)
    auditor = Auditor(Blobs(os.path.join(folder, "blobs")), beside.contents or WHOLE)
    chain = Chain(auditor.on_leaf, auditor.on_block)
    chain.verify(headers, leaves)
    checked = beside.check(chain, leaves)
    auditor.check_newest(chain.state.runs)
    count, size = auditor.blobs.check_all()
    beside.check_strangers(auditor.named)
    return {
        "verified": True, "chain": chain.report(), **checked, "runs": len(auditor.plans), "rounds": auditor.rounds, "cohorts": auditor.drawn,
        "initialModels": len(auditor.plans), "runsLeftOut": auditor.runs_left_out, "blobs": count, "blobBytes": size,
        "notChecked": [name for name in beside.names if name == "README.txt"],
    }


def read_input(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise UsageError("%s cannot be read (%s). Name a folder that `fedseal export --out DIR` wrote, or its chain.fsl." % (path, error.strerror)) from error


STATUS = {
    "reproduced": "rebuilt bit for bit from", "not-kept": "not rebuilt, because its updates were not kept; the chain says it was made from",
    "left-out": "not rebuilt, because this bundle leaves its models or updates out; the chain says it was made from",
}


def describe(report):
    """The report in words, one line each."""
    chain, head = report["chain"], report["chain"]["head"]
    yield "%s, chain %s" % (chain["name"], chain["chainId"])
    yield "  %(blocks)d blocks, %(leaves)d leaves, %(runs)d runs, %(rounds)d rounds closed, %(contributors)d keys in force, work %(work)s" % chain
    yield "  head: block %d, %s" % (head["height"], head["blockHash"])
    yield "  tree: %d leaves, root %s" % (head["treeSize"], head["treeRoot"])
    if "rounds" in report:
        yield "  %(initialModels)d initial models rebuilt, %(cohorts)d cohorts drawn again, %(blobs)d blobs (%(blobBytes)d bytes) checked" % report
        for row in report["rounds"]:
            yield "  %s round %d: %s %d updates, %s" % (row["run"], row["round"], STATUS[row["status"]], row["contributors"], row["model"])
        for run in report["runsLeftOut"]:
            yield "  %s: its files are left out of this bundle; its leaves were verified" % run
        if report["checkpoint"] is not None:
            yield "  checkpoint: signed by the operator for this tree; %d tiles are as the leaves give them" % report["tiles"]
        for name in report["notChecked"]:
            yield "  not looked at: %s" % name
    missing = sum(row["status"] != "reproduced" for row in report.get("rounds", []))
    yield "VERIFIED in %.1f s.%s" % (report["seconds"], " %d of %d rounds could not be rebuilt from what is here." % (missing, len(report["rounds"])) if missing else "")


def describe_refusal(refusal):
    place = ["block %d" % refusal.block] if refusal.block is not None else []
    place += ["leaf %d" % refusal.leaf] if refusal.leaf is not None else []
    return "DOES NOT VERIFY%s: %s\n  %s" % (" at " + ", ".join(place) if place else "", refusal.rule, refusal)


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(description="Verify a Fedseal export: a folder with chain.fsl and blobs/, or a chain.fsl alone.")
    parser.add_argument("path", metavar="DIR|chain.fsl")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("--ed25519", choices=("auto", "own"), default="auto", help="`own` leaves the package cryptography aside")
    return parser.parse_args(arguments)


def main(arguments):
    global signature_valid
    options = parse_arguments(arguments)
    if options.ed25519 == "own":
        signature_valid = own_signature_valid
    began = time.monotonic()
    try:
        report = verify_path(options.path)
    except UsageError as error:
        print(error, file=sys.stderr)
        return 2
    except Refusal as refusal:
        facts = {"verified": False, "rule": refusal.rule, "block": refusal.block, "leaf": refusal.leaf, "message": str(refusal)}
        facts = {name: value for name, value in facts.items() if value is not None}
        print(json.dumps(facts, ensure_ascii=False) if options.format == "json" else describe_refusal(refusal))
        return 1
    report["seconds"] = round(time.monotonic() - began, 3)
    print(json.dumps(report, ensure_ascii=False) if options.format == "json" else "\n".join(describe(report)))
    return 0


def run(arguments):
    """`main`, with a status of its own for a fault of this program: it must not look like a verdict."""
    try:
        return main(arguments)
    except (MemoryError, RecursionError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError) as error:
        print("verify.py failed: %s: %s" % (type(error).__name__, error), file=sys.stderr)
        return 3


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    sys.exit(run(sys.argv[1:]))
