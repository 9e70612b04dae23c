CREATE TABLE "blob_chunks" (
	"blob_id" uuid NOT NULL,
	"seq" integer NOT NULL,
	"bytes" "bytea" NOT NULL,
	CONSTRAINT "blob_chunks_blob_id_seq_pk" PRIMARY KEY("blob_id","seq")
);
--> statement-breakpoint
CREATE TABLE "blobs" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"sha256" text,
	"size_bytes" bigint DEFAULT 0 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"touched_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "blobs_sha256_unique" UNIQUE("sha256")
);
--> statement-breakpoint
CREATE TABLE "epochs" (
	"model_uid" uuid NOT NULL,
	"epoch" integer NOT NULL,
	"loss" double precision NOT NULL,
	"val_loss" double precision NOT NULL,
	"lr" double precision NOT NULL,
	"seconds" double precision NOT NULL,
	CONSTRAINT "epochs_model_uid_epoch_pk" PRIMARY KEY("model_uid","epoch")
);
--> statement-breakpoint
CREATE TABLE "inferences" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "inferences_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"model_uid" uuid NOT NULL,
	"video_blob" uuid NOT NULL,
	"file_name" text NOT NULL,
	"video" jsonb,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "models" (
	"uid" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"training_config" jsonb NOT NULL,
	"seed" bigint NOT NULL,
	"dataset_blob" uuid NOT NULL,
	"skeleton" jsonb,
	"network_input" jsonb,
	"frames" jsonb,
	"parameters" bigint,
	"checkpoint_blob" uuid,
	"best_blob" uuid,
	"best_epoch" integer,
	"pixel_error" jsonb,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "prediction_chunks" (
	"inference_id" integer NOT NULL,
	"first_frame" integer NOT NULL,
	"frames" integer NOT NULL,
	"points" "bytea" NOT NULL,
	CONSTRAINT "prediction_chunks_inference_id_first_frame_pk" PRIMARY KEY("inference_id","first_frame")
);
--> statement-breakpoint
CREATE TABLE "tasks" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"seq" bigserial NOT NULL,
	"kind" text NOT NULL,
	"state" text DEFAULT 'queued' NOT NULL,
	"model_uid" uuid NOT NULL,
	"inference_id" integer,
	"phase" text DEFAULT 'waiting for a worker' NOT NULL,
	"progress" jsonb,
	"control" text,
	"stopped_early" boolean DEFAULT false NOT NULL,
	"attempt" integer DEFAULT 0 NOT NULL,
	"max_attempts" integer NOT NULL,
	"lease_token" uuid,
	"lease_until" timestamp (3) with time zone,
	"heartbeat_at" timestamp (3) with time zone,
	"worker" text,
	"warnings" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"error" jsonb,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"started_at" timestamp (3) with time zone,
	"finished_at" timestamp (3) with time zone,
	CONSTRAINT "tasks_infer_names_its_inference" CHECK ((kind = 'infer') = (inference_id is not null)),
	CONSTRAINT "tasks_end_has_a_time" CHECK ((state in ('queued', 'active')) = (finished_at is null))
);
--> statement-breakpoint
CREATE TABLE "workers" (
	"name" text PRIMARY KEY NOT NULL,
	"device" text,
	"task_id" uuid,
	"started_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"seen_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "blob_chunks" ADD CONSTRAINT "blob_chunks_blob_id_blobs_id_fk" FOREIGN KEY ("blob_id") REFERENCES "public"."blobs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "epochs" ADD CONSTRAINT "epochs_model_uid_models_uid_fk" FOREIGN KEY ("model_uid") REFERENCES "public"."models"("uid") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "inferences" ADD CONSTRAINT "inferences_model_uid_models_uid_fk" FOREIGN KEY ("model_uid") REFERENCES "public"."models"("uid") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "inferences" ADD CONSTRAINT "inferences_video_blob_blobs_id_fk" FOREIGN KEY ("video_blob") REFERENCES "public"."blobs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "models" ADD CONSTRAINT "models_dataset_blob_blobs_id_fk" FOREIGN KEY ("dataset_blob") REFERENCES "public"."blobs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "models" ADD CONSTRAINT "models_checkpoint_blob_blobs_id_fk" FOREIGN KEY ("checkpoint_blob") REFERENCES "public"."blobs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "models" ADD CONSTRAINT "models_best_blob_blobs_id_fk" FOREIGN KEY ("best_blob") REFERENCES "public"."blobs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "prediction_chunks" ADD CONSTRAINT "prediction_chunks_inference_id_inferences_id_fk" FOREIGN KEY ("inference_id") REFERENCES "public"."inferences"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tasks" ADD CONSTRAINT "tasks_model_uid_models_uid_fk" FOREIGN KEY ("model_uid") REFERENCES "public"."models"("uid") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tasks" ADD CONSTRAINT "tasks_inference_id_inferences_id_fk" FOREIGN KEY ("inference_id") REFERENCES "public"."inferences"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "tasks_open" ON "tasks" USING btree ("seq") WHERE state in ('queued', 'active');--> statement-breakpoint
CREATE UNIQUE INDEX "tasks_one_training_a_model" ON "tasks" USING btree ("model_uid") WHERE kind = 'train';--> statement-breakpoint
CREATE UNIQUE INDEX "tasks_one_task_an_inference" ON "tasks" USING btree ("inference_id");--> statement-breakpoint
-- Archives and videos are compressed already: do not let TOAST try again.
ALTER TABLE "blob_chunks" ALTER COLUMN "bytes" SET STORAGE EXTERNAL;
