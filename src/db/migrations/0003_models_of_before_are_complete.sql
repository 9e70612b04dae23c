-- What models trained before frames could be held out, or encoders frozen, say of themselves: none was.
UPDATE "models" SET "frames" = "frames" || '{"holdout": 0}' WHERE "frames" IS NOT NULL AND NOT "frames" ? 'holdout';
--> statement-breakpoint
UPDATE "models" SET "network_input" = "network_input" || '{"frozen": false}' WHERE "network_input" IS NOT NULL AND NOT "network_input" ? 'frozen';
