#!/usr/bin/env python3
"""Checks verify.py itself; tools/verify-py.spec.ts runs it, and so can you.

    python3 tools/verify_checks.py vectors          the test vectors of docs/CHAIN.md and docs/AGGREGATE.md
    python3 tools/verify_checks.py wycheproof FILE  both ways of checking Ed25519 signatures, against each other and the file
    python3 tools/verify_checks.py lies DIR         an export, forged so that only what is rebuilt from the blobs can tell
    python3 tools/verify_checks.py flips CHAIN      reads [[offset, mask], …] as JSON; prints the verdict on each changed chain file

Prints JSON. Exit status: 0, or 1 when an answer is wrong (for `flips`, the reader judges).
"""

import functools
import json
import os
import re
import sys

sys.dont_write_bytecode = True
import verify  # noqa: E402

DOCS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "docs")
unhex = bytes.fromhex


def read_vectors(document):
    """All `json vectors` blocks of a page, merged."""
    with open(os.path.join(DOCS, document), encoding="utf-8") as file:
        blocks = re.findall(r"^```json vectors\n(.*?)^```$", file.read(), re.M | re.S)
    return {name: vector for block in blocks for name, vector in json.loads(block).items()}


def rule_of(work):
    """The rule that `work` refuses with, or `ok`."""
    try:
        work()
        return "ok"
    except verify.Refusal as refusal:
        return refusal.rule


def tensors_of(vector):
    return [verify.Tensor(tensor["name"], tensor["shape"], unhex(tensor["data"])) for tensor in vector["tensors"]]


# Each check yields pairs of what was found and what the document says.


def check_keys_and_leaves(chain):
    key, leaf = chain["key"], chain["leaf"]
    verify.check_public_key(unhex(key["publicKey"]))
    yield verify.key_id(unhex(key["publicKey"])), key["keyId"]
    decoded = verify.decode_leaf(unhex(leaf["leaf"]))
    yield decoded.payload_bytes.decode("utf-8"), leaf["payload"]
    yield decoded.hash.hex(), leaf["leafHash"]
    message = verify.pre_auth_encoding("annotate", decoded.payload_bytes)
    yield message.hex()[: len(leaf["pae"])], leaf["pae"]
    for valid in {verify.own_signature_valid, verify.signature_valid}:
        yield valid(unhex(key["publicKey"]), message, unhex(leaf["signature"])), True
        yield valid(unhex(key["publicKey"]), message + b" ", unhex(leaf["signature"])), False


def check_json(chain):
    accepted = chain["json"]["accepted"].encode("utf-8")
    yield verify.canonical_json(verify.read_strict_json(accepted)), accepted
    for refused in chain["json"]["refused"]:
        yield rule_of(lambda: verify.read_strict_json(refused["json"].encode("utf-8"))), refused["rule"]


def check_tree(chain):
    tree = verify.Tree()
    for entry, root in zip(chain["tree"]["entries"], chain["tree"]["roots"]):
        tree.append(verify.leaf_hash(unhex(entry)))
        yield tree.root().hex(), root


def check_headers(chain):
    vector = chain["header"]
    header = verify.decode_header(unhex(vector["header"]))
    yield (header.k, header.m, header.rounds), (vector["k"], vector["m"], vector["rounds"])
    yield verify.sha256(unhex(vector["header"])).hex(), vector["hash"]
    target = chain["target"]
    for case in target["meets"]:
        yield verify.meets_target(unhex(target["hash"]), case["k"], case["m"]), case["meets"]
    for case in target["difficulties"]:
        yield verify.difficulty_for(int(case["tries"])), (case["k"], case["m"])
        yield str(verify.work(case["k"], case["m"])), case["work"]
    retarget = chain["retarget"]
    below = [
        header._replace(rounds=row["rounds"], seal_start_ms=row["sealStartMs"], timestamp_ms=row["timestampMs"], k=row["k"], m=row["m"])
        for row in retarget["headers"]
    ]
    for row in retarget["next"]:
        yield verify.next_difficulty(retarget["rules"], below[: row["height"]]), (row["k"], row["m"])


