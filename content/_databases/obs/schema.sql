-- The part of the Open Build Service (OBS) database that distributions touch, for SQLite.
--
-- OBS runs on MariaDB. Tables, columns, keys and the names of constraints are those of the OBS
-- schema; what differs here, and why:
--
-- * INT AUTO_INCREMENT is INTEGER PRIMARY KEY AUTOINCREMENT: an id is never given out twice.
-- * boolean (TINYINT(1)) is INTEGER, 0 or 1.
-- * An enum is a CHECK constraint.
-- * utf8mb4_unicode_ci is COLLATE NOCASE. NOCASE folds ASCII letters only; unicode_ci also folds
--   the rest and ignores accents. utf8mb4_bin is COLLATE BINARY.
-- * Lengths such as VARCHAR(255) are written down, but SQLite does not hold anybody to them.
-- * A foreign key without a delete rule is refused at the end of the statement (MariaDB: at once).
--   Either way nothing is deleted while a row refers to it.
-- * Index names are unique per database in SQLite, per table in MariaDB; where two collide, the
--   second has the table's name as a suffix. Indexes whose real name is not known to us start
--   with "key_".
-- * "Reduced" marks a table of which only the columns needed here are kept.

CREATE TABLE architectures (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  name      VARCHAR(255) COLLATE NOCASE NOT NULL,
  available INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX arch_name_index ON architectures (name);

-- No unique key beside the primary key, no timestamps. project and repository are plain text:
-- nothing ties them to the tables projects and repositories.
CREATE TABLE distributions (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  vendor     VARCHAR(255) COLLATE NOCASE NOT NULL,
  version    VARCHAR(255) COLLATE NOCASE NOT NULL,
  name       VARCHAR(255) COLLATE NOCASE NOT NULL,
  project    VARCHAR(255) COLLATE NOCASE NOT NULL,
  reponame   VARCHAR(255) COLLATE NOCASE NOT NULL,
  repository VARCHAR(255) COLLATE NOCASE NOT NULL,
  link       VARCHAR(255) COLLATE NOCASE,
  remote     INTEGER DEFAULT 0
);

-- Bare, as in OBS: no foreign key, no unique key, no index on either column.
CREATE TABLE architectures_distributions (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  distribution_id INTEGER,
  architecture_id INTEGER
);

CREATE TABLE distribution_icons (
  id     INTEGER PRIMARY KEY AUTOINCREMENT,
  url    VARCHAR(255) COLLATE NOCASE NOT NULL,
  width  INTEGER,
  height INTEGER
);

-- Bare, as in OBS.
CREATE TABLE distribution_icons_distributions (
  id                   INTEGER PRIMARY KEY AUTOINCREMENT,
  distribution_id      INTEGER,
  distribution_icon_id INTEGER
);

CREATE TABLE projects (
  id                  INTEGER PRIMARY KEY AUTOINCREMENT,
  name                VARCHAR(200) COLLATE BINARY NOT NULL,
  title               VARCHAR(255) COLLATE NOCASE,
  description         TEXT COLLATE NOCASE,
  url                 VARCHAR(255) COLLATE NOCASE,
  remoteurl           VARCHAR(255) COLLATE NOCASE,
  remoteproject       VARCHAR(255) COLLATE NOCASE,
  develproject_id     INTEGER,
  delta               INTEGER NOT NULL DEFAULT 1,
  kind                VARCHAR(20) COLLATE NOCASE DEFAULT 'standard'
    CHECK (kind IN ('standard', 'maintenance', 'maintenance_incident', 'maintenance_release')),
  required_checks     VARCHAR(255) COLLATE NOCASE,
  staging_workflow_id INTEGER,
  scmsync             TEXT COLLATE NOCASE,
  report_bug_url      VARCHAR(8192) COLLATE NOCASE,
  created_at          DATETIME,
  updated_at          DATETIME
);
CREATE UNIQUE INDEX projects_name_index ON projects (name);
CREATE INDEX key_projects_develproject_id ON projects (develproject_id);
CREATE INDEX key_projects_staging_workflow_id ON projects (staging_workflow_id);

CREATE TABLE repositories (
  id                  INTEGER PRIMARY KEY AUTOINCREMENT,
  db_project_id       INTEGER NOT NULL,
  name                VARCHAR(255) COLLATE BINARY NOT NULL,
  remote_project_name VARCHAR(255) COLLATE BINARY NOT NULL DEFAULT '',
  rebuild             VARCHAR(10) COLLATE NOCASE
    CHECK (rebuild IN ('transitive', 'direct', 'local')),
  block               VARCHAR(10) COLLATE NOCASE
    CHECK (block IN ('all', 'local', 'never')),
  linkedbuild         VARCHAR(10) COLLATE NOCASE
    CHECK (linkedbuild IN ('off', 'localdep', 'all', 'alldirect')),
  hostsystem_id       INTEGER,
  required_checks     VARCHAR(255) COLLATE NOCASE,
  CONSTRAINT repositories_ibfk_1 FOREIGN KEY (db_project_id) REFERENCES projects (id),
  CONSTRAINT repositories_ibfk_2 FOREIGN KEY (hostsystem_id) REFERENCES repositories (id)
);
-- In OBS this index is called projects_name_index too.
CREATE UNIQUE INDEX projects_name_index_repositories
  ON repositories (db_project_id, name, remote_project_name);

CREATE TABLE repository_architectures (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  repository_id   INTEGER NOT NULL,
  architecture_id INTEGER NOT NULL,
  position        INTEGER NOT NULL DEFAULT 0,
  required_checks VARCHAR(255) COLLATE NOCASE,
  CONSTRAINT repository_architectures_ibfk_1
    FOREIGN KEY (repository_id) REFERENCES repositories (id),
  CONSTRAINT repository_architectures_ibfk_2
    FOREIGN KEY (architecture_id) REFERENCES architectures (id)
);
CREATE UNIQUE INDEX arch_repo_index ON repository_architectures (repository_id, architecture_id);
CREATE INDEX key_repository_architectures_architecture_id
  ON repository_architectures (architecture_id);

-- parent_id is the repository that has the path, repository_id the one it points at.
CREATE TABLE path_elements (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  parent_id     INTEGER NOT NULL REFERENCES repositories (id),
  repository_id INTEGER NOT NULL REFERENCES repositories (id),
  position      INTEGER NOT NULL,
  kind          VARCHAR(10) COLLATE NOCASE DEFAULT 'standard'
    CHECK (kind IN ('standard', 'hostsystem'))
);
CREATE UNIQUE INDEX parent_repository_index ON path_elements (parent_id, repository_id, kind);

CREATE TABLE release_targets (
  id                   INTEGER PRIMARY KEY AUTOINCREMENT,
  repository_id        INTEGER NOT NULL REFERENCES repositories (id),
  target_repository_id INTEGER NOT NULL REFERENCES repositories (id),
  "trigger"            VARCHAR(15) COLLATE NOCASE
    CHECK ("trigger" IN ('manual', 'allsucceeded', 'maintenance', 'obsgendiff'))
);

-- arch is the name of an architecture as text, not an id.
CREATE TABLE download_repositories (
  id                   INTEGER PRIMARY KEY AUTOINCREMENT,
  repository_id        INTEGER NOT NULL REFERENCES repositories (id),
  arch                 VARCHAR(255) COLLATE NOCASE NOT NULL,
  url                  VARCHAR(255) COLLATE NOCASE NOT NULL,
  repotype             VARCHAR(255) COLLATE NOCASE,
  archfilter           VARCHAR(255) COLLATE NOCASE,
  masterurl            VARCHAR(255) COLLATE NOCASE,
  mastersslfingerprint VARCHAR(255) COLLATE NOCASE,
  pubkey               TEXT COLLATE NOCASE
);

-- Reduced: packages refers to it.
CREATE TABLE kiwi_images (
  id INTEGER PRIMARY KEY AUTOINCREMENT
);

-- Reduced.
CREATE TABLE packages (
  id             INTEGER PRIMARY KEY AUTOINCREMENT,
  project_id     INTEGER NOT NULL REFERENCES projects (id),
  name           VARCHAR(200) COLLATE BINARY NOT NULL,
  kiwi_image_id  INTEGER REFERENCES kiwi_images (id),
  develpackage_id INTEGER REFERENCES packages (id),
  scmsync        VARCHAR(255) COLLATE NOCASE,
  UNIQUE (project_id, name)
);

CREATE TABLE flags (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  status          VARCHAR(10) COLLATE NOCASE NOT NULL
    CHECK (status IN ('enable', 'disable')),
  repo            VARCHAR(255) COLLATE NOCASE,
  project_id      INTEGER,
  package_id      INTEGER,
  architecture_id INTEGER,
  position        INTEGER NOT NULL,
  flag            VARCHAR(20) COLLATE NOCASE NOT NULL
    CHECK (flag IN ('useforbuild', 'sourceaccess', 'binarydownload', 'debuginfo', 'build',
                    'publish', 'access', 'lock')),
  CONSTRAINT flags_ibfk_3 FOREIGN KEY (architecture_id) REFERENCES architectures (id),
  CONSTRAINT flags_ibfk_4 FOREIGN KEY (project_id) REFERENCES projects (id),
  CONSTRAINT flags_ibfk_5 FOREIGN KEY (package_id) REFERENCES packages (id)
);
CREATE INDEX key_flags_flag ON flags (flag);

-- Reduced: id and the reference to architectures.
CREATE TABLE channel_binaries (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  architecture_id INTEGER,
  CONSTRAINT channel_binaries_ibfk_4 FOREIGN KEY (architecture_id) REFERENCES architectures (id)
);

-- Reduced: id and the reference to architectures.
CREATE TABLE channel_binary_lists (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  architecture_id INTEGER,
  CONSTRAINT channel_binary_lists_ibfk_4
    FOREIGN KEY (architecture_id) REFERENCES architectures (id)
);

-- Reduced: id and the reference to architectures.
CREATE TABLE product_media (
  id             INTEGER PRIMARY KEY AUTOINCREMENT,
  arch_filter_id INTEGER,
  CONSTRAINT product_media_ibfk_3 FOREIGN KEY (arch_filter_id) REFERENCES architectures (id)
);

-- Reduced: id and the reference to architectures.
CREATE TABLE product_update_repositories (
  id             INTEGER PRIMARY KEY AUTOINCREMENT,
  arch_filter_id INTEGER,
  CONSTRAINT product_update_repositories_ibfk_3
    FOREIGN KEY (arch_filter_id) REFERENCES architectures (id)
);

CREATE TABLE staging_workflows (
  id                INTEGER PRIMARY KEY AUTOINCREMENT,
  project_id        INTEGER UNIQUE,
  managers_group_id INTEGER,
  created_at        DATETIME,
  updated_at        DATETIME
);

-- OBS has indexes here, no foreign keys; on which columns is not known to us.
CREATE TABLE staging_request_exclusions (
  id                  INTEGER PRIMARY KEY AUTOINCREMENT,
  staging_workflow_id INTEGER NOT NULL,
  bs_request_id       INTEGER NOT NULL,
  number              INTEGER,
  description         VARCHAR(255) COLLATE NOCASE,
  created_at          DATETIME,
  updated_at          DATETIME
);

-- Reduced. No foreign key to projects in OBS either.
CREATE TABLE bs_requests (
  id                 INTEGER PRIMARY KEY AUTOINCREMENT,
  staging_project_id INTEGER
);
CREATE INDEX key_bs_requests_staging_project_id ON bs_requests (staging_project_id);

-- checkable_type and checkable_id name a row of any table, so there is no foreign key.
CREATE TABLE status_reports (
  id             INTEGER PRIMARY KEY AUTOINCREMENT,
  uuid           VARCHAR(255) COLLATE NOCASE,
  checkable_type VARCHAR(191) COLLATE NOCASE,
  checkable_id   INTEGER,
  created_at     DATETIME,
  updated_at     DATETIME
);
CREATE INDEX key_status_reports_checkable ON status_reports (checkable_type, checkable_id);

CREATE TABLE status_checks (
  id                INTEGER PRIMARY KEY AUTOINCREMENT,
  state             VARCHAR(255) COLLATE NOCASE,
  url               VARCHAR(255) COLLATE NOCASE,
  short_description VARCHAR(255) COLLATE NOCASE,
  name              VARCHAR(255) COLLATE NOCASE,
  status_reports_id INTEGER REFERENCES status_reports (id),
  created_at        DATETIME,
  updated_at        DATETIME
);
