-- What logs of jobs say, and what was learned from them. All but `gotcha_number` are projections: see
-- journal/store/projections/logs.py and gotchas.py.

DROP INDEX event_story;
DROP INDEX event_story_everywhere;
CREATE INDEX event_story ON event (project, at)
    WHERE kind <> 'attempt' AND kind <> 'clone' AND kind <> 'drift' AND kind <> 'link' AND kind <> 'log'
        AND kind <> 'machine' AND kind <> 'script' AND kind <> 'submission' AND kind <> 'title' AND kind <> 'usage';
CREATE INDEX event_story_everywhere ON event (at)
    WHERE kind <> 'attempt' AND kind <> 'clone' AND kind <> 'drift' AND kind <> 'link' AND kind <> 'log'
        AND kind <> 'machine' AND kind <> 'script' AND kind <> 'submission' AND kind <> 'title' AND kind <> 'usage';

-- One try of a job, or of an array's task, whose log was read after its end.
CREATE TABLE job_log (
    cluster TEXT NOT NULL,
    raw_id TEXT NOT NULL,
    try_submitted_at TEXT NOT NULL,
    job_id TEXT NOT NULL,
    submitted_at TEXT NOT NULL,       -- the job's
    event TEXT NOT NULL,
    project TEXT,
    at TEXT NOT NULL,                 -- when the try ended
    label TEXT NOT NULL,
    fingerprint TEXT,
    gotcha TEXT,                      -- the id that the fingerprint gives; NULL where nothing failed
    data TEXT NOT NULL,               -- JSON, a LogFact
    PRIMARY KEY (raw_id, cluster, try_submitted_at)
) STRICT, WITHOUT ROWID;

CREATE INDEX job_log_by_job ON job_log (job_id, cluster, submitted_at);
-- One row for each job and way that it failed: an array of a thousand tasks that fail alike is one.
CREATE TABLE failed_job (
    gotcha TEXT NOT NULL,
    cluster TEXT NOT NULL,
    job_id TEXT NOT NULL,
    submitted_at TEXT NOT NULL,
    project TEXT,
    logs INTEGER NOT NULL,            -- how many of its logs show it
    first_at TEXT NOT NULL,           -- the end of the first try that failed so, and of the last
    at TEXT NOT NULL,
    log TEXT NOT NULL,                -- the event of the last log that shows it
    PRIMARY KEY (gotcha, job_id, cluster, submitted_at)
) STRICT, WITHOUT ROWID;

CREATE INDEX failed_job_by_job ON failed_job (job_id, cluster, submitted_at);
CREATE INDEX failed_job_by_time ON failed_job (project, cluster, at);

CREATE TABLE fix (
    event TEXT PRIMARY KEY,
    gotcha TEXT NOT NULL,
    project TEXT,
    cluster TEXT NOT NULL,
    failed TEXT NOT NULL,             -- "job:<cluster>/<job_id>"
    failed_submitted_at TEXT NOT NULL,
    passed TEXT NOT NULL,
    passed_submitted_at TEXT NOT NULL,
    weight INTEGER NOT NULL,          -- how much it tells: journal/derive/gotcha/standing.py
    data TEXT NOT NULL                -- JSON, a FixFact
) STRICT, WITHOUT ROWID;

CREATE INDEX fix_by_gotcha ON fix (gotcha);
CREATE INDEX fix_by_passed ON fix (passed);
CREATE INDEX fix_by_failed ON fix (failed);

-- Those of which it still holds that the later run got past: one that was told before all that its logs say was known
-- may have failed alike after all.
CREATE VIEW upheld_fix AS
SELECT * FROM fix WHERE NOT EXISTS (
    SELECT 1 FROM failed_job WHERE failed_job.gotcha = fix.gotcha AND failed_job.submitted_at = fix.passed_submitted_at
        AND 'job:' || failed_job.cluster || '/' || failed_job.job_id = fix.passed
);

CREATE TABLE gotcha_word (            -- what a person or an agent said of a gotcha
    event TEXT PRIMARY KEY,
    gotcha TEXT NOT NULL,
    project TEXT,
    at TEXT NOT NULL,
    data TEXT NOT NULL                -- JSON, a GotchaFact
) STRICT, WITHOUT ROWID;

CREATE INDEX gotcha_word_by_gotcha ON gotcha_word (gotcha);

-- How each gotcha stands, from failed_job, fix and gotcha_word.
CREATE TABLE gotcha (
    id TEXT PRIMARY KEY,
    status TEXT NOT NULL,             -- confirmed, learned, transient, overcome, candidate, dropped
    scope TEXT NOT NULL,              -- repo, cluster, general
    label TEXT,
    fingerprint TEXT,
    title TEXT,                       -- as somebody said it; NULL: as the rule explains the failure
    advice TEXT,
    jobs INTEGER NOT NULL,            -- that failed so
    first_seen_at TEXT,
    last_seen_at TEXT,
    log TEXT,                         -- the event of the last log that showed it
    fix TEXT,                         -- the event of the fix that tells most
    fixed_at TEXT                     -- the submission of the first run that got past
) STRICT, WITHOUT ROWID;

-- The 7 of "G7", given in the order in which this store met them. Local, and never given twice: people write it down.
CREATE TABLE gotcha_number (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE
) STRICT;
