"""An export, forged so that only what is rebuilt from the blobs can tell: `verify_checks.py lies DIR`.

An operator who holds every key signs and mines whatever it likes. Here nobody signs: signatures and work are taken for granted,
the tree and the links are made anew, and what remains to find the lie is the audit.
"""

import json
import os

import verify


def rule_of(work):
    """The rule that `work` refuses with, or `ok`."""
    try:
        work()
        return "ok"
    except verify.Refusal as refusal:
        return refusal.rule


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
    """`change(payload)` for the last leaf of a kind; a dict that it returns, {old text: new text}, goes for the leaves after it too."""
    last = max(index for index, leaf in enumerate(leaves) if verify.decode_leaf(leaf).kind == kind)
    payload = verify.decode_leaf(leaves[last]).payload
    changed_too = change(payload)
    replacements = changed_too if isinstance(changed_too, dict) else {}
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
    for family in (lies_about_models, lies_about_closings, lies_about_openings, lies_about_runs):
        yield from family(blobs)
    yield "nothing", "round.close", lambda payload: None, "ok"


def lies_about_models(blobs):
    def replaced(payload, change):
        """Another artifact, here and wherever later leaves name it."""
        model = payload["predicate"]["model"]
        old = verify.canonical_text(model)
        name = model["sha256"]
        change(model)
        payload["subject"][0]["digest"]["sha256"] = model["sha256"]
        return {old: verify.canonical_text(model), name: model["sha256"]}

    def forged_model(payload):
        tensors = verify.read_safetensors(blobs.required(payload["predicate"]["model"]["sha256"], "model"))
        data = bytearray(tensors[0].data)
        data[0] ^= 1
        forged = [tensors[0]._replace(data=bytes(data)), *tensors[1:]]
        artifact = {**blobs.add(verify.write_safetensors(forged)), "tensorRoot": verify.tensor_root(forged)}
        return replaced(payload, lambda model: model.update(artifact))

    yield "model", "round.close", forged_model, "audit.aggregate"
    yield "tensor root", "round.close", lambda payload: replaced(payload, lambda model: model.update(tensorRoot="0" * 64)), "audit.aggregate-root"
    yield "length of the model", "round.close", lambda payload: replaced(payload, lambda model: model.update(bytes=model["bytes"] + 1)), "audit.file"


def lies_about_closings(blobs):
    def close(change):
        return lambda payload: change(payload["predicate"])

    def other_weights(predicate):
        rows = verify.read_strict_json(blobs.required(predicate["weights"]["sha256"], "weights"))
        rows[0]["weight"] += 1
        predicate["weights"] = blobs.add(verify.canonical_json(rows))

    def other_state(predicate):
        """One where there is none, and none where there is one."""
        predicate["serverState"] = "0" * 64 if predicate["serverState"] is None else None

    yield "length of the weights", "round.close", close(lambda predicate: predicate["weights"].update(bytes=1)), "audit.blob-bytes"
    yield "weights", "round.close", close(other_weights), "audit.weights"
    yield "strategy", "round.close", close(lambda predicate: predicate["aggregator"].update(name="median")), "audit.strategy"
    yield "parameter", "round.close", close(lambda predicate: predicate["aggregator"]["parameters"].update(examplesCap="7")), "audit.parameters"
    yield "parameter left out", "round.close", close(lambda predicate: predicate["aggregator"]["parameters"].popitem()), "audit.parameters"
    yield "server state", "round.close", close(other_state), "audit.server-state"


def lies_about_openings(blobs):
    def other_list(change):
        def lie(payload):
            listed = verify.read_strict_json(blobs.required(payload["candidates"]["sha256"], "candidates"))
            change(listed)
            payload["candidates"] = blobs.add(verify.canonical_json(listed))
        return lie

    def skip(**row):
        return lambda listed: listed["skipped"].append({"contributor": listed["candidates"].pop(), **row})

    def other_grid(payload):
        old = verify.canonical_text(payload["grid"])
        payload["grid"].update(aMax=2 * payload["grid"]["aMax"], s=payload["grid"]["s"] - 1)
        return {old: verify.canonical_text(payload["grid"])}

    def policy(**change):
        return lambda payload: payload["policy"].update(change)

    yield "candidate left out", "round.open", other_list(lambda listed: listed["candidates"].pop()), "audit.candidates"
    yield "candidate twice", "round.open", other_list(lambda listed: listed["candidates"].append(listed["candidates"][0])), "audit.candidates"
    yield "list without a field", "round.open", other_list(lambda listed: listed.pop("skipped")), "audit.candidates"
    yield "list with a field", "round.open", other_list(lambda listed: listed.update(note="")), "audit.candidates"
    yield "list of null", "round.open", other_list(lambda listed: listed.update(skipped=None)), "audit.candidates"
    yield "row with a field", "round.open", other_list(skip(reason="offline", note="")), "audit.candidates"
    yield "row without a reason", "round.open", other_list(skip()), "audit.candidates"
    yield "row with null", "round.open", other_list(skip(reason=None)), "audit.candidates"
    yield "length of the candidates", "round.open", lambda payload: payload["candidates"].update(bytes=1), "audit.blob-bytes"
    yield "cohort", "round.open", lambda payload: payload["cohort"].update(root="0" * 64), "audit.cohort"
    yield "grid", "round.open", other_grid, "audit.grid"
    yield "deadline", "round.open", policy(deadlineMs=1), "audit.policy"
    yield "cap", "round.open", lambda payload: payload["policy"].update(examplesCap=payload["policy"]["examplesCap"] - 1), "audit.policy"
    yield "weighting", "round.open", policy(weighting="uniform"), "audit.policy"


