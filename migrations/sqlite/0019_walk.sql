-- After a change of the rules the assignments are walked through by their keys; how far that came stands in "meta", under
-- replan_after, while it is under way. No row says any more under which rules it was planned. Whatever walk an older schema was in
-- the middle of begins anew.
INSERT INTO meta (key, value) VALUES ('replan_after', '0') ON CONFLICT (key) DO NOTHING;
DROP INDEX assignment_epoch;
ALTER TABLE assignment DROP COLUMN rules_epoch;
