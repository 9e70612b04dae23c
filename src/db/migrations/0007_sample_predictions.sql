CREATE TABLE "sample_frames" (
	"model_uid" uuid NOT NULL,
	"seq" integer NOT NULL,
	"name" text NOT NULL,
	"width_px" integer NOT NULL,
	"height_px" integer NOT NULL,
	"truth" "bytea" NOT NULL,
	"picture" "bytea" NOT NULL,
	"picture_width_px" integer NOT NULL,
	"picture_height_px" integer NOT NULL,
	CONSTRAINT "sample_frames_model_uid_seq_pk" PRIMARY KEY("model_uid","seq")
);
--> statement-breakpoint
CREATE TABLE "sample_predictions" (
	"model_uid" uuid NOT NULL,
	"epoch" integer NOT NULL,
	"points" "bytea" NOT NULL,
	CONSTRAINT "sample_predictions_model_uid_epoch_pk" PRIMARY KEY("model_uid","epoch")
);
--> statement-breakpoint
ALTER TABLE "sample_frames" ADD CONSTRAINT "sample_frames_model_uid_models_uid_fk" FOREIGN KEY ("model_uid") REFERENCES "public"."models"("uid") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sample_predictions" ADD CONSTRAINT "sample_predictions_model_uid_models_uid_fk" FOREIGN KEY ("model_uid") REFERENCES "public"."models"("uid") ON DELETE cascade ON UPDATE no action;