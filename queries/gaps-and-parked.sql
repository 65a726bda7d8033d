-- @name gaps-and-parked
-- @title Gaps and parked input
-- @answers Which input files are unfinished, had gaps, or hold lines that could not be read?
-- @read One row per input file with something to look at; none is best. skipdata means that AWS itself left flows
--   out; the view parked has the raw text of every parked line.
-- @only local
-- @param rows integer 100 How many rows to show

SELECT
  path,
  kind,
  complete,
  flows_read,
  delivered,
  skipped,
  parked,
  element_at(skipped_by_reason, 'skipdata') AS skipdata,
  element_at(skipped_by_reason, 'nodata') AS nodata,
  last_commit_at
FROM ingest
WHERE NOT complete OR parked > 0 OR coalesce(element_at(skipped_by_reason, 'skipdata'), 0) > 0
ORDER BY parked DESC, skipped DESC, path
LIMIT /*:rows*/ 100