def check_cohort(chain):
    vector = chain["cohort"]
    opened = {"seed": {"blockHash": vector["blockHash"]}, "round": vector["round"]}
    drawn = verify.draw_cohort(opened, unhex(vector["runLeafHash"]), vector["candidates"])[: vector["size"]]
    yield drawn, vector["drawn"]
    yield verify.root_of_hashes(verify.leaf_hash(unhex(key)) for key in drawn).hex(), vector["root"]
    yield verify.root_of_hashes(sorted(map(unhex, vector["candidates"]))).hex(), vector["updatesRoot"]
    yield verify.tensor_root(tensors_of(chain["tensorRoot"])), chain["tensorRoot"]["root"]


def check_chain_file(chain):
    with open(os.path.join(DOCS, chain["chainFile"]["file"]), "rb") as file:
        data = file.read()
    vector = chain["chainFile"]
    yield (len(data), verify.sha256(data).hex()), (vector["bytes"], vector["sha256"])
    whole = verify.Chain()
    whole.verify(*verify.read_chain_file(data))
    yield whole.report(), vector["report"]
    for case in chain["changedBytes"]:
        found = verdict(data, case["offset"], case["mask"])
        yield found, {key: case[key] for key in ("rule", "block", "leaf") if key in case}


def check_initial_model(aggregate):
    for vector in aggregate["generator"]:
        words, stream = verify.split_mix64(int(vector["seed"])), verify.xoshiro128(int(vector["seed"]))
        yield ["%016x" % next(words) for _ in vector["splitMix"]], vector["splitMix"]
        yield [next(stream) for _ in vector["words"]], vector["words"]
    vector = aggregate["initial"]
    model = json.loads(json.dumps(vector["model"]), parse_int=float)
    tensors = verify.initial_tensors(verify.model_tensors(model), vector["seed"])
    yield tensors, tensors_of(vector)
    data = verify.write_safetensors(tensors)
    yield (len(data), verify.sha256(data).hex()), (vector["bytes"], vector["sha256"])
    yield verify.tensor_root(tensors), vector["tensorRoot"]


def check_safetensors(aggregate):
    vector = aggregate["safetensors"]
    yield verify.write_safetensors(tensors_of(vector)).hex(), vector["file"]
    yield verify.read_safetensors(unhex(vector["file"])), verify.by_name(tensors_of(vector))
    for case in aggregate["headers"]:
        header = case["header"].encode("utf-8")
        data = len(header).to_bytes(8, "little") + header + bytes(case["data"])
        yield rule_of(lambda: verify.read_safetensors(data)), "ok" if case["rule"] == "ok" else "audit.file"


def check_sum(aggregate):
    for grid in aggregate["grids"]:
        yield 51 - verify.ceil_log2(grid["aMax"]) - verify.ceil_log2(grid["bound"]), grid["s"]
    vector = aggregate["sum"]
    base = verify.floats_of(unhex(vector["base"]))
    updates = [(verify.floats_of(unhex(update["delta"])), update["weight"]) for update in vector["updates"]]
    for order in (updates, updates[::-1]):
        sums = verify.exact_sums(order, vector["grid"]["s"], len(base))
        yield list(map(str, sums)), vector["sums"]
        yield verify.bytes_of(verify.finish_sums(base, sums, vector["denominator"], vector["grid"]["s"])).hex(), vector["model"]


def vectors():
    chain, aggregate = read_vectors("CHAIN.md"), read_vectors("AGGREGATE.md")
    checks = [(check, chain) for check in (check_keys_and_leaves, check_json, check_tree, check_headers, check_cohort, check_chain_file)]
    checks += [(check, aggregate) for check in (check_initial_model, check_safetensors, check_sum)]
    held, wrong = 0, []
    for check, page in checks:
        for found, stated in check(page):
            held += found == stated
            wrong += [] if found == stated else [{"check": check.__name__, "found": repr(found), "stated": repr(stated)}]
    return {"held": held, "wrong": wrong}


