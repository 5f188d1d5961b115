-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "block" (
    "height" BIGINT NOT NULL,
    "header" BYTEA NOT NULL,
    "hash" BYTEA NOT NULL,
    "tree_size" BIGINT NOT NULL,
    "tries" BIGINT NOT NULL,

    CONSTRAINT "block_pkey" PRIMARY KEY ("height")
);

-- CreateTable
CREATE TABLE "leaf" (
    "index" BIGINT NOT NULL,
    "hash" BYTEA NOT NULL,
    "kind" INTEGER NOT NULL,
    "bytes" BYTEA NOT NULL,
    "block_height" BIGINT NOT NULL,

    CONSTRAINT "leaf_pkey" PRIMARY KEY ("index")
);

-- CreateTable
CREATE TABLE "pool_leaf" (
    "seq" BIGSERIAL NOT NULL,
    "hash" BYTEA NOT NULL,
    "kind" INTEGER NOT NULL,
    "bytes" BYTEA NOT NULL,

    CONSTRAINT "pool_leaf_pkey" PRIMARY KEY ("seq")
);

-- CreateTable
CREATE TABLE "leaf_dedupe" (
    "key" TEXT NOT NULL,

    CONSTRAINT "leaf_dedupe_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "blob" (
    "id" BIGINT NOT NULL,
    "sha256" BYTEA NOT NULL,
    "bytes" BIGINT NOT NULL,
    "chunk_bytes" INTEGER NOT NULL,

    CONSTRAINT "blob_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "blob_chunk" (
    "blob_id" BIGINT NOT NULL,
    "seq" INTEGER NOT NULL,
    "data" BYTEA NOT NULL,

    CONSTRAINT "blob_chunk_pkey" PRIMARY KEY ("blob_id","seq")
);

-- CreateTable
CREATE TABLE "blob_upload" (
    "id" BIGSERIAL NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "blob_upload_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "run" (
    "run" TEXT NOT NULL,
    "seq" BIGSERIAL NOT NULL,
    "status" TEXT NOT NULL,
    "plan_sha256" TEXT NOT NULL,
    "create_leaf" TEXT NOT NULL,
    "rounds" INTEGER NOT NULL,
    "created_at_ms" BIGINT NOT NULL,
    "ended_at_ms" BIGINT,
    "reason" TEXT,
    "state" JSONB NOT NULL,

    CONSTRAINT "run_pkey" PRIMARY KEY ("run")
);

-- CreateTable
CREATE TABLE "round" (
    "run" TEXT NOT NULL,
    "round" INTEGER NOT NULL,
    "attempt" INTEGER NOT NULL,
    "status" TEXT NOT NULL,
    "base_sha256" TEXT NOT NULL,
    "base_tensor_root" TEXT NOT NULL,
    "base_bytes" BIGINT NOT NULL,
    "model_sha256" TEXT,
    "model_tensor_root" TEXT,
    "model_bytes" BIGINT,
    "open_leaf" TEXT NOT NULL,
    "close_leaf" TEXT,
    "candidates_sha256" TEXT NOT NULL,
    "weights_sha256" TEXT,
    "cohort" TEXT[],
    "quorum" INTEGER NOT NULL,
    "opened_at_ms" BIGINT NOT NULL,
    "deadline_at_ms" BIGINT NOT NULL,
    "closed_at_ms" BIGINT,

    CONSTRAINT "round_pkey" PRIMARY KEY ("run","round","attempt")
);

-- CreateTable
CREATE TABLE "round_update" (
    "run" TEXT NOT NULL,
    "round" INTEGER NOT NULL,
    "attempt" INTEGER NOT NULL,
    "contributor" TEXT NOT NULL,
    "commit" TEXT NOT NULL,
    "seq" BIGSERIAL NOT NULL,
    "update_sha256" TEXT,
    "update_tensor_root" TEXT,
    "update_bytes" BIGINT,
    "examples" BIGINT NOT NULL,
    "metrics" JSONB NOT NULL,
    "outcome" TEXT NOT NULL,
    "reason" TEXT,
    "verdict_leaf" TEXT,
    "weight" BIGINT,

    CONSTRAINT "round_update_pkey" PRIMARY KEY ("run","round","attempt","contributor","commit")
);

