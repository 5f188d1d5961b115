-- CreateTable
CREATE TABLE "upload" (
    "sha256" TEXT NOT NULL,
    "contributor" TEXT NOT NULL,
    "complete" BOOLEAN NOT NULL DEFAULT false,
    "started_at_ms" BIGINT NOT NULL,

    CONSTRAINT "upload_pkey" PRIMARY KEY ("sha256", "contributor")
);
