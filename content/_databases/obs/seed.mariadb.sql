-- Example rows for the throwaway database. The 35 architectures are the ones OBS seeds, in that
-- order. Everything else (distributions, projects, repositories, times) is made up for the pages:
-- it shows the shape of the data, not the content of any real instance.
--
-- The same rows under the same ids as in seed.sql, which is for SQLite. MariaDB reserves ids for an
-- INSERT … SELECT in advance and skips those it did not need; "AUTO_INCREMENT = 1" makes it go on
-- after the highest id there is.
--
-- No id is written here. Rows are looked up by name, as on the pages, because ids differ between
-- installations.

-- ---------------------------------------------------------------- architectures

INSERT INTO architectures (name) VALUES
  ('aarch64'), ('aarch64_ilp32'), ('armv4l'), ('armv5l'), ('armv6l'), ('armv7l'), ('armv5el'),
  ('armv6el'), ('armv7el'), ('armv7hl'), ('armv8el'), ('hppa'), ('i586'), ('i686'), ('ia64'),
  ('k1om'), ('local'), ('m68k'), ('mips'), ('mips32'), ('mips64'), ('ppc'), ('ppc64'),
  ('ppc64p7'), ('ppc64le'), ('riscv64'), ('s390'), ('s390x'), ('sparc'), ('sparc64'),
  ('sparc64v'), ('sparcv8'), ('sparcv9'), ('sparcv9v'), ('x86_64');

UPDATE architectures SET available = 1 WHERE name IN ('armv7l', 'i586', 'x86_64');

-- ---------------------------------------------------------------- distributions

-- The remote Debian 12 comes first and has the same name as the local one on purpose: a statement
-- that forgets "remote = 0" finds the wrong row. The project of the last entry does not exist;
-- OBS accepts that.
INSERT INTO distributions (vendor, version, name, project, reponame, repository, link, remote) VALUES
  ('debian', '12', 'Debian 12', 'openSUSE.org:Debian:12', 'Debian_12', 'standard',
   'https://www.debian.org/', 1),
  ('debian', '10', 'Debian 10', 'Debian:10', 'Debian_10', 'standard',
   'https://www.debian.org/', 0),
  ('debian', '11', 'Debian 11', 'Debian:11', 'Debian_11', 'standard',
   'https://www.debian.org/', 0),
  ('debian', '12', 'Debian 12', 'Debian:12', 'Debian_12', 'standard',
   'https://www.debian.org/', 0),
  ('opensuse', 'Tumbleweed', 'openSUSE Tumbleweed', 'openSUSE:Factory', 'openSUSE_Tumbleweed',
   'standard', 'https://www.opensuse.org/', 0),
  ('Équipe d''été', '1', 'Linux d''été 1', 'Exemple:1', 'Exemple_1', 'standard', '', 0);

-- riscv64 is used by one distribution (openSUSE Tumbleweed) and by nothing else: no repository,
-- no flag, none of the six foreign keys refers to it. A test relies on that, because for such an
-- architecture the database lets a DELETE FROM architectures through. Keep it so.
INSERT INTO architectures_distributions (distribution_id, architecture_id)
WITH offered (project, architecture) AS (VALUES
  ('openSUSE.org:Debian:12', 'i586'),
  ('openSUSE.org:Debian:12', 'x86_64'),
  ('Debian:10', 'i586'),
  ('Debian:11', 'i586'),
  ('Debian:11', 'x86_64'),
  ('Debian:12', 'i586'),
  ('Debian:12', 'x86_64'),
  ('openSUSE:Factory', 'i586'),
  ('openSUSE:Factory', 'riscv64'),
  ('openSUSE:Factory', 'x86_64'),
  ('Exemple:1', 'i586'),
  ('Exemple:1', 'x86_64'))
SELECT d.id, a.id
  FROM offered AS o
  JOIN distributions AS d ON d.project = o.project
  JOIN architectures AS a ON a.name = o.architecture
 ORDER BY d.id, a.id;
ALTER TABLE architectures_distributions AUTO_INCREMENT = 1;

INSERT INTO distribution_icons (url, width, height) VALUES
  ('https://example.org/icons/debian-8x8.png', 8, 8),
  ('https://example.org/icons/debian-16x16.png', 16, 16),
  ('https://example.org/icons/opensuse-16x16.png', 16, 16);