-- CreateTable
CREATE TABLE "evaluation" (
    "leaf" TEXT NOT NULL,
    "seq" BIGSERIAL NOT NULL,
    "run" TEXT NOT NULL,
    "round" INTEGER NOT NULL,
    "model" TEXT NOT NULL,
    "evaluator" TEXT NOT NULL,
    "examples" BIGINT NOT NULL,
    "metrics" JSONB NOT NULL,

    CONSTRAINT "evaluation_pkey" PRIMARY KEY ("leaf")
);

-- CreateTable
CREATE TABLE "contributor" (
    "key_id" TEXT NOT NULL,
    "seq" BIGSERIAL NOT NULL,
    "key" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "enrol_leaf" TEXT NOT NULL,
    "enrolled_at_ms" BIGINT NOT NULL,
    "revoked_at_ms" BIGINT,
    "resource" JSONB,

    CONSTRAINT "contributor_pkey" PRIMARY KEY ("key_id")
);

-- CreateTable
CREATE TABLE "invitation" (
    "id" TEXT NOT NULL,
    "secret_hash" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "created_at_ms" BIGINT NOT NULL,
    "expires_at_ms" BIGINT NOT NULL,
    "used_by" TEXT,
    "revoked_at_ms" BIGINT,

    CONSTRAINT "invitation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "outbox" (
    "id" TEXT NOT NULL,
    "seq" BIGSERIAL NOT NULL,
    "kind" TEXT NOT NULL,
    "payload" JSONB NOT NULL,
    "due_at_ms" BIGINT NOT NULL,
    "done" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "outbox_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "block_hash_key" ON "block"("hash");

-- CreateIndex
CREATE UNIQUE INDEX "leaf_hash_key" ON "leaf"("hash");

-- CreateIndex
CREATE UNIQUE INDEX "blob_sha256_key" ON "blob"("sha256");

-- CreateIndex
CREATE UNIQUE INDEX "run_seq_key" ON "run"("seq");

-- CreateIndex
CREATE INDEX "run_status_seq_idx" ON "run"("status", "seq");

-- CreateIndex
CREATE INDEX "run_plan_sha256_idx" ON "run"("plan_sha256");

-- CreateIndex
CREATE INDEX "round_base_sha256_idx" ON "round"("base_sha256");

-- CreateIndex
CREATE INDEX "round_model_sha256_idx" ON "round"("model_sha256");

-- CreateIndex
CREATE INDEX "round_candidates_sha256_idx" ON "round"("candidates_sha256");

-- CreateIndex
CREATE INDEX "round_weights_sha256_idx" ON "round"("weights_sha256");

-- CreateIndex
CREATE UNIQUE INDEX "round_update_seq_key" ON "round_update"("seq");

-- CreateIndex
CREATE INDEX "round_update_contributor_seq_idx" ON "round_update"("contributor", "seq");

-- CreateIndex
CREATE INDEX "round_update_commit_idx" ON "round_update"("commit");

-- CreateIndex
CREATE INDEX "round_update_update_sha256_idx" ON "round_update"("update_sha256");

-- CreateIndex
CREATE UNIQUE INDEX "evaluation_seq_key" ON "evaluation"("seq");

-- CreateIndex
CREATE INDEX "evaluation_run_round_seq_idx" ON "evaluation"("run", "round", "seq");

-- CreateIndex
CREATE UNIQUE INDEX "contributor_seq_key" ON "contributor"("seq");

-- CreateIndex
CREATE UNIQUE INDEX "invitation_secret_hash_key" ON "invitation"("secret_hash");

-- CreateIndex
CREATE UNIQUE INDEX "outbox_seq_key" ON "outbox"("seq");

-- CreateIndex
CREATE INDEX "outbox_done_seq_idx" ON "outbox"("done", "seq");

