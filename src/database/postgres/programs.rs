//! The programs of PostgreSQL: where they are, and how they are called.
//!
//! Settings of the server, and why: UTC, so that a page reads the same everywhere; nothing is waited for to reach a disk,
//! because nothing outlives the run; small buffers, because there is one server a page; no statistics or cleaning in the
//! background, because what nobody asked for must not look like a change; locks are waited for 5 s.
//!
//! Must stay true: the server has no TCP port; what it writes lies in the folders it was given (`/dev/shm` is none).

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::SUPERUSER;
use super::exchange::Address;
use super::wal;
use crate::database::server::{self, Failure, Launch};
use crate::database::{Place, Reopening, reopening};
use crate::sandbox::{AsUser, is_root};

/// Raised when what is prepared for a version changes.
const PREPARED: u32 = 2;

/// Where distributions put the programs of each version, in a folder `bin`.
const VERSIONS: [(&str, &str); 3] =
    [("/usr/lib/postgresql", ""), ("/usr", "pgsql-"), ("/opt/homebrew/opt", "postgresql@")];

/// The oldest version that does all that is relied on: older ones tell later how many rows a transaction has touched.
const OLDEST: u32 = 15;

/// What a server is called with.
const SETTINGS: [&str; 35] = [
    "listen_addresses=",
    "unix_socket_permissions=0777",
    "fsync=off",
    // What was committed is in the log's files at once, so that it can be read there (see `wal`): ten microseconds a
    // statement, which spare half a millisecond a look. No disk is waited for.
    "synchronous_commit=on",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "archive_mode=off",
    "min_wal_size=2MB",
    "max_wal_size=1GB",
    "checkpoint_timeout=1h",
    "shared_buffers=16MB",
    "wal_buffers=256kB",
    "max_connections=40",
    "max_worker_processes=2",
    "max_parallel_workers_per_gather=0",
    "shared_memory_type=mmap",
    "dynamic_shared_memory_type=mmap",
    "huge_pages=off",
    "jit=off",
    "autovacuum=off",
    "track_counts=on",
    "bgwriter_lru_maxpages=0",
    "ssl=off",
    "lock_timeout=5s",
    "timezone=UTC",
    "log_timezone=UTC",
    "datestyle=ISO, MDY",
    "intervalstyle=postgres",
    "lc_messages=C",
    "logging_collector=off",
    "log_destination=stderr",
    "log_min_messages=fatal",
    "default_transaction_isolation=read committed",
    "default_text_search_config=pg_catalog.simple",
];

/// The folder of the programs of one version.
#[derive(Debug, Clone)]
pub(super) struct Programs {
    folder: PathBuf,
    /// As in `15.18`.
    pub(super) version: String,
}

impl Programs {
    /// Those on `path`, or else the newest that a distribution installed; asked for their version in `place`.
    pub(super) fn find(path: &str, place: Place<'_>) -> Result<Self, Failure> {
        let folder = folder(path).ok_or_else(|| {
            Failure::not_installed(
                "postgres",
                "PostgreSQL is not installed: there are no programs `postgres` and `initdb`",
                "install the server (on Debian the package `postgresql`, on Fedora `postgresql-server`), or put the folder of \
                 its programs on PATH",
            )
        })?;
        let program = folder.join("postgres");
        let told = server::run(
            place,
            &launch(&program, vec!["--version".into()], "postgres-version.log", place),
            Duration::from_secs(20),
        )?;
        let version = version(&program, &told)?;
        Ok(Self { folder, version })
    }

    /// What a folder prepared for this version is called.
    pub(super) fn prepared_name(&self) -> String {
        format!("postgres-{}-{PREPARED}", self.version)
    }

    /// Makes a data folder `data` in the folder of `place`.
    pub(super) fn initialise(&self, place: Place<'_>, data: &Path) -> Result<(), Failure> {
        let mut arguments: Vec<OsString> = vec!["-D".into(), data.into()];
        let user = format!("--username={SUPERUSER}");
        let segment_size = format!("--wal-segsize={}", wal::SEGMENT >> 20);
        if major(&self.version) >= 18 {
            // They are there by default since then; a page needs none, and their hints fill the log (see `wal`).
            arguments.push("--no-data-checksums".into());
        }
        arguments.extend(
            [
                user.as_str(),
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
                "--no-instructions",
                // Small segments: an empty one is copied with every page.
                &segment_size,
            ]
            .map(Into::into),
        );
        server::run(place, &launch(&self.program("initdb"), arguments, "initdb.log", place), Duration::from_secs(120))
            .map(drop)
    }

    /// What starts a server on `data`.
    pub(super) fn server(&self, place: Place<'_>, data: &Path) -> ServerLaunch {
        let mut arguments: Vec<OsString> = vec!["-D".into(), data.into(), "-k".into(), place.folder.into()];
        arguments.extend(SETTINGS.iter().flat_map(|setting| ["-c".into(), setting.into()]));
        ServerLaunch { program: self.program("postgres"), arguments }
    }

