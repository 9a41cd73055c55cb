//! What a template can say: one struct a thing it shows.
//!
//! Plain data, made by the modules beside, read by the theme's templates; a field that is not here cannot be shown. Must
//! stay true: a field whose name ends in `_html` is HTML and is printed with `safe`; every other text is text; every
//! address is seen from the page it stands on.

use serde::Serialize;

/// A whole page, whichever template shows it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct PageView {
    /// The site around it.
    pub(crate) site: SiteView,
    /// The page's title as text.
    pub(crate) title: String,
    /// The page's title with its markup.
    pub(crate) title_html: String,
    /// The anchor of the title, if it stands in the text.
    pub(crate) title_id: Option<String>,
    /// One sentence on the page.
    pub(crate) description: Option<String>,
    /// What the head says to programs.
    pub(crate) meta: MetaView,
    /// `doc`, `runbook`, `postmortem`, `drill`; `section` for a listing, `list` for a list of pages by kind, tag or owner,
    /// `overview` for the one of those lists, `missing` for the 404 page.
    pub(crate) kind: &'static str,
    /// What the front matter says, for a reader.
    pub(crate) about: AboutView,
    /// How the page as a whole is proved; `None` for a page without snippets.
    pub(crate) proof: Option<ProofView>,
    /// The values filled in on the page.
    pub(crate) parameters: Vec<ParameterView>,
    /// Whether steps stand on it in variants for several engines.
    pub(crate) has_variants: bool,
    /// The text.
    pub(crate) content_html: String,
    /// What a section without an index page, or a list of pages, lists.
    pub(crate) listing: Vec<ListedView>,
    /// The lists of pages, on their overview.
    pub(crate) lists: Vec<ListsView>,
    /// The sections above the page, from the home page down.
    pub(crate) breadcrumbs: Vec<LinkView>,
    /// The branch of the navigation that leads to the page.
    pub(crate) navigation: Vec<BranchView>,
    /// The headings of the page.
    pub(crate) contents: Vec<ContentsView>,
    /// The page before this one in reading order.
    pub(crate) previous: Option<LinkView>,
    /// The page after this one in reading order.
    pub(crate) next: Option<LinkView>,
    /// Where the page's source is edited.
    pub(crate) edit: Option<String>,
    /// The day on which it was last changed, if that is known.
    pub(crate) changed: Option<TimeView>,
    /// Whether it is not committed as it stands; only in the preview.
    pub(crate) is_uncommitted: bool,
}

/// The site around a page.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct SiteView {
    /// Its title.
    pub(crate) title: String,
    /// The home page.
    pub(crate) home: String,
    /// Where the theme's files are, with a final `/`.
    pub(crate) theme: String,
    /// Where the files of the search are, with a final `/`.
    pub(crate) search: String,
    /// The overview of the lists of pages by kind, tag and owner, if there are any.
    pub(crate) overview: Option<String>,
    /// Whether there is a `colors.css` among them.
    pub(crate) has_colors: bool,
    /// The script with the whole navigation.
    pub(crate) navigation: Option<String>,
}

/// What the head of a page says to programs.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct MetaView {
    /// One sentence on the page, on a home page without one on the site; else how its text begins.
    pub(crate) description: Option<String>,
    /// The page's address in full; only with a `base_url`, and not for the 404 page.
    pub(crate) canonical: Option<String>,
    /// What Open Graph calls it: `website` for the home page, else `article`.
    pub(crate) open_graph: &'static str,
    /// The page's Markdown.
    pub(crate) markdown: Option<String>,
    /// The feed of the post-mortems, if there is one.
    pub(crate) feed: Option<String>,
}

/// A link.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct LinkView {
    /// Its text.
    pub(crate) title: String,
    /// Its address.
    pub(crate) address: String,
}

/// An entry of the navigation.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct BranchView {
    /// Its text.
    pub(crate) title: String,
    /// Its address.
    pub(crate) address: String,
    /// Whether it is the page itself.
    pub(crate) current: bool,
    /// Whether it is a section.
    pub(crate) section: bool,
    /// `failed` or `stale`, if a reader should know before going there.
    pub(crate) mark: Option<&'static str>,
    /// What is shown below it.
    pub(crate) children: Vec<BranchView>,
    /// How many entries of a long section are not shown.
    pub(crate) hidden: usize,
}