INSERT INTO distribution_icons_distributions (distribution_id, distribution_icon_id)
SELECT d.id, i.id
  FROM distributions AS d
  JOIN distribution_icons AS i
    ON i.url LIKE concat('https://example.org/icons/', d.vendor, '-%')
 ORDER BY d.id, i.id;
ALTER TABLE distribution_icons_distributions AUTO_INCREMENT = 1;

-- Debian 10 was dropped without its join rows, as Rails does with `delete`: they stay behind and
-- point at a distribution that is gone. Nothing in the database objects.
DELETE FROM distributions WHERE name = 'Debian 10';

-- ---------------------------------------------------------------- projects

-- The interconnect.
INSERT INTO projects (name, title, remoteurl, created_at, updated_at) VALUES
  ('openSUSE.org', 'Interconnect (example)', 'https://api.opensuse.org/public',
   '2020-02-03 08:00:00', '2020-02-03 08:00:00');

-- updated_at: the window on the page about restoring an architecture is 2023-06-20 12:32:00 up to,
-- not including, 13:17:00. Some rows stand exactly on its edges.
INSERT INTO projects (name, title, created_at, updated_at) VALUES
  ('Debian:11',                  'Debian 11 (example)',    '2021-08-16 09:00:00', '2023-05-02 07:30:00'),
  ('Debian:12',                  'Debian 12 (example)',    '2023-06-20 09:10:00', '2023-06-20 12:31:59'),
  ('openSUSE:Factory',           'Factory (example)',      '2020-02-03 09:00:00', '2023-06-20 12:05:00'),
  ('openSUSE:Factory:Staging:A', 'Staging A (example)',    '2020-02-04 09:00:00', '2023-06-20 12:41:07'),
  ('openSUSE:Factory:Staging:B', 'Staging B (example)',    '2020-02-04 09:00:00', '2023-06-20 11:58:44'),
  ('openSUSE:Factory:Staging:C', 'Staging C (example)',    '2020-02-04 09:00:00', '2023-06-20 13:16:30'),
  ('home:example',               'Nothing built here',     '2022-01-10 10:00:00', '2023-06-20 12:32:00'),
  ('home:example:tools',         'Picked Debian 12',       '2023-06-20 10:00:00', '2023-06-20 12:55:20'),
  ('home:example:games',         'Picked Tumbleweed',      '2022-03-01 10:00:00', '2023-06-20 13:17:00'),
  ('home:example:old',           'Picked Debian 11',       '2021-09-01 10:00:00', '2022-06-20 12:45:00');

INSERT INTO staging_workflows (project_id, created_at, updated_at)
SELECT id, '2020-02-04 08:00:00', '2020-02-04 08:00:00'
  FROM projects WHERE name = 'openSUSE:Factory';
ALTER TABLE staging_workflows AUTO_INCREMENT = 1;

UPDATE projects
   SET staging_workflow_id = (SELECT w.id FROM staging_workflows AS w
                                JOIN projects AS p ON p.id = w.project_id
                               WHERE p.name = 'openSUSE:Factory')
 WHERE name LIKE 'openSUSE:Factory:Staging:%';

-- ---------------------------------------------------------------- repositories

INSERT INTO repositories (db_project_id, name, remote_project_name)
WITH wanted (project, repository, remote_project_name) AS (VALUES
  ('openSUSE.org',               'standard',            'Debian:12'),
  ('Debian:11',                  'standard',            ''),
  ('Debian:12',                  'standard',            ''),
  ('openSUSE:Factory',           'standard',            ''),
  ('openSUSE:Factory:Staging:A', 'standard',            ''),
  ('openSUSE:Factory:Staging:B', 'standard',            ''),
  ('openSUSE:Factory:Staging:C', 'standard',            ''),
  ('home:example:tools',         'Debian_12',           ''),
  ('home:example:games',         'openSUSE_Tumbleweed', ''),
  ('home:example:old',           'Debian_11',           ''))
SELECT p.id, w.repository, w.remote_project_name
  FROM wanted AS w
  JOIN projects AS p ON p.name = w.project
 ORDER BY p.id;
