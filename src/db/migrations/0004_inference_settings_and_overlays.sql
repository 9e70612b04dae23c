ALTER TABLE "tasks" DROP CONSTRAINT "tasks_infer_names_its_inference";--> statement-breakpoint
DROP INDEX "tasks_one_task_an_inference";--> statement-breakpoint
ALTER TABLE "inferences" ADD COLUMN "config" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "inferences" ADD COLUMN "overlay_config" jsonb;--> statement-breakpoint
ALTER TABLE "inferences" ADD COLUMN "overlay_blob" uuid;--> statement-breakpoint
ALTER TABLE "prediction_chunks" ADD COLUMN "step" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "prediction_chunks" ADD COLUMN "times" "bytea";--> statement-breakpoint
ALTER TABLE "inferences" ADD CONSTRAINT "inferences_overlay_blob_blobs_id_fk" FOREIGN KEY ("overlay_blob") REFERENCES "public"."blobs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "tasks_of_a_model" ON "tasks" USING btree ("model_uid","started_at");--> statement-breakpoint
CREATE UNIQUE INDEX "tasks_one_open_overlay" ON "tasks" USING btree ("inference_id") WHERE kind = 'overlay' and state in ('queued', 'active');--> statement-breakpoint
CREATE UNIQUE INDEX "tasks_one_task_an_inference" ON "tasks" USING btree ("inference_id") WHERE kind = 'infer';--> statement-breakpoint
ALTER TABLE "tasks" ADD CONSTRAINT "tasks_infer_names_its_inference" CHECK ((kind in ('infer', 'overlay')) = (inference_id is not null));