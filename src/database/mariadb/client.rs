//! `mariadb`, `mysql` and their companions in a shell snippet: they reach the page's server, and its database if none is
//! named.
//!
//! The connection is put before the words as typed, so that a word that says otherwise counts. Options that name the
//! files of options must come first, and stay there. A password that is asked for (`-p` alone) is left out: nobody is
//! there to type it, and the program would take the first line of what is piped into it. To tell such a word from the
//! value of another option, the words are read as the programs read them: short options may stand together and have
//! their value in the same word or the next.
//!
//! Of options files only the page's own `~/.my.cnf` is read: what the machine has in `/etc` would show in results.
//!
//! Must stay true: every other word is the program's, one that gives a password too.

use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use crate::database::client::{Client, quoted};

/// A program.
struct Program {
    name: &'static str,
    /// Whether it works on one database, which then need not be named.
    takes_database: bool,
    /// The letters of those of its options whose value is in the same word or the next.
    valued: &'static str,
}

const PROGRAMS: [Program; 6] = [
    Program { name: "mariadb", takes_database: true, valued: "DePSuh" },
    Program { name: "mysql", takes_database: true, valued: "DePSuh" },
    Program { name: "mariadb-dump", takes_database: false, valued: "PSuhrTw" },
    Program { name: "mysqldump", takes_database: false, valued: "PSuhrTw" },
    Program { name: "mariadb-admin", takes_database: false, valued: "PSuhci" },
    Program { name: "mysqladmin", takes_database: false, valued: "PSuhci" },
];

/// The stand-ins for the programs that reach the server at `socket`, whose page calls its database `documented_name`.
pub(super) fn clients(socket: &Path, documented_name: &str) -> Vec<Client> {
    let client = |Program { name, takes_database, valued }| {
        let mut body = b"proofbook_socket=".to_vec();
        body.extend(quoted(&[b"--socket=", socket.as_os_str().as_bytes()].concat()));
        body.extend(b"\nproofbook_database=");
        if takes_database {
            body.extend(quoted(format!("--database={documented_name}").as_bytes()));
        }
        body.extend(format!("\nproofbook_valued={valued}").as_bytes());
        body.extend(BODY.as_bytes());
        Client::new(name, body)
    };
    PROGRAMS.map(client).into()
}

/// Names in it have a prefix, because a variable the page exported under the same name would be changed for the program.
const BODY: &str = r#"
proofbook_left=$# proofbook_reading=first proofbook_defaults=machine
while [ "$proofbook_left" -gt 0 ]; do
  proofbook_word=$1
  shift
  proofbook_left=$((proofbook_left - 1))
  if [ "$proofbook_reading" = first ]; then
    case $proofbook_word in
      --defaults-file=* | --no-defaults | --print-defaults) proofbook_defaults=typed ;;
      --defaults-extra-file=* | --defaults-group-suffix=*) ;;
      *)
        set -- "$@" --default-character-set=utf8mb4 "$proofbook_socket" ${proofbook_database:+"$proofbook_database"}
        proofbook_reading=options
        ;;
    esac
  fi
  case $proofbook_reading,$proofbook_word in
    value,*) proofbook_reading=options ;;
    options,--) proofbook_reading=names ;;
    options,--password) continue ;;
    options,--execute | options,--user | options,--host | options,--port | options,--database | options,--where | \
      options,--result-file | options,--delimiter | options,--init-command) proofbook_reading=value ;;
    options,--*) ;;
    options,-?*)
      proofbook_rest=${proofbook_word#-}
      while [ -n "$proofbook_rest" ]; do
        proofbook_letters=$proofbook_rest
        proofbook_rest=${proofbook_rest#?}
        proofbook_letter=${proofbook_letters%"$proofbook_rest"}
        case $proofbook_letter in
          p)
            [ -n "$proofbook_rest" ] || proofbook_word=${proofbook_word%p}
            break
            ;;
          '#') break ;;
        esac
        case $proofbook_valued in
          *"$proofbook_letter"*)
            [ -n "$proofbook_rest" ] || proofbook_reading=value
            break
            ;;
        esac
      done
      [ "$proofbook_word" != - ] || continue
      ;;
  esac
  set -- "$@" "$proofbook_word"
done
if [ "$proofbook_reading" = first ]; then
  set -- "$@" --default-character-set=utf8mb4 "$proofbook_socket" ${proofbook_database:+"$proofbook_database"}
fi
if [ "$proofbook_defaults" = machine ]; then
  if [ -f "$HOME/.my.cnf" ]; then set -- "--defaults-file=$HOME/.my.cnf" "$@"; else set -- --no-defaults "$@"; fi
fi
exec "$proofbook_real" "$@"
"#;
