-- Jobs of a batch system. All of these are projections: see journal/store/projections/jobs.py. Numbers stand first
-- in keys, since nearly all jobs are of one cluster. Those with a fact or a script in them are rowid tables: WITHOUT ROWID
-- a row of over a kilobyte would spill into a page of its own (https://sqlite.org/withoutrowid.html).

-- Compared one by one, since for NOT IN SQLite makes a table of the list anew for every row that is inserted.
DROP INDEX event_story;
DROP INDEX event_story_everywhere;
CREATE INDEX event_story ON event (project, at)
    WHERE kind <> 'attempt' AND kind <> 'clone' AND kind <> 'drift' AND kind <> 'link' AND kind <> 'machine'
        AND kind <> 'script' AND kind <> 'submission' AND kind <> 'title' AND kind <> 'usage';
CREATE INDEX event_story_everywhere ON event (at)
    WHERE kind <> 'attempt' AND kind <> 'clone' AND kind <> 'drift' AND kind <> 'link' AND kind <> 'machine'
        AND kind <> 'script' AND kind <> 'submission' AND kind <> 'title' AND kind <> 'usage';

-- One try of a job, of an array's task or of a heterogeneous job's component: the last that was told of it.
CREATE TABLE attempt (
    cluster TEXT NOT NULL,
    raw_id TEXT NOT NULL,             -- the try's own number
    submitted_at TEXT NOT NULL,       -- a requeued try has the number of the first, and a later submission
    job_id TEXT NOT NULL,             -- the number that sbatch printed
    first_submitted_at TEXT,          -- of the job that it belongs to: ids are used again after a reset
    task TEXT,
    component INTEGER,
    project TEXT,
    state TEXT NOT NULL,
    started_at TEXT,
    ended_at TEXT,
    elapsed_s INTEGER,
    name TEXT,
    work_dir TEXT,
    data TEXT NOT NULL,               -- JSON, an AttemptFact: the best that was told, field by field
    event TEXT NOT NULL,              -- that told most of it
    rank INTEGER NOT NULL,            -- how much that event knew
    PRIMARY KEY (raw_id, cluster, submitted_at)
) STRICT;

CREATE INDEX attempt_by_job ON attempt (job_id, cluster, submitted_at, raw_id);
CREATE INDEX attempt_by_end ON attempt (project, ended_at);  -- those without an end wait or run

CREATE TABLE submission (
    event TEXT PRIMARY KEY,
    project TEXT,
    cluster TEXT,                     -- NULL: the one that the host belongs to
    job_id TEXT,                      -- NULL: the command did not say it
    at TEXT NOT NULL,
    told_by TEXT NOT NULL,
    command TEXT NOT NULL,
    cwd TEXT,
    snapshot TEXT,
    session TEXT,
    data TEXT NOT NULL                -- JSON, a SubmissionFact
) STRICT;

CREATE INDEX submission_by_job ON submission (job_id, cluster);
CREATE INDEX submission_by_project ON submission (project, at, event);
CREATE INDEX submission_by_commit ON submission (json_extract(data, '$.commit'));
CREATE INDEX submission_by_session ON submission (session) WHERE session IS NOT NULL;

-- One row a job; an array or a heterogeneous job is one.
CREATE TABLE job (
    cluster TEXT NOT NULL,
    job_id TEXT NOT NULL,
    submitted_at TEXT NOT NULL,
    event TEXT NOT NULL,
    project TEXT,
    name TEXT NOT NULL,
    work_dir TEXT,
    command TEXT,
    PRIMARY KEY (job_id, cluster, submitted_at)
) STRICT, WITHOUT ROWID;

CREATE INDEX job_by_time ON job (project, submitted_at);

CREATE TABLE job_script (
    cluster TEXT NOT NULL,
    job_id TEXT NOT NULL,
    submitted_at TEXT NOT NULL,
    event TEXT NOT NULL,
    told_by TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (job_id, cluster, submitted_at)
) STRICT;

CREATE TABLE drift (
    cluster TEXT NOT NULL,
    job_id TEXT NOT NULL,
    submitted_at TEXT NOT NULL,
    moment TEXT NOT NULL,             -- "start" or "end"
    event TEXT NOT NULL,
    data TEXT NOT NULL,               -- JSON, a DriftFact
    PRIMARY KEY (job_id, cluster, submitted_at, moment)
) STRICT;