ALTER TABLE repositories AUTO_INCREMENT = 1;

-- required_checks is a serialised list in OBS; a plain word stands for it here.
INSERT INTO repository_architectures (repository_id, architecture_id, position, required_checks)
WITH wanted (project, repository, architecture, position, required_checks) AS (VALUES
  ('Debian:11',                  'standard',            'i586',   0, NULL),
  ('Debian:11',                  'standard',            'x86_64', 1, NULL),
  ('Debian:12',                  'standard',            'i586',   0, NULL),
  ('Debian:12',                  'standard',            'x86_64', 1, NULL),
  ('openSUSE:Factory',           'standard',            'i586',   0, NULL),
  ('openSUSE:Factory',           'standard',            'x86_64', 1, NULL),
  ('openSUSE:Factory:Staging:A', 'standard',            'i586',   0, 'example-check'),
  ('openSUSE:Factory:Staging:A', 'standard',            'x86_64', 1, 'example-check'),
  ('openSUSE:Factory:Staging:B', 'standard',            'i586',   0, 'example-check'),
  ('openSUSE:Factory:Staging:B', 'standard',            'x86_64', 1, 'example-check'),
  ('openSUSE:Factory:Staging:C', 'standard',            'x86_64', 0, 'example-check'),
  ('home:example:tools',         'Debian_12',           'i586',   0, NULL),
  ('home:example:tools',         'Debian_12',           'x86_64', 1, NULL),
  ('home:example:games',         'openSUSE_Tumbleweed', 'x86_64', 0, NULL),
  ('home:example:old',           'Debian_11',           'i586',   0, NULL),
  ('home:example:old',           'Debian_11',           'x86_64', 1, NULL))
SELECT r.id, a.id, w.position, w.required_checks
  FROM wanted AS w
  JOIN projects AS p ON p.name = w.project
  JOIN repositories AS r ON r.db_project_id = p.id AND r.name = w.repository
  JOIN architectures AS a ON a.name = w.architecture
 ORDER BY r.id, w.position;
ALTER TABLE repository_architectures AUTO_INCREMENT = 1;

INSERT INTO path_elements (parent_id, repository_id, position)
WITH wanted (project, repository, target_project, target_repository) AS (VALUES
  ('openSUSE:Factory:Staging:A', 'standard',            'openSUSE:Factory', 'standard'),
  ('openSUSE:Factory:Staging:B', 'standard',            'openSUSE:Factory', 'standard'),
  ('openSUSE:Factory:Staging:C', 'standard',            'openSUSE:Factory', 'standard'),
  ('home:example:tools',         'Debian_12',           'Debian:12',        'standard'),
  ('home:example:games',         'openSUSE_Tumbleweed', 'openSUSE:Factory', 'standard'),
  ('home:example:old',           'Debian_11',           'Debian:11',        'standard'))
SELECT r.id, t.id, 0
  FROM wanted AS w
  JOIN projects AS p ON p.name = w.project
  JOIN repositories AS r ON r.db_project_id = p.id AND r.name = w.repository
  JOIN projects AS tp ON tp.name = w.target_project
  JOIN repositories AS t ON t.db_project_id = tp.id AND t.name = w.target_repository
 ORDER BY r.id;
ALTER TABLE path_elements AUTO_INCREMENT = 1;

-- One per architecture, by name.
INSERT INTO download_repositories (repository_id, arch, url, repotype)
WITH wanted (project, arch, url) AS (VALUES
  ('Debian:11', 'i586',   'https://mirror.example.org/debian/bullseye/main'),
  ('Debian:11', 'x86_64', 'https://mirror.example.org/debian/bullseye/main'),
  ('Debian:12', 'i586',   'https://mirror.example.org/debian/bookworm/main'),
  ('Debian:12', 'x86_64', 'https://mirror.example.org/debian/bookworm/main'))
SELECT r.id, w.arch, w.url, 'deb'
  FROM wanted AS w
  JOIN projects AS p ON p.name = w.project
  JOIN repositories AS r ON r.db_project_id = p.id AND r.name = 'standard'
 ORDER BY r.id, w.arch;
ALTER TABLE download_repositories AUTO_INCREMENT = 1;

