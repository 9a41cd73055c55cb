//! A site of hostile pages: each is followed by an innocent one, all of it in the hands of a caller who has something to
//! lose, and what is outside the rooms is compared before and after.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use expect_test::Expect;
use regex::Regex;

use crate::support::{Project, Ran, processes_naming, text};

/// What is run after each hostile page: whatever that one did, here everything is as on the first page.
const INNOCENT: &str = r#"
# Innocent

```bash check
printf '%q ' "$IFS" "$-" "$(umask)" "$0" "$#" "$TERM $LC_ALL $TZ" "${HOME##*/}" "${TMPDIR##*/}" "${PWD##*/}"; echo
ls -A . "$HOME" "$TMPDIR" | grep -v : | wc -w
ls -ld . "$HOME" "$TMPDIR" | cut -c 1-10
trap -p | grep -v ERR || echo 'no trap'
alias; jobs; ulimit -f
echo kept > file && cat file
read -r line || echo 'no input'
echo to stderr >&2
```
```output
$' \t\n' ehBE 0022 bash 0 dumb\ C.UTF-8\ UTC home tmp work 
0
drwxr-xr-x
drwxr-xr-x
drwxr-xr-x
no trap
262144
kept
no input
```
```output stderr
to stderr
```

```sql effect="accounts ~1, orders -1"
UPDATE accounts SET closed = 1 WHERE id = 1;
DELETE FROM orders WHERE id = 2;
```

```sql check
SELECT id, email, closed FROM accounts;
```
```output
+----+-----------------+--------+
| id | email           | closed |
+----+-----------------+--------+
| 1  | ada@example.org | 1      |
| 2  | bob@example.org | 0      |
+----+-----------------+--------+
```
"#;

/// A hostile page, and everything the report is to say of it.
pub(super) struct Hostile {
    name: &'static str,
    page: Vec<u8>,
    told: Expect,
}

/// A page, indented as one likes. In it `OUTSIDE` is a folder beside the project, `CALLER` the caller's home, `PROJECT`
/// the project's root, and `MARK` a number nothing else on this machine has in its name. What would be the end of this
/// machine if nothing held it stands below `HELD`, which ends the block unless its shell has the small number it has in
/// namespaces of its own: a sandbox that is broken is to fail a test, and no more.
pub(super) fn hostile(name: &'static str, page: &str, told: Expect) -> Hostile {
    raw(name, format!("# Page\n\n{}", text(page)), told)
}

/// A page as it stands.
pub(super) fn raw(name: &'static str, page: impl Into<Vec<u8>>, told: Expect) -> Hostile {
    Hostile { name, page: page.into(), told }
}

/// A project with a caller who has something to lose.
pub(super) struct Site {
    pub(super) project: Project,
    mark: String,
}

impl Site {
    pub(super) fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let site = Self { project: Project::shop("# Empty\n"), mark: format!("9{:07}{number:03}", std::process::id()) };
        for (path, text) in [
            ("outside/file", "before\n"),
            ("caller/.ssh/id", "canary of the key\n"),
            ("caller/.bashrc", "echo canary of the bashrc; touch \"$HOME/bashrc-ran\"\n"),
            ("caller/.sqliterc", ".print canary of the sqliterc\n"),
            ("caller/bash-env", "echo canary of BASH_ENV; touch \"$HOME/bash-env-ran\"\n"),
        ] {
            let path = site.beside().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        site
    }

    pub(super) fn beside(&self) -> PathBuf {
        self.project.beside()
    }

    pub(super) fn mark(&self) -> &str {
        &self.mark
    }

    /// Whether this machine holds snippets back in every way there is.
    ///
    /// If not, the test that asks proves nothing here: it says so, and `PROOFBOOK_REQUIRE=sandbox` makes that a failure.
    /// (`tests/run` looks for itself, and counts it among what was skipped.)
    #[expect(clippy::print_stderr, reason = "what was not tried is said")]
    pub(super) fn is_held(&self) -> bool {
        let probe = self.run("test content/page.md --require-sandbox=files,net,processes,sockets");
        if !probe.stderr.contains("cannot enforce") {
            return true;
        }
        let required = std::env::var("PROOFBOOK_REQUIRE").unwrap_or_default();
        assert!(
            !required.split(',').any(|part| part == "sandbox"),
            "the required part sandbox is missing\n{}",
            probe.stderr
        );
        eprintln!("SKIPPED: {}", probe.stderr);
        false
    }