/// A heading in the table of contents.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ContentsView {
    /// Its text.
    pub(crate) title: String,
    /// Its address on the page.
    pub(crate) address: String,
    /// The headings below it.
    pub(crate) children: Vec<ContentsView>,
}

/// An entry of a generated listing.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ListedView {
    /// Its title.
    pub(crate) title: String,
    /// Its address.
    pub(crate) address: String,
    /// One sentence on it.
    pub(crate) description: Option<String>,
    /// What it is, as a word for readers; `None` for a `doc`, and where all are the same.
    pub(crate) kind: Option<&'static str>,
    /// When the incident of a post-mortem was over.
    pub(crate) time: Option<TimeView>,
    /// How it is proved; `None` for a page without snippets.
    pub(crate) verdict: Option<VerdictView>,
}

/// The lists of pages that share something of one sort.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ListsView {
    /// `By kind`, `By tag`, `By owner`.
    pub(crate) title: &'static str,
    /// The lists.
    pub(crate) lists: Vec<CountedView>,
}

/// A list of pages.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct CountedView {
    /// Its name.
    pub(crate) title: String,
    /// Its address.
    pub(crate) address: String,
    /// How many pages it holds.
    pub(crate) pages: usize,
}

/// What the front matter says.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct AboutView {
    /// Whether it is a draft, which only a preview shows.
    pub(crate) is_draft: bool,
    /// What the page is, as a word for readers, with the list of all such pages; `None` for a `doc`.
    pub(crate) kind: Option<LinkView>,
    /// Who answers for it, with the list of all pages of theirs.
    pub(crate) owner: Option<LinkView>,
    /// What it is about, each with the list of all pages about it.
    pub(crate) tags: Vec<LinkView>,
    /// When it is to be read again.
    pub(crate) review_by: Option<TimeView>,
    /// A post-mortem's incident; empty for other pages.
    pub(crate) incident: Vec<FactView>,
    /// A post-mortem's action items.
    pub(crate) actions: Vec<ActionView>,
}

/// A time for readers and for programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct TimeView {
    /// As a reader says it.
    pub(crate) words: String,
    /// As ISO 8601 writes it.
    pub(crate) iso: String,
}

/// A name and what stands behind it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct FactView {
    /// The name.
    pub(crate) name: &'static str,
    /// What stands behind it, if it is text.
    pub(crate) text: Option<String>,
    /// What stands behind it, if it is a time.
    pub(crate) time: Option<TimeView>,
    /// How long after the start.
    pub(crate) after: Option<String>,
}

/// An action item.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ActionView {
    /// What is to be done.
    pub(crate) text: String,
    /// How far it is.
    pub(crate) status: String,
    /// The page that fulfils it.
    pub(crate) address: Option<String>,
}

/// A value filled in on the page.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ParameterView {
    /// Its name.
    pub(crate) name: String,
    /// What it is.
    pub(crate) label: String,
    /// The value shown.
    pub(crate) default: String,
}

/// How a page or a snippet stands: the words, and the sign beside them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct VerdictView {
    /// `passed`, `partly`, `failed`, `stale`, `skipped` or `not-run`: names the sign and the colour.
    pub(crate) state: &'static str,
    /// The verdict in words.
    pub(crate) words: String,
    /// Why, or what else belongs to it.
    pub(crate) because_html: Option<String>,
}

/// How the page as a whole is proved.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ProofView {
    /// How it stands.
    pub(crate) verdict: VerdictView,
    /// When the newest run was recorded.
    pub(crate) recorded: Option<TimeView>,
    /// The snippets that keep the page from being proven, each with the reason.
    pub(crate) open: Vec<OpenView>,
    /// The three runs of a drill; empty for other pages, and for a drill that was not run.
    pub(crate) drill: Vec<DrillRunView>,
    /// How many snippets are shown on purpose without being run.
    pub(crate) shown_only: usize,
}

/// One of the three runs of a drill.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct DrillRunView {
    /// What was different in it.
    pub(crate) when: &'static str,
    /// What its final checks did.
    pub(crate) words: String,
    /// `passed` if that is what they must do, else `failed`.
    pub(crate) state: &'static str,
}

/// A snippet that is not proved.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct OpenView {
    /// Its title.
    pub(crate) title: String,
    /// Its address on the page.
    pub(crate) address: String,
    /// Why it is not proved.
    pub(crate) reason_html: String,
}

