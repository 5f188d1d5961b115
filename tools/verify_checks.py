#!/usr/bin/env python3
"""Checks verify.py itself; tools/verify-py.spec.ts runs it, and so can you.

    python3 tools/verify_checks.py vectors          the test vectors of docs/CHAIN.md, docs/AGGREGATE.md and docs/vectors
    python3 tools/verify_checks.py wycheproof FILE  both ways of checking Ed25519 signatures, against each other and the file
    python3 tools/verify_checks.py lies DIR         an export, forged so that only what is rebuilt from the blobs can tell
    python3 tools/verify_checks.py flips CHAIN      reads [[offset, mask], …] as JSON; prints the verdict on each changed chain file
    python3 tools/verify_checks.py plans            reads a list of plans' texts as JSON; prints what is taken from each, or the rule

Prints JSON. Exit status: 0, or 1 when an answer is wrong (for `flips` and `plans`, the reader judges).
"""

import functools
import json
import os
import re
import struct
import sys
from array import array

sys.dont_write_bytecode = True
import verify  # noqa: E402
from verify_lies import lies, rule_of  # noqa: E402

DOCS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "docs")
unhex = bytes.fromhex


def read_vectors(document):
    """All `json vectors` blocks of a page, merged."""
    with open(os.path.join(DOCS, document), encoding="utf-8") as file:
        blocks = re.findall(r"^```json vectors\n(.*?)^```$", file.read(), re.M | re.S)
    return {name: vector for block in blocks for name, vector in json.loads(block).items()}


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


def case_plan(case):
    """The plan that a case of docs/vectors/strategies.json is a round of."""
    return verify.read_plan(json.dumps({
        "name": "vectors", "model": {"inputShape": [3], "layers": [{"type": "dense", "name": "head", "units": 3}]}, "seed": 1, "rounds": 9,
        "strategy": case["strategy"], "policy": {**case["policy"], "quorum": case["least"], "deadlineSeconds": 1},
        "cohort": {"size": "all", "minimum": 1}, "retention": "all",
    }).encode())


def check_strategies(page):
    base = verify.values_of(tensors_of({"tensors": page["base"]}))
    given = {update["commit"]: (update["examples"], verify.values_of(tensors_of(update))) for update in page["updates"]}
    for case in page["cases"]:
        plan = case_plan(case)
        yield plan.sealed_parameters(), case["parameters"]
        yield plan.rule.least(plan.parameters), case["least"]
        yield plan.most_weight(case["updates"]), case["grid"]["aMax"]
        commits = sorted(update["commit"] for update in page["updates"][:case["updates"]])
        updates = [verify.clipped(given[commit][1], plan.clip) for commit in commits]
        weights = [plan.weight(given[commit][0]) for commit in commits]
        initial = verify.initial_state(plan, [(form.name, form.shape) for form in plan.tensors])
        model, state = base, verify.values_of(initial)
        for stated in case["rounds"]:
            result = verify.combined(plan, verify.Round(model, updates, weights, case["grid"]["s"], state, plan.parameters), "the vector")
            yield [{"commit": commit[:8], "weight": weight} for commit, weight in zip(commits, result.weights)], stated["weights"]
            yield str(sum(result.weights)), stated["denominator"]
            yield hex_values(result.model), hex_tensors(stated["model"])
            yield hex_values(result.state), hex_tensors(stated["state"])
            model, state = result.model, result.state


def hex_values(tensors):
    return {name: verify.bytes_of(values).hex() for name, values in tensors.items()}


def hex_tensors(vector):
    return {tensor["name"]: tensor["data"] for tensor in vector}


def generated_rows(vector):
    stream = verify.xoshiro128(vector["seed"])
    return [array("f", [(2 * (next(stream) >> 8) + 1 - 2**24) / 2**24 for _ in range(length)]) for length in vector["lengths"]]


def check_distances(page):
    rows = generated_rows(page["distances"])
    yield verify.bytes_of(rows[0][:4]).hex(), page["distances"]["first"]
    for pair in page["distances"]["pairs"]:
        first, second = pair["rows"]
        yield struct.pack("<d", verify.squared_distance(rows[first], rows[second])).hex(), pair["squared"]
    norm = verify.update_norm(dict(zip(page["norm"]["names"], generated_rows(page["norm"]))))
    yield struct.pack("<d", norm).hex(), page["norm"]["norm"]
    for case in page["decimals"]:
        yield verify.decimal_text(float(case["number"])), case["text"]


def vectors():
    chain, aggregate = read_vectors("CHAIN.md"), read_vectors("AGGREGATE.md")
    checks = [(check, chain) for check in (check_keys_and_leaves, check_json, check_tree, check_headers, check_cohort, check_chain_file)]
    checks += [(check, aggregate) for check in (check_initial_model, check_safetensors, check_sum)]
    with open(os.path.join(DOCS, "vectors", "strategies.json"), encoding="utf-8") as file:
        strategies = json.load(file)
    checks += [(check, strategies) for check in (check_strategies, check_distances)]
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


def plans():
    return {"plans": [plan_facts(text) for text in json.load(sys.stdin)], "wrong": []}


def plan_facts(text):
    """What an auditor takes from a plan, or the rule that refuses it."""
    try:
        plan = verify.read_plan(text.encode("utf-8", "surrogatepass"))
    except verify.Refusal as refusal:
        return refusal.rule
    return {
        "name": plan.name, "seed": plan.seed, "rounds": plan.rounds, "strategy": plan.strategy,
        "parameters": None if plan.rule is None else plan.sealed_parameters(), "examplesCap": plan.examples_cap, "quorum": plan.quorum,
        "deadlineMs": plan.deadline_ms, "cohort": {"size": plan.cohort_size or "all", "minimum": plan.least_candidates}, "retention": plan.retention,
        "tensors": [[form.name, form.shape] for form in plan.tensors],
    }


def main(arguments):
    commands = {"vectors": vectors, "wycheproof": wycheproof, "lies": lies, "flips": flips, "plans": plans}
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
