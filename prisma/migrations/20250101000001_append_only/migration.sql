-- What was sealed is never changed: blocks and leaves take INSERT and nothing else, and refuse by name.
CREATE FUNCTION "refuse_change_of_ledger"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% of table % refused: blocks and sealed leaves are append-only; correct them with an annotate leaf',
    TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER "block_append_only" BEFORE UPDATE OR DELETE ON "block"
  FOR EACH ROW EXECUTE FUNCTION "refuse_change_of_ledger"();
CREATE TRIGGER "block_no_truncate" BEFORE TRUNCATE ON "block"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change_of_ledger"();
CREATE TRIGGER "leaf_append_only" BEFORE UPDATE OR DELETE ON "leaf"
  FOR EACH ROW EXECUTE FUNCTION "refuse_change_of_ledger"();
CREATE TRIGGER "leaf_no_truncate" BEFORE TRUNCATE ON "leaf"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change_of_ledger"();

ALTER TABLE "block" ADD CONSTRAINT "block_header_length" CHECK (octet_length("header") = 176);
ALTER TABLE "block" ADD CONSTRAINT "block_hash_length" CHECK (octet_length("hash") = 32);
ALTER TABLE "leaf" ADD CONSTRAINT "leaf_hash_length" CHECK (octet_length("hash") = 32);

-- Content-addressed bytes are immutable. A blob may be forgotten as a whole (retention), never in part.
CREATE FUNCTION "refuse_change_of_blob"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% of table % refused: blobs are immutable; delete the whole blob or write another',
    TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation';
END
$$;

-- Chunks of an upload that never became a blob, or of one whose row went first, may go.
CREATE FUNCTION "refuse_delete_of_chunk_in_use"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM "blob" WHERE "id" = OLD."blob_id") THEN
    RAISE EXCEPTION 'DELETE of table blob_chunk refused: delete the row of its blob first'
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN OLD;
END
$$;

CREATE TRIGGER "blob_immutable" BEFORE UPDATE ON "blob"
  FOR EACH ROW EXECUTE FUNCTION "refuse_change_of_blob"();
CREATE TRIGGER "blob_no_truncate" BEFORE TRUNCATE ON "blob"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change_of_blob"();
CREATE TRIGGER "blob_chunk_immutable" BEFORE UPDATE ON "blob_chunk"
  FOR EACH ROW EXECUTE FUNCTION "refuse_change_of_blob"();
CREATE TRIGGER "blob_chunk_no_truncate" BEFORE TRUNCATE ON "blob_chunk"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change_of_blob"();
CREATE TRIGGER "blob_chunk_delete_by_blob" BEFORE DELETE ON "blob_chunk"
  FOR EACH ROW EXECUTE FUNCTION "refuse_delete_of_chunk_in_use"();

-- Model weights do not compress; trying to costs most of the write throughput.
ALTER TABLE "blob_chunk" ALTER COLUMN "data" SET STORAGE EXTERNAL;