def wycheproof(path):
    with open(path, encoding="utf-8") as file:
        groups = json.load(file)["testGroups"]
    held, wrong = 0, []
    for group in groups:
        key = unhex(group["publicKey"]["pk"])
        for test in group["tests"]:
            message, signature = unhex(test["msg"]), unhex(test["sig"])
            answers = {len(signature) == 64 and valid(key, message, signature) for valid in (verify.own_signature_valid, verify.signature_valid)}
            right = answers == {test["result"] == "valid"}
            held += right
            wrong += [] if right else [test["tcId"]]
    return {"held": held, "wrong": wrong}


def verdict(data, offset, mask):
    """@returns rule, block and leaf of a chain file with one byte changed; {} when it verifies"""
    changed = bytearray(data)
    changed[offset] ^= mask
    try:
        verify.Chain().verify(*verify.read_chain_file(bytes(changed)))
        return {}
    except verify.Refusal as refusal:
        facts = {"rule": refusal.rule, "block": refusal.block, "leaf": refusal.leaf}
        return {name: value for name, value in facts.items() if value is not None}


def flips(path):
    with open(path, "rb") as file:
        data = file.read()
    return {"verdicts": [verdict(data, offset, mask) for offset, mask in json.load(sys.stdin)], "wrong": []}


# Lies: an operator who holds every key signs and mines whatever it likes. Here nobody signs: signatures and work are taken for
# granted, the tree and the links are made anew, and what remains to find the lie is the audit.


class MemoryBlobs(verify.Blobs):
    """The blobs of a folder, and forged ones over them."""

    def __init__(self, folder):
        super().__init__(folder)
        self.forged = {}

    def optional(self, name):
        return self.forged.get(name) or super().optional(name)

    def add(self, data):
        name = verify.sha256(data).hex()
        self.forged[name] = data
        return {"sha256": name, "bytes": len(data)}


class Unsigned(verify.Chain):
    """A chain whose signatures and work are taken for granted."""

    def check_work(self, header, block_hash):
        pass

    def block(self, height, raw, leaves):
        self.state.check_signatures = lambda leaf, keys: None
        super().block(height, raw, leaves)


def reseal(headers, leaves):
    """Headers and links over changed leaves."""
    tree, sealed, raws, at = verify.Tree(), [], [], 0
    for header in map(verify.decode_header, headers):
        for leaf in leaves[at:header.tree_size]:
            linked = leaf[:8] + raws[-1] + leaf[184:] if leaf[2:4] == b"\x00\x02" else leaf
            tree.append(verify.leaf_hash(linked))
            sealed.append(linked)
        at = header.tree_size
        previous = verify.sha256(raws[-1]) if raws else header.previous_hash
        raws.append(verify.HEADER.pack(*header._replace(previous_hash=previous, tree_root=tree.root())))
    return raws, sealed


def rewrite(leaves, kind, change):
    """`change(payload)` for the last leaf of a kind; what it returns, {old text: new text}, goes for the leaves after it too."""
    last = max(index for index, leaf in enumerate(leaves) if verify.decode_leaf(leaf).kind == kind)
    payload = verify.decode_leaf(leaves[last]).payload
    replacements = change(payload) or {}
    changed = leaves[:last] + [with_payload(leaves[last], verify.canonical_json(payload))]
    for leaf in leaves[last + 1:]:
        payload_bytes = verify.decode_leaf(leaf).payload_bytes
        for old, new in replacements.items():
            payload_bytes = payload_bytes.replace(old.encode(), new.encode())
        changed.append(with_payload(leaf, payload_bytes))
    return changed


def with_payload(leaf, payload_bytes):
    old = verify.decode_leaf(leaf).payload_bytes
    return leaf[:4] + len(payload_bytes).to_bytes(4, "big") + payload_bytes + leaf[8 + len(old):]