    /// How the server whose folder is left at `folder` is started again, and its `database` opened.
    ///
    /// PostgreSQL refuses to run as root. Where root ran Proofbook, the data is root's own (with namespaces, in which the
    /// account was only a number) or that of the account the server ran as; `unshare` and `setpriv` become somebody who
    /// is not root and owns it.
    pub(super) fn reopening(&self, data: &Path, folder: &Path, database: &str, flaw: Option<String>) -> Reopening {
        let owner = fs::metadata(data).map_or((0, 0), |found| (found.uid(), found.gid()));
        let (user, group) = (format!("--reuid={}", owner.0), format!("--regid={}", owner.1));
        let somebody: &[&str] = match owner {
            _ if !is_root() => &[],
            (0, _) => &["unshare", "--user", "--map-user=65534", "--map-group=65534", "--"],
            _ => &["setpriv", &user, &group, "--clear-groups", "--"],
        };
        let (host, pg_ctl) = (reopening::text(folder), reopening::text(&self.program("pg_ctl")));
        let (data, log) = (reopening::text(&folder.join(super::DATA)), reopening::text(&folder.join("server.log")));
        let options = format!("-k {} -c listen_addresses=", reopening::word(&host));
        let server = |rest: &[&str]| {
            let words = [pg_ctl.as_str(), "-D", &data].into_iter().chain(rest.iter().copied());
            reopening::line(somebody.iter().copied().chain(words))
        };
        let psql = reopening::text(&self.program("psql"));
        Reopening {
            start: Some(server(&["-l", &log, "-o", &options, "start"])),
            open: reopening::line([psql.as_str(), "-h", &host, "-U", SUPERUSER, database]),
            end: Some(server(&["stop"])),
            flaw,
        }
    }

    /// The program `name` of this version.
    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// A server that is about to be started.
pub(super) struct ServerLaunch {
    program: PathBuf,
    arguments: Vec<OsString>,
}

impl ServerLaunch {
    pub(super) fn in_place(&self, place: Place<'_>) -> Launch<'_> {
        launch(&self.program, self.arguments.clone(), "postgres.log", place)
    }
}

/// Where a server in `place` listens, and for whom.
pub(super) fn address(place: Place<'_>, database: &str) -> Result<Address, Failure> {
    let socket = place.folder.join(".s.PGSQL.5432");
    server::check_socket(&socket)?;
    Ok(Address { socket, user: SUPERUSER, database: database.to_owned() })
}

/// PostgreSQL refuses to run as root, and its data must be its own.
fn launch<'l>(program: &'l Path, arguments: Vec<OsString>, log: &'static str, place: Place<'_>) -> Launch<'l> {
    let as_user = AsUser::NotRoot { owns: vec![place.folder.to_path_buf()] };
    // Its messages in English, whatever the caller speaks: hints are given by codes, but people search for messages.
    let environment = vec![("LC_ALL".into(), "C.UTF-8".into())];
    Launch { program, arguments, environment, log, as_user }
}

/// The version that `program` has `told`.
fn version(program: &Path, told: &str) -> Result<String, Failure> {
    // `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`
    let found = told.split_whitespace().find(|word| word.starts_with(|first: char| first.is_ascii_digit()));
    let Some(version) = found else {
        let message = format!("{} tells no version: {}", program.display(), told.trim());
        return Err(Failure::new(message, "repair its installation"));
    };
    if major(version) < OLDEST {
        let message = format!("{} is PostgreSQL {version}, and Proofbook needs {OLDEST} or newer", program.display());
        return Err(Failure::new(message, "install a newer server, or put the folder of its programs first on PATH"));
    }
    Ok(version.to_owned())
}

/// As in `15`.
fn major(version: &str) -> u32 {
    let digits = version.split(|letter: char| !letter.is_ascii_digit()).next();
    digits.and_then(|digits| digits.parse().ok()).unwrap_or_default()
}

pub(super) fn folder(path: &str) -> Option<PathBuf> {
    let on_path = server::find(path, &["postgres"]).and_then(|program| program.canonicalize().ok());
    on_path
        .and_then(|program| program.parent().map(Path::to_path_buf))
        .filter(|folder| is_whole(folder))
        .or_else(installed)
}

fn is_whole(folder: &Path) -> bool {
    ["postgres", "initdb"].iter().all(|name| folder.join(name).is_file())
}

/// The newest version that a distribution installed.
fn installed() -> Option<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = Vec::new();
    for (parent, prefix) in VERSIONS {
        for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
            let number = entry.file_name().to_str().and_then(|name| name.strip_prefix(prefix)?.parse().ok());
            let folder = entry.path().join("bin");
            if let Some(number) = number
                && is_whole(&folder)
            {
                found.push((number, folder));
            }
        }
    }
    found.into_iter().max().map(|(_, folder)| folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_has_to_be_new_enough() {
        let told =
            |text: &str| version(Path::new("/bin/postgres"), text).map_err(|failure| failure.message().to_owned());
        assert_eq!(told("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n").as_deref(), Ok("15.18"));
        assert_eq!(told("postgres (PostgreSQL) 18beta1").as_deref(), Ok("18beta1"));
        let too_old = "/bin/postgres is PostgreSQL 14.23, and Proofbook needs 15 or newer";
        assert_eq!(told("postgres (PostgreSQL) 14.23").unwrap_err(), too_old);
        assert_eq!(told("no such thing\n").unwrap_err(), "/bin/postgres tells no version: no such thing");
    }
}