def lies_about_runs(blobs):
    def other_plan(change):
        def lie(payload):
            plan = json.loads(blobs.required(payload["plan"]["sha256"], "plan"))
            change(plan)
            payload["plan"] = blobs.add(json.dumps(plan).encode())
        return lie

    def plan_bytes(data):
        return lambda payload: payload.update(plan=blobs.add(data))

    def policy(**change):
        return other_plan(lambda plan: plan["policy"].update(change))

    yield "seed", "run.create", other_plan(lambda plan: plan.update(seed=plan["seed"] + 1)), "audit.initial-model"
    yield "layers", "run.create", other_plan(lambda plan: plan["model"]["layers"].pop()), "audit.initial-model"
    yield "huge layer", "run.create", other_plan(lambda plan: plan["model"]["layers"][-1].update(units=2**40)), "audit.initial-model"
    yield "another's plan", "run.create", other_plan(lambda plan: plan.update(name="another")), "audit.name"
    yield "retention", "run.create", other_plan(lambda plan: plan.update(retention={"lastRounds": 1})), "audit.retention"
    yield "length of the plan", "run.create", lambda payload: payload["plan"].update(bytes=1), "audit.blob-bytes"
    yield "length of the initial model", "run.create", initial_bytes, "audit.file"
    yield "no JSON", "run.create", plan_bytes(b"{"), "audit.plan"
    yield "no UTF-8", "run.create", plan_bytes(b'"\xff"'), "audit.plan"
    yield "plan without a seed", "run.create", other_plan(lambda plan: plan.pop("seed")), "audit.plan"
    yield "unknown weighting", "run.create", policy(weighting="softmax"), "audit.plan"
    yield "cap in words", "run.create", policy(examplesCap="1000"), "audit.plan"
    yield "cap out of range", "run.create", policy(examplesCap=2**29 + 1), "audit.plan"
    yield "no deadline", "run.create", policy(deadlineSeconds=0), "audit.plan"
    yield "no quorum", "run.create", policy(quorum=None), "audit.plan"
    yield "cohort of none", "run.create", other_plan(lambda plan: plan["cohort"].update(size=0)), "audit.plan"
    yield "no minimum", "run.create", other_plan(lambda plan: plan["cohort"].pop("minimum")), "audit.plan"
    yield "padding", "run.create", other_plan(lambda plan: plan["model"]["layers"].insert(0, {
        "type": "conv2d", "filters": 1, "kernelSize": 1, "strides": 1, "padding": "full"})), "audit.plan"


def initial_bytes(payload):
    old = verify.canonical_text(payload["initial"])
    payload["initial"]["bytes"] += 1
    return {old: verify.canonical_text(payload["initial"])}


class Misled(verify.Auditor):
    """Reads another plan than was sealed: the leaves after it are then the lie, and no hash of theirs changes."""

    def __init__(self, blobs, change):
        super().__init__(blobs)
        self.change = change

    def run_create(self, created):
        super().run_create(created)
        run = created["run"]
        self.plans[run] = self.plans[run]._replace(**self.change(self.plans[run]))


# What the plan says in truth, and the rule that the leaves then break.
OTHER_PLANS = [
    ("fewer rounds", lambda plan: {"rounds": plan.rounds - 1}, "audit.rounds"),
    ("more rounds", lambda plan: {"rounds": plan.rounds + 1}, "audit.rounds"),
    ("unknown strategy", lambda plan: {"strategy": "magic"}, "audit.strategy"),
    ("other quorum", lambda plan: {"quorum": plan.quorum + 1}, "audit.policy"),
    ("more candidates", lambda plan: {"least_candidates": 1000}, "audit.candidates"),
    ("smaller cohort", lambda plan: {"cohort_size": 1}, "audit.cohort"),
]


def lies(folder):
    with open(os.path.join(folder, "chain.fsl"), "rb") as file:
        headers, leaves = verify.read_chain_file(file.read())
    held, wrong = 0, []
    for name, found, rule in answers(MemoryBlobs(os.path.join(folder, "blobs")), headers, leaves):
        held += found == rule
        wrong += [] if found == rule else [{"lie": name, "found": found, "stated": rule}]
    return {"held": held, "wrong": wrong}


def answers(blobs, headers, leaves):
    for name, kind, lie, rule in lies_about(blobs):
        yield name, judged(verify.Auditor(blobs), *reseal(headers, rewrite(leaves, kind, lie))), rule
    for name, change, rule in OTHER_PLANS:
        yield name, judged(Misled(blobs, change), headers, leaves), rule


def judged(auditor, headers, leaves):
    return rule_of(lambda: Unsigned(auditor.on_leaf, auditor.on_block).verify(headers, leaves))
