//! What earlier runs recorded.

use std::path::Path;

use super::exit::Exit;
use super::output;
use crate::proof::Proofs;
use crate::{cache, report};

/// The recorded proofs at `path`; none if there is no such file. A damaged one counts as none, and that is said.
pub(super) fn proofs(path: &Path) -> Result<Proofs, Exit> {
    let text = cache::read_proof(path).map_err(|error| {
        output::fail(
            &error.to_string(),
            Some("check that you may read it, or delete it: it is made anew by `proofbook test`"),
        );
        Exit::Environment
    })?;
    Ok(text.map_or_else(Proofs::default, |text| {
        Proofs::parse(&text).unwrap_or_else(|error| {
            output::message(&report::warning(&format!("{} is left aside: {error}", path.display())));
            Proofs::default()
        })
    }))
}
