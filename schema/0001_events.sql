-- The store's first form. Numbered files are applied once, in order, each in a transaction, and never edited
-- after a release.
--
-- `event` is the only truth and only grows. Tables of what was read (`cursor`) and of this machine's schema
-- version (PRAGMA user_version) are local. Everything else is a projection: computed from `event`, and made anew
-- by `journal rebuild`.

CREATE TABLE event (
    seq INTEGER PRIMARY KEY,          -- order of arrival on this machine
    id TEXT NOT NULL UNIQUE,          -- 32 hex digits, from source, kind, project and natural key
    kind TEXT NOT NULL,
    at TEXT NOT NULL,                 -- when it happened: 2026-11-12T09:14:03.000Z
    project TEXT,                     -- NULL where none is known
    writer TEXT NOT NULL,             -- the clone that told it first
    source TEXT NOT NULL,
    data TEXT NOT NULL                -- canonical JSON; its shape by kind: journal/facts.py
) STRICT;

-- The story's kinds, as journal.events.SUPPORTING_KINDS leaves them: what `journal log` reads, newest first. Of one
-- moment the order is that of arrival (seq, which every index holds): sources tell in the order of things.
CREATE INDEX event_story ON event (project, at)
    WHERE kind NOT IN ('clone', 'link', 'machine', 'title', 'usage');
CREATE INDEX event_story_everywhere ON event (at)
    WHERE kind NOT IN ('clone', 'link', 'machine', 'title', 'usage');
CREATE INDEX event_by_kind ON event (kind, project, at);

CREATE TRIGGER event_never_changes BEFORE UPDATE ON event
BEGIN SELECT RAISE(ABORT, 'event is append-only'); END;

CREATE TABLE cursor (
    writer TEXT NOT NULL,             -- the clone for which the source is read
    source TEXT NOT NULL,
    name TEXT NOT NULL,               -- what was read: a reflog, a transcript
    value TEXT NOT NULL,              -- JSON, the source's own
    PRIMARY KEY (writer, source, name)
) STRICT, WITHOUT ROWID;

-- Projections --------------------------------------------------------------------------------------------------

-- Each event in words, for `journal search`. Contentless: the words are in event.data already (derive/event_text.py).
CREATE VIRTUAL TABLE event_text USING fts5 (
    title, body, content = '', tokenize = "unicode61 remove_diacritics 2"
);

CREATE TABLE clone (
    writer TEXT PRIMARY KEY,
    project TEXT,
    name TEXT NOT NULL,
    path TEXT NOT NULL,
    git_dir TEXT NOT NULL,
    remote TEXT,
    seen_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE git_commit (
    project TEXT NOT NULL,
    sha TEXT NOT NULL,
    event TEXT NOT NULL,
    tree TEXT NOT NULL,
    parents TEXT NOT NULL,            -- SHAs, separated by spaces
    author TEXT NOT NULL,
    author_email TEXT NOT NULL,
    authored_at TEXT NOT NULL,
    committer TEXT NOT NULL,
    committer_email TEXT NOT NULL,
    committed_at TEXT NOT NULL,       -- stored form, as event.at
    subject TEXT NOT NULL,
    patch_id TEXT,
    files INTEGER,                    -- NULL: the changes could not be read
    added INTEGER,
    removed INTEGER,
    PRIMARY KEY (project, sha)
) STRICT, WITHOUT ROWID;

CREATE INDEX git_commit_by_time ON git_commit (project, committed_at);
CREATE INDEX git_commit_by_patch ON git_commit (patch_id) WHERE patch_id IS NOT NULL;

CREATE TABLE git_commit_file (
    project TEXT NOT NULL,
    sha TEXT NOT NULL,
    path TEXT NOT NULL,
    old_path TEXT,
    added INTEGER,                    -- NULL: binary, or not known
    removed INTEGER,
    PRIMARY KEY (project, sha, path)
) STRICT, WITHOUT ROWID;

CREATE TABLE rewrite (
    project TEXT NOT NULL,
    old TEXT NOT NULL,
    new TEXT NOT NULL,
    how TEXT NOT NULL,
    at TEXT NOT NULL,
    event TEXT NOT NULL,
    PRIMARY KEY (project, old, new)
) STRICT, WITHOUT ROWID;

CREATE INDEX rewrite_by_new ON rewrite (project, new);
CREATE INDEX rewrite_by_old ON rewrite (old);

CREATE TABLE branch (
    project TEXT NOT NULL,
    writer TEXT NOT NULL,
    name TEXT NOT NULL,
    sha TEXT NOT NULL,                -- where it was created, or what it held when deleted
    at TEXT NOT NULL,                 -- when it last came or went
    created_at TEXT,
    deleted_at TEXT,
    PRIMARY KEY (project, writer, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE session (
    id TEXT PRIMARY KEY,
    event TEXT NOT NULL,
    project TEXT,
    agent TEXT NOT NULL,
    branch TEXT,
    started_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE session_title (
    session TEXT NOT NULL,
    rank INTEGER NOT NULL,            -- 3 given by the person, 2 by the agent, 1 from a summary
    at TEXT NOT NULL,
    title TEXT NOT NULL,
    event TEXT NOT NULL,
    PRIMARY KEY (session, rank, at, event)
) STRICT, WITHOUT ROWID;

CREATE TABLE prompt (
    event TEXT PRIMARY KEY,
    session TEXT NOT NULL,
    project TEXT,
    at TEXT NOT NULL,
    branch TEXT,
    text TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX prompt_by_session ON prompt (session, at);

CREATE TABLE usage (                  -- one row a reply: the most that any line told of it
    message TEXT PRIMARY KEY,
    session TEXT NOT NULL,
    project TEXT,
    at TEXT NOT NULL,
    model TEXT NOT NULL,
    branch TEXT,
    agent TEXT,                       -- the sub-agent that spent it
    input INTEGER NOT NULL,
    output INTEGER NOT NULL,
    cache_write_5m INTEGER NOT NULL,
    cache_write_1h INTEGER NOT NULL,
    cache_read INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX usage_by_session ON usage (session, at);
CREATE INDEX usage_by_time ON usage (project, at);

CREATE TABLE link (                   -- both ways are read: subject → object and back
    event TEXT PRIMARY KEY,
    project TEXT,
    subject TEXT NOT NULL,            -- "commit:<sha>"
    how TEXT NOT NULL,                -- "made in"
    object TEXT NOT NULL,             -- "session:<id>"
    proof TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX link_by_subject ON link (subject);
CREATE INDEX link_by_object ON link (object);