    /// Runs all of them as one site, and demands that each is told of as it says, that no page after one is harmed, and
    /// that nothing is left or changed anywhere.
    #[track_caller]
    pub(super) fn check(self, pages: impl IntoIterator<Item = Hostile>) {
        self.check_with("", pages);
    }

    /// The same with further words on the command line.
    #[track_caller]
    pub(super) fn check_with(self, words: &str, pages: impl IntoIterator<Item = Hostile>) {
        let pages: Vec<Hostile> = pages.into_iter().collect();
        for hostile in &pages {
            // Pages come in the order of their titles, so an innocent one is the next after its hostile one.
            let page = replaced(&self.filled(&hostile.page), b"# Page", format!("# {}", hostile.name).as_bytes());
            fs::write(self.project.path(&format!("content/{}.md", hostile.name)), page).unwrap();
            let innocent = INNOCENT.trim_start().replace("# Innocent", &format!("# {} and on", hostile.name));
            self.project.write(&format!("content/{}~next.md", hostile.name), &innocent);
        }
        let before = Outside::of(&self);
        let ran = self.run(&format!("test --jobs 2 {words}"));
        for hostile in &pages {
            hostile.told.assert_eq(&self.told(&ran, hostile.name));
            let next = format!("content/{}~next.md", hostile.name);
            assert!(line_about(&ran, &next).starts_with(" proven  "), "{next} is harmed\n{}", ran.whole());
        }
        before.is_unchanged(&self, &ran);
    }

    /// Runs the program as the caller.
    #[track_caller]
    pub(super) fn run(&self, arguments: &str) -> Ran {
        let caller = self.beside().join("caller");
        let path = |name: &str| caller.join(name).display().to_string();
        self.project
            .command(arguments)
            .variable("HOME", &caller.display().to_string())
            .variable("AWS_SECRET_ACCESS_KEY", "canary of the cloud")
            .variable("GITHUB_TOKEN", "canary of the forge")
            .variable("DATABASE_URL", "postgres://canary@production/")
            .variable("SSH_AUTH_SOCK", &path("agent"))
            .variable("BASH_ENV", &path("bash-env"))
            .variable("ENV", &path("bash-env"))
            .variable("BASH_FUNC_ls%%", "() { echo canary of a function; }")
            .variable("PROMPT_COMMAND", "echo canary of the prompt")
            .variable("SHELLOPTS", "xtrace:noglob")
            .variable("BASHOPTS", "nocasematch")
            .variable("POSIXLY_CORRECT", "1")
            .variable("PS4", "canary of PS4")
            .variable("IFS", "canary")
            .variable("CDPATH", &path(""))
            .run()
    }

    fn filled(&self, page: &[u8]) -> Vec<u8> {
        let mut page = page.to_vec();
        let repository = env!("CARGO_MANIFEST_DIR").to_owned();
        for (name, value) in [
            ("OUTSIDE", self.beside().join("outside").display().to_string()),
            ("CALLER", self.beside().join("caller").display().to_string()),
            ("PROJECT", self.project.root().display().to_string()),
            ("REPOSITORY", repository),
            ("MARK", self.mark.clone()),
            ("HELD", "(($$ < 50)) || exit 99".to_owned()),
        ] {
            page = replaced(&page, name.as_bytes(), value.as_bytes());
        }
        page
    }