/// A snippet.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct SnippetView {
    /// Its anchor, if nothing else on the page has it.
    pub(crate) anchor: Option<String>,
    /// What it is called.
    pub(crate) title: String,
    /// `step`, `check`, `setup`, `undo` or `fault`.
    pub(crate) role: &'static str,
    /// The role as a word beside the title; `None` where the title says it.
    pub(crate) badge: Option<String>,
    /// The step an undo reverts.
    pub(crate) reverts: Option<LinkView>,
    /// `sql`, `bash`, `console` or `file`.
    pub(crate) action: &'static str,
    /// The file it writes.
    pub(crate) path: Option<String>,
    /// The engines it is for, if not for all.
    pub(crate) engines: Vec<&'static str>,
    /// Its text, before it the shell assignments of its parameters.
    pub(crate) code_html: String,
    /// How it ends on purpose, if not well: `Ends with status 3`, `Fails with 1451`.
    pub(crate) ending_html: Option<String>,
    /// What it is expected to print.
    pub(crate) outputs: Vec<OutputView>,
    /// What it is expected to print in other cases of the page.
    pub(crate) in_other_cases: Vec<OutputView>,
    /// How it stands.
    pub(crate) verdict: VerdictView,
    /// How long it took.
    pub(crate) took: Option<String>,
    /// What it did to the database, or is promised to do.
    pub(crate) effect: Option<EffectView>,
    /// What went wrong.
    pub(crate) problems: Vec<ProblemView>,
}

/// What a snippet is expected to print.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct OutputView {
    /// What it is: `Result`, `Output`, `Standard error`, and when it holds.
    pub(crate) label: String,
    /// The result sets of SQL.
    pub(crate) tables: Vec<TableView>,
    /// The text of a shell.
    pub(crate) text_html: Option<String>,
}

/// A table of values.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct TableView {
    /// The names of the columns; empty for an empty result.
    pub(crate) columns: Vec<String>,
    /// The rows.
    pub(crate) rows: Vec<Vec<CellView>>,
}

/// A cell.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct CellView {
    /// What stands in it.
    pub(crate) html: String,
    /// Whether it is a number, which stands to the right.
    pub(crate) number: bool,
}

/// What happened to the database.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct EffectView {
    /// `promised` (asserted and measured), `broken` (asserted, something else measured), `measured` (nothing was
    /// asserted), `expected` (asserted, not measured).
    pub(crate) state: &'static str,
    /// The tables that changed, and what the schema did; empty if nothing changed.
    pub(crate) items: Vec<EffectItemView>,
    /// The rows.
    pub(crate) tables: Vec<RowsView>,
    /// What differs and does not count, each in a line of HTML.
    pub(crate) ignored: Vec<String>,
}

/// One table's counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct EffectItemView {
    /// The table, or the schema object with its kind.
    pub(crate) name: String,
    /// Each count with its sign and word.
    pub(crate) changes: Vec<ChangeView>,
}

/// A number of rows, or one schema object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct ChangeView {
    /// `added`, `changed` or `removed`.
    pub(crate) change: &'static str,
    /// The sign and the count, such as `−1`; the sign alone for a schema object.
    pub(crate) count: String,
}

/// The rows of one table that changed.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct RowsView {
    /// The table.
    pub(crate) name: String,
    /// The names of the columns that are shown.
    pub(crate) columns: Vec<String>,
    /// How many columns it has, if not all are shown.
    pub(crate) of_columns: Option<usize>,
    /// The rows.
    pub(crate) rows: Vec<RowView>,
    /// How many more there are.
    pub(crate) omitted: usize,
}

/// One row.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct RowView {
    /// `added`, `removed` or `changed`.
    pub(crate) change: &'static str,
    /// The sign beside the word.
    pub(crate) sign: &'static str,
    /// The cells.
    pub(crate) cells: Vec<CellView>,
}

/// What went wrong with a snippet.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ProblemView {
    /// In one line.
    pub(crate) words_html: String,
    /// What came instead, as text.
    pub(crate) came: Option<String>,
    /// What came instead, as tables.
    pub(crate) tables: Vec<TableView>,
    /// The rows that are not as they must be.
    pub(crate) rows: Vec<RowsView>,
}
