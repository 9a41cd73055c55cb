-- The part of the Open Build Service (OBS) database that distributions touch, for MariaDB, which OBS
-- runs on. Tables, columns, types, collations, keys and the names of constraints are those of the
-- OBS schema.
--
-- Indexes whose real name is not known to us start with "key_". "Reduced" marks a table of which
-- only the columns needed here are kept.

ALTER DATABASE CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE architectures (
  id        INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  name      VARCHAR(255) NOT NULL,
  available TINYINT(1) NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX arch_name_index ON architectures (name);

-- No unique key beside the primary key, no timestamps. project and repository are plain text:
-- nothing ties them to the tables projects and repositories.
CREATE TABLE distributions (
  id         INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  vendor     VARCHAR(255) NOT NULL,
  version    VARCHAR(255) NOT NULL,
  name       VARCHAR(255) NOT NULL,
  project    VARCHAR(255) NOT NULL,
  reponame   VARCHAR(255) NOT NULL,
  repository VARCHAR(255) NOT NULL,
  link       VARCHAR(255),
  remote     TINYINT(1) DEFAULT 0
);

-- Bare, as in OBS: no foreign key, no unique key, no index on either column.
CREATE TABLE architectures_distributions (
  id              INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  distribution_id INT,
  architecture_id INT
);

CREATE TABLE distribution_icons (
  id     INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  url    VARCHAR(255) NOT NULL,
  width  INT,
  height INT
);

-- Bare, as in OBS.
CREATE TABLE distribution_icons_distributions (
  id                   INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  distribution_id      INT,
  distribution_icon_id INT
);

CREATE TABLE projects (
  id                  INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  name                VARCHAR(200) COLLATE utf8mb4_bin NOT NULL,
  title               VARCHAR(255),
  description         TEXT,
  url                 VARCHAR(255),
  remoteurl           VARCHAR(255),
  remoteproject       VARCHAR(255),
  develproject_id     INT,
  delta               TINYINT(1) NOT NULL DEFAULT 1,
  kind                ENUM('standard', 'maintenance', 'maintenance_incident', 'maintenance_release') DEFAULT 'standard',
  required_checks     VARCHAR(255),
  staging_workflow_id INT,
  scmsync             TEXT,
  report_bug_url      VARCHAR(8192),
  created_at          DATETIME,
  updated_at          DATETIME
);
CREATE UNIQUE INDEX projects_name_index ON projects (name);
CREATE INDEX key_projects_develproject_id ON projects (develproject_id);
CREATE INDEX key_projects_staging_workflow_id ON projects (staging_workflow_id);

CREATE TABLE repositories (
  id                  INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  db_project_id       INT NOT NULL,
  name                VARCHAR(255) COLLATE utf8mb4_bin NOT NULL,
  remote_project_name VARCHAR(255) COLLATE utf8mb4_bin NOT NULL DEFAULT '',
  rebuild             ENUM('transitive', 'direct', 'local'),
  block               ENUM('all', 'local', 'never'),
  linkedbuild         ENUM('off', 'localdep', 'all', 'alldirect'),
  hostsystem_id       INT,
  required_checks     VARCHAR(255),
  CONSTRAINT repositories_ibfk_1 FOREIGN KEY (db_project_id) REFERENCES projects (id),
  CONSTRAINT repositories_ibfk_2 FOREIGN KEY (hostsystem_id) REFERENCES repositories (id)
);
CREATE UNIQUE INDEX projects_name_index
  ON repositories (db_project_id, name, remote_project_name);

CREATE TABLE repository_architectures (
  id              INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  repository_id   INT NOT NULL,
  architecture_id INT NOT NULL,
  position        INT NOT NULL DEFAULT 0,
  required_checks VARCHAR(255),
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
  id            INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  parent_id     INT NOT NULL REFERENCES repositories (id),
  repository_id INT NOT NULL REFERENCES repositories (id),
  position      INT NOT NULL,
  kind          ENUM('standard', 'hostsystem') DEFAULT 'standard'
);
CREATE UNIQUE INDEX parent_repository_index ON path_elements (parent_id, repository_id, kind);

CREATE TABLE release_targets (
  id                   INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  repository_id        INT NOT NULL REFERENCES repositories (id),
  target_repository_id INT NOT NULL REFERENCES repositories (id),
  `trigger`            ENUM('manual', 'allsucceeded', 'maintenance', 'obsgendiff')
);

-- arch is the name of an architecture as text, not an id.
CREATE TABLE download_repositories (
  id                   INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  repository_id        INT NOT NULL REFERENCES repositories (id),
  arch                 VARCHAR(255) NOT NULL,
  url                  VARCHAR(255) NOT NULL,
  repotype             VARCHAR(255),
  archfilter           VARCHAR(255),
  masterurl            VARCHAR(255),
  mastersslfingerprint VARCHAR(255),
  pubkey               TEXT
);

-- Reduced: packages refers to it.
CREATE TABLE kiwi_images (
  id INT NOT NULL AUTO_INCREMENT PRIMARY KEY
);

-- Reduced.
CREATE TABLE packages (
  id             INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  project_id     INT NOT NULL REFERENCES projects (id),
  name           VARCHAR(200) COLLATE utf8mb4_bin NOT NULL,
  kiwi_image_id  INT REFERENCES kiwi_images (id),
  develpackage_id INT REFERENCES packages (id),
  scmsync        VARCHAR(255),
  UNIQUE (project_id, name)
);

CREATE TABLE flags (
  id              INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  status          ENUM('enable', 'disable') NOT NULL,
  repo            VARCHAR(255),
  project_id      INT,
  package_id      INT,
  architecture_id INT,
  position        INT NOT NULL,
  flag            ENUM('useforbuild', 'sourceaccess', 'binarydownload', 'debuginfo', 'build', 'publish', 'access', 'lock') NOT NULL,
  CONSTRAINT flags_ibfk_3 FOREIGN KEY (architecture_id) REFERENCES architectures (id),
  CONSTRAINT flags_ibfk_4 FOREIGN KEY (project_id) REFERENCES projects (id),
  CONSTRAINT flags_ibfk_5 FOREIGN KEY (package_id) REFERENCES packages (id)
);
CREATE INDEX key_flags_flag ON flags (flag);

-- Reduced: id and the reference to architectures.
CREATE TABLE channel_binaries (
  id              INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  architecture_id INT,
  CONSTRAINT channel_binaries_ibfk_4 FOREIGN KEY (architecture_id) REFERENCES architectures (id)
);

-- Reduced: id and the reference to architectures.
CREATE TABLE channel_binary_lists (
  id              INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  architecture_id INT,
  CONSTRAINT channel_binary_lists_ibfk_4
    FOREIGN KEY (architecture_id) REFERENCES architectures (id)
);

-- Reduced: id and the reference to architectures.
CREATE TABLE product_media (
  id             INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  arch_filter_id INT,
  CONSTRAINT product_media_ibfk_3 FOREIGN KEY (arch_filter_id) REFERENCES architectures (id)
);

-- Reduced: id and the reference to architectures.
CREATE TABLE product_update_repositories (
  id             INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  arch_filter_id INT,
  CONSTRAINT product_update_repositories_ibfk_3
    FOREIGN KEY (arch_filter_id) REFERENCES architectures (id)
);

CREATE TABLE staging_workflows (
  id                INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  project_id        INT UNIQUE,
  managers_group_id INT,
  created_at        DATETIME,
  updated_at        DATETIME
);

-- OBS has indexes here, no foreign keys; on which columns is not known to us.
CREATE TABLE staging_request_exclusions (
  id                  INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  staging_workflow_id INT NOT NULL,
  bs_request_id       INT NOT NULL,
  number              INT,
  description         VARCHAR(255),
  created_at          DATETIME,
  updated_at          DATETIME
);

-- Reduced. No foreign key to projects in OBS either.
CREATE TABLE bs_requests (
  id                 INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  staging_project_id INT
);
CREATE INDEX key_bs_requests_staging_project_id ON bs_requests (staging_project_id);

-- checkable_type and checkable_id name a row of any table, so there is no foreign key.
CREATE TABLE status_reports (
  id             INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  uuid           VARCHAR(255),
  checkable_type VARCHAR(191),
  checkable_id   INT,
  created_at     DATETIME,
  updated_at     DATETIME
);
CREATE INDEX key_status_reports_checkable ON status_reports (checkable_type, checkable_id);

CREATE TABLE status_checks (
  id                INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  state             VARCHAR(255),
  url               VARCHAR(255),
  short_description VARCHAR(255),
  name              VARCHAR(255),
  status_reports_id INT REFERENCES status_reports (id),
  created_at        DATETIME,
  updated_at        DATETIME
);