-- ---------------------------------------------------------------- packages, flags

INSERT INTO packages (project_id, name)
SELECT id, 'hello' FROM projects WHERE name IN ('home:example:tools', 'home:example:games')
 ORDER BY id;
ALTER TABLE packages AUTO_INCREMENT = 1;

-- Project flags. An empty architecture means: for all of them.
INSERT INTO flags (status, project_id, architecture_id, position, flag)
WITH wanted (project, flag, status, architecture, position) AS (VALUES
  ('Debian:12',          'build',     'disable', NULL,     1),
  ('Debian:12',          'publish',   'disable', NULL,     1),
  ('home:example:tools', 'build',     'disable', 'i586',   1),
  ('home:example:tools', 'debuginfo', 'enable',  'x86_64', 2),
  ('home:example:old',   'publish',   'disable', 'i586',   1),
  ('home:example:games', 'build',     'enable',  'x86_64', 1),
  ('home:example:games', 'publish',   'disable', NULL,     1))
SELECT w.status, p.id, a.id, w.position, w.flag
  FROM wanted AS w
  JOIN projects AS p ON p.name = w.project
  LEFT JOIN architectures AS a ON a.name = w.architecture
 ORDER BY p.id, w.flag;
ALTER TABLE flags AUTO_INCREMENT = 1;

-- A package flag.
INSERT INTO flags (status, package_id, architecture_id, position, flag)
SELECT 'disable', k.id, a.id, 1, 'useforbuild'
  FROM packages AS k
  JOIN projects AS p ON p.id = k.project_id
  JOIN architectures AS a ON a.name = 'i586'
 WHERE p.name = 'home:example:tools' AND k.name = 'hello';
ALTER TABLE flags AUTO_INCREMENT = 1;

-- ---------------------------------------------------------------- the other four references

INSERT INTO channel_binaries (architecture_id)
SELECT id FROM architectures WHERE name IN ('i586', 'x86_64') ORDER BY id;
ALTER TABLE channel_binaries AUTO_INCREMENT = 1;

INSERT INTO channel_binary_lists (architecture_id)
SELECT id FROM architectures WHERE name IN ('i586', 'x86_64') ORDER BY id;
ALTER TABLE channel_binary_lists AUTO_INCREMENT = 1;

INSERT INTO product_media (arch_filter_id)
SELECT id FROM architectures WHERE name IN ('i586', 'x86_64') ORDER BY id;
ALTER TABLE product_media AUTO_INCREMENT = 1;

INSERT INTO product_update_repositories (arch_filter_id)
SELECT id FROM architectures WHERE name IN ('i586', 'x86_64') ORDER BY id;
ALTER TABLE product_update_repositories AUTO_INCREMENT = 1;

-- Rows that refer to no architecture at all.
INSERT INTO channel_binaries (architecture_id) VALUES (NULL);
INSERT INTO product_media (arch_filter_id) VALUES (NULL);

-- ---------------------------------------------------------------- staging

INSERT INTO bs_requests (staging_project_id)
SELECT id FROM projects WHERE name = 'openSUSE:Factory:Staging:A';
ALTER TABLE bs_requests AUTO_INCREMENT = 1;
INSERT INTO bs_requests (staging_project_id) VALUES (NULL);

INSERT INTO status_reports (uuid, checkable_type, checkable_id, created_at, updated_at)
SELECT 'example-report', 'RepositoryArchitecture', ra.id,
       '2023-06-20 11:00:00', '2023-06-20 11:00:00'
  FROM repository_architectures AS ra
  JOIN repositories AS r ON r.id = ra.repository_id
  JOIN projects AS p ON p.id = r.db_project_id
  JOIN architectures AS a ON a.id = ra.architecture_id
 WHERE p.name = 'openSUSE:Factory:Staging:A' AND a.name = 'i586';
ALTER TABLE status_reports AUTO_INCREMENT = 1;

INSERT INTO status_checks (state, name, status_reports_id, created_at, updated_at)
SELECT 'pending', 'example-check', id, '2023-06-20 11:00:00', '2023-06-20 11:00:00'
  FROM status_reports WHERE uuid = 'example-report';
ALTER TABLE status_checks AUTO_INCREMENT = 1;