    /// What a person is told of a page: its line, and of each failure the head, the marked lines and the sentences.
    pub(super) fn told(&self, ran: &Ran, name: &str) -> String {
        static OUT: LazyLock<Regex> = LazyLock::new(|| {
            // Lines of source that are not marked, and what every report says.
            Regex::new(r"^(  +\d+ │.*|    +⋮|\s*|  help: .*|  Run just this page again: .*)$").unwrap()
        });
        let page = format!("content/{name}.md");
        let mut told = format!(
            "{}\n",
            line_about(ran, &page).replace(&format!("{page}: "), "").replace(" ([TIME])", "").trim_start()
        );
        for line in ran.messages(&page).iter().flat_map(|message| message.lines()).filter(|line| !OUT.is_match(line)) {
            writeln!(told, "{}", line.replace(&page, "")).unwrap();
        }
        // Where bash tells of a program that was killed, it names its process.
        static PROCESS: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(bash: line \d+:) +\d+ ").unwrap());
        PROCESS.replace_all(&told.replace(&self.mark, "MARK"), "$1 [PID] ").into_owned()
    }
}

/// The line of the report with the page's counts.
#[track_caller]
fn line_about(ran: &Ran, page: &str) -> String {
    let is_about = |line: &&str| {
        let rest =
            ["proven", "partly", "failed", "not run"].iter().find_map(|word| line.trim_start().strip_prefix(word));
        rest.is_some_and(|rest| rest.trim_start().starts_with(page))
    };
    let found: Vec<&str> = ran.stdout.lines().filter(is_about).collect();
    let [line] = found[..] else { panic!("{} lines about {page}\n{}", found.len(), ran.whole()) };
    line.replace(" on sqlite: ", ": ")
}

fn replaced(text: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.windows(from.len()).position(|window| window == from) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(to);
        rest = &rest[at + from.len()..];
    }
    out.extend_from_slice(rest);
    out
}

/// Everything a page could reach and must not change.
struct Outside {
    /// Kind, permissions and content of everything beside the project and in it, but for the program's own cache.
    beside: BTreeMap<PathBuf, (u32, Vec<u8>)>,
}

impl Outside {
    fn of(site: &Site) -> Self {
        let mut beside = BTreeMap::new();
        look(&site.beside(), &[site.project.temporary(), site.project.path(".proofbook")], &mut beside);
        Self { beside }
    }

    #[track_caller]
    fn is_unchanged(&self, site: &Site, ran: &Ran) {
        let now = Self::of(site).beside;
        for (path, found) in &now {
            assert_eq!(self.beside.get(path), Some(found), "{} was made or changed", path.display());
        }
        for path in self.beside.keys() {
            assert!(now.contains_key(path), "{} is gone", path.display());
        }
        assert!(!ran.whole().contains("canary"), "what is the caller's is shown\n{}", ran.whole());
        let proof = fs::read_to_string(site.project.path(".proofbook/proof.json")).unwrap_or_default();
        assert!(!proof.contains("canary"), "what is the caller's is recorded");
        // In folders others write to as well, only a name of our own tells.
        let home = std::env::var_os("HOME").map(PathBuf::from);
        let shared = ["/", "/tmp", "/var/tmp", "/etc", "/dev", "/dev/shm", "/run", "/usr", "/usr/bin", "/proc", "/sys"];
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf();
        for folder in shared.iter().map(PathBuf::from).chain(home).chain([repository]) {
            let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
            let made: Vec<PathBuf> = entries
                .map(|entry| entry.path())
                .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().contains(&site.mark)))
                .collect();
            assert!(made.is_empty(), "written outside: {made:?}");
        }
        // Some have no environment to know them by.
        for name in [site.mark.clone(), site.beside().display().to_string()] {
            assert_eq!(processes_naming(&name), Vec::<String>::new(), "processes are left");
        }
    }
}

fn look(folder: &Path, but: &[PathBuf], found: &mut BTreeMap<PathBuf, (u32, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.unwrap().path();
        if but.contains(&path) {
            continue;
        }
        let kind = path.symlink_metadata().unwrap();
        let content = if kind.is_file() { fs::read(&path).unwrap() } else { Vec::new() };
        if kind.is_dir() {
            look(&path, but, found);
        }
        found.insert(path, (kind.mode(), content));
    }
}
