//! `sqlite3` in a shell snippet: without FILE, or with the name the database has in production, it opens the page's.
//!
//! Its words are read as `main` in SQLite's `shell.c` reads them: a word that starts with a dash is an option, with one
//! dash or two; some take one or two words after them; the first other word is FILE, the others are SQL; after `-A…`
//! everything belongs to the archive; after a lone dash nothing is an option. Options of later versions that take a
//! word must be added here: their word would be taken for FILE.
//!
//! Must stay true: any other FILE is opened as typed. The settings are those of the page's connection (`foreign_keys`,
//! patience with locks) and print nothing; `-cmd` comes after `-init` and `~/.sqliterc`, which are as without the script
//! (but `.echo on` in them shows the pragma).
//! Which `~` that is, is said in words: the program itself would ask the system's list of users, not `$HOME`, and what a
//! writer has in his own file would show in the results of the page.

use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use crate::database::client::{Client, quoted};

/// The stand-in for `sqlite3` that opens the database at `path`, which pages call `documented_name`.
pub(super) fn client(path: &Path, documented_name: &str) -> Client {
    let mut body = b"proofbook_database=".to_vec();
    body.extend(quoted(path.as_os_str().as_bytes()));
    body.extend(b"\nproofbook_name=");
    body.extend(quoted(documented_name.as_bytes()));
    body.extend(BODY.as_bytes());
    Client::new("sqlite3", body)
}

/// Names in it have a prefix, because a variable the page exported under the same name would be changed for `sqlite3`.
const BODY: &str = r#"
proofbook_file=none proofbook_reading=options proofbook_skip=0 proofbook_left=$#
while [ "$proofbook_left" -gt 0 ]; do
  proofbook_word=$1
  shift
  proofbook_left=$((proofbook_left - 1))
  case $proofbook_word in
    --*) proofbook_option=${proofbook_word#-} ;;
    *) proofbook_option=$proofbook_word ;;
  esac
  case $proofbook_skip,$proofbook_reading,$proofbook_option in
    [12],*) proofbook_skip=$((proofbook_skip - 1)) ;;
    0,archive,*) ;;
    0,options,-) proofbook_reading=files ;;
    0,options,-A*) proofbook_reading=archive ;;
    0,options,-help | 0,options,-version) [ "$proofbook_file" != none ] || proofbook_file=asked ;;
    0,options,-cmd | 0,options,-init | 0,options,-separator | 0,options,-newline | 0,options,-nullvalue | \
      0,options,-escape | 0,options,-heap | 0,options,-maxsize | 0,options,-mmap | 0,options,-nonce | \
      0,options,-sorterref | 0,options,-threadsafe | 0,options,-vfs) proofbook_skip=1 ;;
    0,options,-lookaside | 0,options,-pagecache) proofbook_skip=2 ;;
    0,options,-*) ;;
    *)
      case $proofbook_file in
        none | asked)
          if [ "$proofbook_word" = "$proofbook_name" ] || [ "$proofbook_word" -ef "$proofbook_database" ]; then
            proofbook_word=$proofbook_database proofbook_file=page
          else
            proofbook_file=other
          fi
          ;;
      esac
      ;;
  esac
  set -- "$@" "$proofbook_word"
done
case $proofbook_file,$proofbook_reading in
  none,options | none,files)
    set -- "$proofbook_database" "$@"
    proofbook_file=page
    ;;
esac
case $proofbook_file,$proofbook_reading in
  page,options | page,files) set -- -cmd '.timeout 5000' -cmd 'PRAGMA foreign_keys = ON' "$@" ;;
esac
proofbook_init=$HOME/.sqliterc
[ -f "$proofbook_init" ] || proofbook_init=/dev/null
exec "$proofbook_real" -init "$proofbook_init" "$@"
"#;
