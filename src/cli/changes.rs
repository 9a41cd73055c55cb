//! When pages were last changed, as far as git knows: asked once for a build, for a preview again after each save.

use std::path::Path;

use super::output;
use crate::path::RelativePath;
use crate::render::{Changes, LastChange};
use crate::report;
use crate::site::Site;
use crate::source::{CONTENT, History, history};

/// For a site that is published: what is not committed has no date. Says what git could not tell.
pub(super) fn published(root: &Path, site: &Site) -> Changes {
    let history = match history(&root.join(CONTENT), None) {
        Ok(history) => history.unwrap_or_default(),
        Err(why) => {
            let message = format!("git does not tell when pages were changed, so none says it: {why}");
            output::message(&report::warning(&message));
            return Changes::new();
        }
    };
    let beyond = site.pages.iter().filter(|page| history.beyond.contains(&page.document.path)).count();
    if beyond > 0 {
        let pages = report::plural(beyond, "page");
        output::message(&report::warning(&format!(
            "this clone does not hold the whole history, so the date of the last change is missing on {pages}; fetch the rest \
             with `git fetch --unshallow`, in CI by checking out with `fetch-depth: 0`"
        )));
    }
    changes(&history, |_| None)
}

/// For a preview: what is not committed says so. `earlier` is what was asked before.
pub(super) fn previewed(root: &Path, earlier: &mut Option<History>) -> Changes {
    // What git objects to is told by `build`.
    *earlier = history(&root.join(CONTENT), earlier.as_ref()).unwrap_or_default();
    earlier.as_ref().map(|history| changes(history, |_| Some(LastChange::NotCommitted))).unwrap_or_default()
}

fn changes(history: &History, uncommitted: impl Fn(&RelativePath) -> Option<LastChange>) -> Changes {
    let mut changes: Changes =
        history.changed.iter().map(|(path, date)| (path.clone(), LastChange::On(*date))).collect();
    for path in &history.uncommitted {
        changes.remove(path);
        changes.extend(uncommitted(path).map(|change| (path.clone(), change)));
    }
    changes
}
