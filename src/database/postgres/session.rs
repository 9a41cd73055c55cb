//! Sessions as they are begun: of a server that starts, and of one that is known to run.

use std::time::{Duration, Instant};

use super::connection::Connection;
use super::exchange::{Address, Trouble};
use crate::database::DatabaseError;
use crate::database::server::Failure;

/// How long a server that was there may be away.
const RETURN: Duration = Duration::from_secs(10);

/// A session with a server that may not be ready yet.
pub(super) fn try_begin(address: &Address) -> Result<Option<Connection>, Failure> {
    Connection::open(address).map_err(|trouble| {
        let message =
            format!("the server takes no connection to the database `{}`: {}", address.database, why(trouble));
        Failure::new(message, "see that the schema leaves the role `postgres` and the database's settings as they are")
    })
}

/// A session with a server that runs, or is just starting again after one of its processes has crashed.
pub(super) fn again(address: &Address) -> Result<Connection, DatabaseError> {
    let failed = |reason: String| DatabaseError::new("connect to the throwaway database", reason);
    let started = Instant::now();
    loop {
        match Connection::open(address) {
            Ok(Some(connection)) => return Ok(connection),
            Err(trouble @ Trouble::Refused(_)) => return Err(failed(why(trouble))),
            Ok(None) if started.elapsed() >= RETURN => return Err(failed("the server has ended".into())),
            Err(trouble) if started.elapsed() >= RETURN => return Err(failed(why(trouble))),
            _ => std::thread::sleep(Duration::from_millis(10)),
        }
    }
}

fn why(trouble: Trouble) -> String {
    match trouble {
        Trouble::Refused(refused) => format!("{} ({})", refused.message, refused.code),
        Trouble::Broken(why) => why,
        trouble => format!("{trouble:?}"),
    }
}