def lies_about(blobs):
    """Name, kind of leaf, the lie, and the rule that must find it."""

    def forged_model(payload):
        model = payload["predicate"]["model"]
        tensors = verify.read_safetensors(blobs.required(model["sha256"], "model"))
        data = bytearray(tensors[0].data)
        data[0] ^= 1
        old = dict(model)
        forged = [tensors[0]._replace(data=bytes(data)), *tensors[1:]]
        model.update(blobs.add(verify.write_safetensors(forged)), tensorRoot=verify.tensor_root(forged))
        payload["subject"][0]["digest"]["sha256"] = model["sha256"]
        return {old["sha256"]: model["sha256"], old["tensorRoot"]: model["tensorRoot"]}

    def other_root(payload):
        old, model = payload["predicate"]["model"]["tensorRoot"], payload["predicate"]["model"]
        model["tensorRoot"] = "0" * 64
        return {old: "0" * 64}

    def other_length(payload):
        payload["predicate"]["weights"]["bytes"] += 1

    def other_weights(payload):
        close = payload["predicate"]
        rows = verify.read_strict_json(blobs.required(close["weights"]["sha256"], "weights"))
        rows[0]["weight"] += 1
        close["weights"] = blobs.add(verify.canonical_json(rows))

    def other_strategy(payload):
        payload["predicate"]["aggregator"]["name"] = "median"

    def left_out(payload):
        listed = verify.read_strict_json(blobs.required(payload["candidates"]["sha256"], "candidates"))
        listed["candidates"].pop()
        payload["candidates"] = blobs.add(verify.canonical_json(listed))

    def other_cohort(payload):
        payload["cohort"]["root"] = "0" * 64

    def other_grid(payload):
        old = verify.canonical_text(payload["grid"])
        payload["grid"].update(aMax=2 * payload["grid"]["aMax"], s=payload["grid"]["s"] - 1)
        return {old: verify.canonical_text(payload["grid"])}

    def other_plan(change):
        def lie(payload):
            plan = json.loads(blobs.required(payload["plan"]["sha256"], "plan"))
            change(plan)
            payload["plan"] = blobs.add(json.dumps(plan).encode())
        return lie

    yield "model", "round.close", forged_model, "audit.aggregate"
    yield "tensor root", "round.close", other_root, "audit.aggregate-root"
    yield "length", "round.close", other_length, "audit.blob-bytes"
    yield "weights", "round.close", other_weights, "audit.weights"
    yield "strategy", "round.close", other_strategy, "audit.strategy"
    yield "candidate left out", "round.open", left_out, "audit.candidates"
    yield "cohort", "round.open", other_cohort, "audit.cohort"
    yield "grid", "round.open", other_grid, "audit.grid"
    yield "seed", "run.create", other_plan(lambda plan: plan.update(seed=plan["seed"] + 1)), "audit.initial-model"
    yield "layers", "run.create", other_plan(lambda plan: plan["model"]["layers"].pop()), "audit.initial-model"
    yield "plan", "run.create", other_plan(lambda plan: plan.pop("seed")), "audit.plan"
    yield "nothing", "round.close", lambda payload: None, "ok"


def lies(folder):
    with open(os.path.join(folder, "chain.fsl"), "rb") as file:
        headers, leaves = verify.read_chain_file(file.read())
    held, wrong = 0, []
    blobs = MemoryBlobs(os.path.join(folder, "blobs"))
    for name, kind, lie, rule in lies_about(blobs):
        forged = reseal(headers, rewrite(leaves, kind, lie))
        auditor = verify.Auditor(blobs)
        found = rule_of(lambda: Unsigned(auditor.on_leaf, auditor.on_block).verify(*forged))
        held += found == rule
        wrong += [] if found == rule else [{"lie": name, "found": found, "stated": rule}]
    return {"held": held, "wrong": wrong}


def main(arguments):
    commands = {"vectors": vectors, "wycheproof": wycheproof, "lies": lies, "flips": flips}
    if not arguments or arguments[0] not in commands:
        print(__doc__, file=sys.stderr)
        return 2
    # Changed chains are alike: what was asked before has the same answer.
    verify.signature_valid = functools.lru_cache(maxsize=None)(verify.signature_valid)
    verify.check_public_key = functools.lru_cache(maxsize=None)(verify.check_public_key)
    answer = commands[arguments[0]](*arguments[1:])
    print(json.dumps(answer))
    return 1 if answer["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
