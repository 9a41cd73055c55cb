//! The server program: found, its version, the data folder it starts from, and how it is started.
//!
//! Settings, and why: no network, because only the page's room is to reach it. Durability off, because nothing here
//! outlives the run; small buffers and files, because a page's database is small and every page copies them. UTC,
//! utf8mb4 and waits of five seconds, so that results and deadlocks do not depend on the machine. No options files are
//! read. `sql_mode` and everything else are the defaults of the version.
//!
//! Must stay true: what a data folder is made with is part of its name in the cache ([`REVISION`]).

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::database::server::{self, Failure, Launch, Server};
use crate::database::{Grounds, Place, Reopening, reopening};
use crate::sandbox::{AsUser, is_root};

use super::connection::{Connection, Failed};

/// Raised when data folders are made otherwise than before: those in the cache are made anew then.
const REVISION: u32 = 1;

/// How long making a data folder, a start, and an end may take: far longer than on a slow machine.
const LIMIT: Duration = Duration::from_secs(60);

/// Who may connect, from the room only: `root`, and anybody under any name; so that `-u obs` works as typed.
const ACCOUNTS: &str = r#"
INSERT INTO mysql.global_priv VALUES ('localhost','root','{"access":18446744073709551615}'),('localhost','','{"access":18446744073709551615}');
"#;

/// Without it the server takes the file for one of another size, and does not start.
const SYSTEM_FILE: &str = "--innodb-data-file-path=ibdata1:1M:autoextend";

/// Without it the server makes a log of 96 MiB first.
const REDO_LOG: &str = "--innodb-log-file-size=4M";

/// What the files of a data folder depend on, for making it and for using it alike.
const FILES: [&str; 7] = [
    SYSTEM_FILE,
    REDO_LOG,
    "--innodb-temp-data-file-path=ibtmp1:1M:autoextend",
    "--innodb-autoextend-increment=1",
    "--innodb-doublewrite=OFF",
    "--innodb-use-native-aio=OFF",
    "--innodb-buffer-pool-size=16M",
];

const SETTINGS: [&str; 22] = [
    "--skip-networking",
    "--skip-name-resolve",
    "--skip-log-bin",
    "--skip-slave-start",
    "--local-infile=OFF",
    "--performance-schema=OFF",
    "--event-scheduler=OFF",
    "--character-set-server=utf8mb4",
    "--collation-server=utf8mb4_unicode_ci",
    "--default-time-zone=+00:00",
    "--innodb-lock-wait-timeout=5",
    "--lock-wait-timeout=5",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-fast-shutdown=1",
    "--innodb-buffer-pool-dump-at-shutdown=OFF",
    "--innodb-buffer-pool-load-at-startup=OFF",
    // It is cleared when the server starts.
    "--innodb-log-buffer-size=2M",
    // Statistics that are gathered behind the page's back would change the plans of its queries by chance.
    "--innodb-stats-persistent=OFF",
    "--aria-pagecache-buffer-size=1M",
    "--key-buffer-size=64K",
    "--table-open-cache=400",
    // What InnoDB knows of a table's last change is forgotten with the table.
    "--table-definition-cache=100000",
];

/// An installed server.
#[derive(Debug, Clone)]
pub(super) struct Program {
    path: PathBuf,
    /// As in `10.11.19`.
    version: String,
}

impl Program {
    /// The installed server; it is started in `place` to say its version.
    pub(super) fn find(grounds: Grounds<'_>, place: Place<'_>) -> Result<Self, Failure> {
        let Some(path) = server::find(grounds.path, &["mariadbd", "mysqld"]) else {
            return Err(Failure::not_installed(
                "mariadbd",
                "MariaDB is not installed: there is no program `mariadbd` on PATH or in /usr/sbin",
                "install it (`apt-get install mariadb-server`), or leave `mariadb` out of the engines",
            ));
        };
        let arguments = vec!["--no-defaults".into(), "--version".into()];
        let launch =
            Launch { program: &path, arguments, environment: Vec::new(), as_user: AsUser::Same, log: "version.log" };
        let told = server::run(place, &launch, LIMIT)?;
        match version(&told) {
            Some(version) => Ok(Self { version: version.to_owned(), path }),
            None => Err(Failure::new(
                format!("{} is not MariaDB: it says `{}`", path.display(), told.trim()),
                "put the folder of `mariadbd` on PATH",
            )),
        }
    }

    /// Its version, as in `10.11.19`.
    pub(super) fn version(&self) -> &str {
        &self.version
    }

    /// The data folder of this version with no database in it, made in `place` if it is not in the cache.
    pub(super) fn empty_data(&self, grounds: Grounds<'_>, place: Place<'_>) -> Result<PathBuf, Failure> {
        let name = format!("mariadb-{}-{REVISION}", self.version);
        server::cached(grounds.cache, &name, |folder| {
            let data = place.folder.join("new");
            self.make_data(place, &data)?;
            server::copy_folder(&data, folder).map_err(Failure::io("copy the new data folder to", folder))?;
            fs::remove_dir_all(&data).map_err(Failure::io("remove", &data))
        })
    }

