//! Parameters in shell snippets: environment variables.
//!
//! Must stay true: no parameter can change how bash, the loader or a client that Proofbook starts behaves.

use super::value::Value;

/// The environment variable that holds the parameter `name` in shell snippets.
pub fn shell_variable(name: &str) -> String {
    name.to_ascii_uppercase()
}

/// The assignment that gives the parameter its value in a shell, whatever the value holds.
pub fn shell_assignment(name: &str, value: &Value) -> String {
    format!("{}='{}'", shell_variable(name), value.as_str().replace('\'', r"'\''"))
}

/// Whether the parameter `name` would be a variable that bash, the loader, a database client or Proofbook itself
/// gives a meaning.
pub fn refused_variable(name: &str) -> bool {
    let variable = shell_variable(name);
    REFUSED.iter().any(|names| names.split_ascii_whitespace().any(|refused| refused == variable))
        || REFUSED_PREFIXES.iter().any(|prefix| variable.starts_with(prefix))
}

const REFUSED: &[&str] = &[
    // Bash: what it sets, what it reads, and what it will not let be set.
    "_ CDPATH CHILD_MAX COLUMNS COMPREPLY COPROC DIRSTACK EMACS ENV EPOCHREALTIME EPOCHSECONDS EUID EXECIGNORE FCEDIT \
     FIGNORE FUNCNAME FUNCNEST GLOBIGNORE GLOBSORT GROUPS HISTCMD HISTCONTROL HISTFILE HISTFILESIZE HISTIGNORE \
     HISTSIZE HISTTIMEFORMAT HOME HOSTFILE HOSTNAME HOSTTYPE IFS IGNOREEOF INPUTRC INSIDE_EMACS LINENO LINES MACHTYPE \
     MAIL MAILCHECK MAILPATH MAPFILE OLDPWD OPTARG OPTERR OPTIND OSTYPE PATH PIPESTATUS POSIXLY_CORRECT PPID \
     PROMPT_COMMAND PROMPT_DIRTRIM PS0 PS1 PS2 PS3 PS4 PWD RANDOM REPLY SECONDS SHELL SHELLOPTS SHLVL SRANDOM \
     TIMEFORMAT TMOUT TMPDIR UID",
    // The surroundings every snippet runs in, and who it runs as.
    "EDITOR LANG LANGUAGE LOGNAME PAGER TEMP TERM TERMCAP TERMINFO TMP TZ TZDIR USER VISUAL",
    // The C library.
    "GCONV_PATH GETCONF_DIR HOSTALIASES LOCALDOMAIN LOCPATH NLSPATH RES_OPTIONS",
    // Database clients.
    "DATABASE_URL PGDATA PGDATABASE PGHOST PGHOSTADDR PGOPTIONS PGPASSFILE PGPASSWORD PGPORT PGSERVICE PGSERVICEFILE \
     PGSYSCONFDIR PGUSER SQLITE_HISTORY SQLITE_TMPDIR",
    // Programs that run other code because of a variable.
    "CLASSPATH GREP_OPTIONS LESS LESSCLOSE LESSOPEN NODE_OPTIONS NODE_PATH PERL5LIB PERL5OPT RUBYLIB RUBYOPT",
];

const REFUSED_PREFIXES: &[&str] = &[
    "BASH",
    "COMP_",
    "DYLD_",
    "GIT_",
    "GLIBC_",
    "LC_",
    "LD_",
    "MALLOC_",
    "MARIADB_",
    "MYSQL_",
    "PGSSL",
    "PROOFBOOK_",
    "PYTHON",
    "READLINE_",
    "XDG_",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_assignment_holds_whatever_the_value_holds() {
        let assign = |text: &str| shell_assignment("name", &Value::text(text).unwrap());
        assert_eq!(assign("i586"), "NAME='i586'");
        assert_eq!(assign("it's"), r"NAME='it'\''s'");
        assert_eq!(assign("'"), r"NAME=''\'''");
        assert_eq!(assign("$(rm -rf /) `x` \\ \"\n!"), "NAME='$(rm -rf /) `x` \\ \"\n!'");
        assert_eq!(shell_assignment("n", &Value::integer("-5").unwrap()), "N='-5'");
    }

    #[test]
    fn variables_with_a_meaning_are_refused() {
        for name in [
            "path",
            "home",
            "ifs",
            "ld_preload",
            "bash_env",
            "shell",
            "env",
            "ps4",
            "pwd",
            "oldpwd",
            "uid",
            "euid",
            "ppid",
            "shellopts",
            "random",
            "seconds",
            "lineno",
            "optind",
            "tmpdir",
            "lc_all",
            "lang",
            "database_url",
            "proofbook_page",
            "groups",
            "PATH",
            "Path",
            "pgpassword",
            "mysql_pwd",
        ] {
            assert!(refused_variable(name), "{name}");
        }
        for name in ["name", "distribution", "architecture", "project", "id", "page", "path_prefix", "homepage"] {
            assert!(!refused_variable(name), "{name}");
        }
    }
}
