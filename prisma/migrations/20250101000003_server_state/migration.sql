-- AlterTable
ALTER TABLE "round" ADD COLUMN "server_state_sha256" TEXT;

-- CreateIndex
CREATE INDEX "round_server_state_sha256_idx" ON "round"("server_state_sha256");
