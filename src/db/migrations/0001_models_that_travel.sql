CREATE TABLE "model_files" (
	"model_uid" uuid NOT NULL,
	"name" text NOT NULL,
	"blob_id" uuid NOT NULL,
	"size_bytes" bigint NOT NULL,
	CONSTRAINT "model_files_model_uid_name_pk" PRIMARY KEY("model_uid","name")
);
--> statement-breakpoint
DROP INDEX "tasks_one_training_a_model";--> statement-breakpoint
ALTER TABLE "models" ALTER COLUMN "dataset_blob" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "epochs" ADD COLUMN "metrics" jsonb;--> statement-breakpoint
ALTER TABLE "models" ADD COLUMN "import_blob" uuid;--> statement-breakpoint
ALTER TABLE "models" ADD COLUMN "base_uid" uuid;--> statement-breakpoint
ALTER TABLE "models" ADD COLUMN "evaluation" jsonb;--> statement-breakpoint
ALTER TABLE "model_files" ADD CONSTRAINT "model_files_model_uid_models_uid_fk" FOREIGN KEY ("model_uid") REFERENCES "public"."models"("uid") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "model_files" ADD CONSTRAINT "model_files_blob_id_blobs_id_fk" FOREIGN KEY ("blob_id") REFERENCES "public"."blobs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "models" ADD CONSTRAINT "models_import_blob_blobs_id_fk" FOREIGN KEY ("import_blob") REFERENCES "public"."blobs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "models" ADD CONSTRAINT "models_base_uid_models_uid_fk" FOREIGN KEY ("base_uid") REFERENCES "public"."models"("uid") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "tasks_one_origin_a_model" ON "tasks" USING btree ("model_uid") WHERE kind in ('train', 'import');