CREATE TABLE "dataset_checks" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"dataset_blob" uuid NOT NULL,
	"dataset_options" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"report" jsonb,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "dataset_samples" (
	"check_id" uuid NOT NULL,
	"seq" integer NOT NULL,
	"png" "bytea" NOT NULL,
	CONSTRAINT "dataset_samples_check_id_seq_pk" PRIMARY KEY("check_id","seq")
);
--> statement-breakpoint
ALTER TABLE "tasks" ALTER COLUMN "model_uid" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "models" ADD COLUMN "dataset_options" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "prediction_chunks" ADD COLUMN "found" integer;--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "check_id" uuid;--> statement-breakpoint
ALTER TABLE "dataset_checks" ADD CONSTRAINT "dataset_checks_dataset_blob_blobs_id_fk" FOREIGN KEY ("dataset_blob") REFERENCES "public"."blobs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "dataset_samples" ADD CONSTRAINT "dataset_samples_check_id_dataset_checks_id_fk" FOREIGN KEY ("check_id") REFERENCES "public"."dataset_checks"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tasks" ADD CONSTRAINT "tasks_check_id_dataset_checks_id_fk" FOREIGN KEY ("check_id") REFERENCES "public"."dataset_checks"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tasks" ADD CONSTRAINT "tasks_check_names_what_it_checks" CHECK ((kind = 'check') = (check_id is not null));--> statement-breakpoint
ALTER TABLE "tasks" ADD CONSTRAINT "tasks_are_of_a_model_or_a_check" CHECK ((check_id is null) = (model_uid is not null));