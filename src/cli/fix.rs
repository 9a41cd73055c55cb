//! `proofbook check --fix`: writes what needs no decision.
//!
//! That is the list of published addresses, and the alias by which a page that has evidently moved keeps its old address.
//! Must stay true: nothing is written while pages say something wrong, or while the list cannot be read; what is written
//! into pages was read back first, as part of the whole site; no line of an address that is lost is removed.

use std::collections::BTreeMap;

use super::exit::Exit;
use super::project::Project;
use super::{in_ci, output};
use crate::diagnostic::has_errors;
use crate::document::{self, Strictness};
use crate::path::RelativePath;
use crate::report;
use crate::rewrite::{RewriteError, rewrite, rewrite_list};
use crate::site::{self, Comparison, Drafts, PublishedList};
use crate::source::{CONTENT, PUBLISHED};
use crate::span::SourceFile;

/// What was fixed.
pub(super) struct Fixed {
    /// What was written, a line each.
    pub(super) told: Vec<String>,
    /// The status that asks for.
    pub(super) exit: Exit,
}

/// Fixes what can be fixed; `project` is then what stands on disk.
pub(super) fn fix(project: &mut Project) -> Result<Fixed, Exit> {
    if in_ci() {
        let hint = "run `proofbook check --fix` where pages are written, read the difference, and commit it";
        output::fail("`--fix` rewrites files, and CI=true says that nobody looks at them here", Some(hint));
        return Err(Exit::Usage);
    }
    let mut fixed = Fixed { told: Vec::new(), exit: Exit::Fine };
    let is_readable = match &project.tree.published {
        Some(file) => PublishedList::read(file).1.is_empty(),
        None => true,
    };
    if has_errors(&project.diagnostics) || !is_readable {
        output::message("nothing was fixed: what is told here has to be corrected first\n");
        return Ok(fixed);
    }
    if move_pages(project, &mut fixed)? {
        let root = project.tree.root.clone();
        *project = Project::load_or_say(&root, Drafts::LeftOut)?;
    }
    write_list(project, &mut fixed);
    Ok(fixed)
}

/// Gives pages that have evidently moved their old addresses as aliases; says whether a page was written.
fn move_pages(project: &Project, fixed: &mut Fixed) -> Result<bool, Exit> {
    let Some(file) = &project.tree.published else { return Ok(false) };
    let (list, _) = PublishedList::read(file);
    let anchors = project.anchors();
    let comparison = Comparison::new(&list, &project.site, &anchors);
    // Each page's new text, with the aliases in it.
    let mut texts: BTreeMap<RelativePath, String> = BTreeMap::new();
    let mut added: BTreeMap<RelativePath, Vec<String>> = BTreeMap::new();
    for (page, alias) in comparison.moves() {
        let document = &project.site.page(page).document;
        let path = &document.path;
        let new = match texts.get(path) {
            None => document::with_alias(document, &alias),
            Some(text) => {
                let file = SourceFile::new(document.file.path(), text.as_str());
                let (document, _) = document::parse(path.clone(), &file, Strictness::ShownOnly);
                document::with_alias(&document, &alias)
            }
        };
        if let Some(text) = new {
            texts.insert(path.clone(), text);
            added.entry(path.clone()).or_default().push(alias);
        }
    }
    if texts.is_empty() {
        return Ok(false);
    }
    let root = &project.tree.root;
    let with_texts = Project::load_with(root, Drafts::LeftOut, &texts);
    if with_texts.map_or(true, |project| has_errors(&project.diagnostics)) {
        // What would come of it is not what was meant; the author is told which alias to write where.
        return Ok(false);
    }
    let mut wrote = false;
    for (path, new) in &texts {
        let Some(page) = project.site.find(path.as_str()) else { continue };
        let old = project.site.page(page).document.file.text();
        match rewrite(&root.join(CONTENT), path, old, new) {
            Ok(()) => {
                wrote = true;
                let aliases = added.remove(path).unwrap_or_default();
                fixed.told.extend(
                    aliases.iter().map(|alias| format!("{CONTENT}/{path}: its old address `{alias}` is an alias now")),
                );
            }
            Err(error) => refused(&error, fixed),
        }
    }
    Ok(wrote)
}

/// Adds what the site publishes to the list, which is made if there is none. Not while something is lost: that a page or a
/// heading is new is what tells where a lost one may be.
fn write_list(project: &mut Project, fixed: &mut Fixed) {
    let anchors = project.anchors();
    let old = project.tree.published.as_ref();
    let list = old.map(|file| PublishedList::read(file).0);
    let new = site::listed(list.as_ref(), &project.site, &anchors);
    let old_text = old.map(|file| file.text());
    let lost = list.as_ref().is_some_and(|list| Comparison::new(list, &project.site, &anchors).loses());
    if lost || old_text == Some(new.as_str()) {
        return;
    }
    let told = match &list {
        None => {
            let count = new.lines().filter(|line| !line.starts_with('#')).count();
            format!("{PUBLISHED}: made, with {}", report::plural(count, "line"))
        }
        Some(list) => match Comparison::new(list, &project.site, &anchors).missing() {
            0 => format!("{PUBLISHED}: put in order"),
            missing => format!("{PUBLISHED}: {} added", report::plural(missing, "line")),
        },
    };
    match rewrite_list(&project.tree.root, PUBLISHED, old_text, &new) {
        Ok(()) => {
            fixed.told.push(told);
            project.tree.published = Some(SourceFile::new(PUBLISHED, new));
        }
        Err(error) => refused(&error, fixed),
    }
}

fn refused(error: &RewriteError, fixed: &mut Fixed) {
    output::fail(&error.to_string(), Some(error.hint()));
    fixed.exit = fixed.exit.and(Exit::Environment);
}