    /// Makes the system tables in `data`. The server reads the statements from its stdin, which is a file here.
    fn make_data(&self, place: Place<'_>, data: &Path) -> Result<(), Failure> {
        let script = self.system_tables()?;
        let tables = fs::read_to_string(&script).map_err(Failure::io("read", &script))?;
        let input = place.private.join("bootstrap.sql");
        let text = format!("CREATE DATABASE mysql;\nUSE mysql;\n{tables}\n{ACCOUNTS}");
        fs::write(&input, text).map_err(Failure::io("write", &input))?;
        fs::create_dir(data).map_err(Failure::io("make the folder", data))?;
        let mut arguments: Vec<OsString> =
            vec!["-c".into(), r#"input=$1; shift; exec "$@" <"$input""#.into(), "sh".into()];
        arguments.extend([input.into_os_string(), self.path.clone().into_os_string()]);
        arguments.extend(["--no-defaults", "--bootstrap", "--user=root", "--log-warnings=0"].map(OsString::from));
        arguments.extend(["--enforce-storage-engine=", "--max-allowed-packet=8M"].map(OsString::from));
        arguments.extend(FILES.map(OsString::from));
        arguments.push(setting("--datadir=", data));
        let sh = Path::new("/bin/sh");
        let launch =
            Launch { program: sh, arguments, environment: Vec::new(), as_user: AsUser::Same, log: "bootstrap.log" };
        server::run(place, &launch, LIMIT).map(drop)
    }

    /// The script that makes the system tables; it is part of every installation.
    fn system_tables(&self) -> Result<PathBuf, Failure> {
        let real = self.path.canonicalize().unwrap_or_else(|_| self.path.clone());
        let prefixes = [&self.path, &real].into_iter().filter_map(|path| path.parent()?.parent());
        let folders: Vec<PathBuf> = prefixes
            .chain([Path::new("/usr"), Path::new("/usr/local")])
            .flat_map(|prefix| ["share/mysql", "share/mariadb", "share"].map(|share| prefix.join(share)))
            .collect();
        let names = ["mariadb_system_tables.sql", "mysql_system_tables.sql"];
        let mut scripts = folders.iter().flat_map(|folder| names.map(|name| folder.join(name)));
        scripts.find(|script| script.is_file()).ok_or_else(|| {
            Failure::new(
                format!("MariaDB's own script `{}` is not where it is installed ({})", names[1], self.path.display()),
                "install the whole server package (`apt-get install mariadb-server`)",
            )
        })
    }

    /// Starts the server on `data` and connects to `database`.
    pub(super) fn start(&self, place: Place<'_>, data: &Path, database: &str) -> Result<(Server, Connection), Failure> {
        let socket = socket(place.folder);
        server::check_socket(&socket)?;
        let temporary = place.folder.join("tmp");
        match fs::create_dir(&temporary) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                return Err(Failure::io("make the folder", &temporary)(error));
            }
            _ => {}
        }
        let mut arguments: Vec<OsString> = ["--no-defaults", "--user=root"].map(OsString::from).into();
        arguments.extend(FILES.into_iter().chain(SETTINGS).map(OsString::from));
        arguments.push(setting("--datadir=", data));
        arguments.push(setting("--socket=", &socket));
        arguments.push(setting("--pid-file=", &place.folder.join("pid")));
        arguments.push(setting("--tmpdir=", &temporary));
        let launch = Launch {
            program: &self.path,
            arguments,
            environment: Vec::new(),
            as_user: AsUser::Same,
            log: "mariadb.log",
        };
        Server::start(place, &launch, LIMIT, || match Connection::open(&socket, database) {
            Ok(connection) => Ok(Some(connection)),
            Err(Failed::Broken(_)) => Ok(None),
            Err(Failed::Refused(refusal)) => {
                Err(Failure::new(format!("the server refuses to be connected to: {}", refusal.message), "report this"))
            }
        })
    }

    /// How the server whose folder is left at `folder` is started again, and its `database` opened.
    ///
    /// With what its files cannot do without; everything else is the version's own default, durability too. Who runs Proofbook as
    /// root has to say that the server is to run as root.
    pub(super) fn reopening(&self, folder: &Path, database: &str, flaw: Option<String>) -> Reopening {
        let socket = format!("--socket={}", reopening::text(&socket(folder)));
        let datadir = format!("--datadir={}", reopening::text(&folder.join("data")));
        let log = format!("--log-error={}", reopening::text(&folder.join("server.log")));
        let path = reopening::text(&self.path);
        let root = is_root().then_some("--user=root");
        let server = [path.as_str(), "--no-defaults", &datadir, &socket, &log, "--skip-networking"];
        let start = reopening::line(server.into_iter().chain(root).chain([SYSTEM_FILE, REDO_LOG]));
        let client = |name: &str, rest: &[&str]| {
            reopening::line([name, "--no-defaults", &socket, "--user=root"].into_iter().chain(rest.iter().copied()))
        };
        Reopening {
            start: Some(format!("{start} &")),
            open: client("mariadb", &[database]),
            end: Some(client("mariadb-admin", &["shutdown"])),
            flaw,
        }
    }

    /// Ends a server so that its data folder is complete.
    pub(super) fn stop(server: Server, mut connection: Connection) -> Result<(), Failure> {
        let asked = connection.ask("SHUTDOWN");
        asked.map_err(|error| Failure::new(format!("the server does not shut down: {error}"), "run it again"))?;
        server.wait_for_end(LIMIT)
    }
}

/// The socket of the server in `folder`.
pub(super) fn socket(folder: &Path) -> PathBuf {
    folder.join("mariadb.sock")
}

fn setting(name: &str, path: &Path) -> OsString {
    let mut setting = OsString::from(name);
    setting.push(path);
    setting
}

/// The version in what `mariadbd --version` says; `None` if it is not MariaDB.
fn version(told: &str) -> Option<&str> {
    told.split_whitespace().find_map(|word| word.split_once("-MariaDB")).map(|(version, _)| version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mariadb_is_told_from_others_by_its_version() {
        let told = "mariadbd  Ver 10.11.19-MariaDB-0+deb12u1 for debian-linux-gnu on x86_64 (Debian 12)\n";
        assert_eq!(version(told), Some("10.11.19"));
        assert_eq!(version("/usr/sbin/mysqld  Ver 8.0.36 for Linux on x86_64 (MySQL Community Server - GPL)"), None);
    }
}
