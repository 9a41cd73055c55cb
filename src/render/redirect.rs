//! What stands at an earlier address of a page.
//!
//! Takes an alias and the page it leads to, gives a small page that leads on. Must stay true: it works from the disk,
//! under any path, with scripts off and under `default-src 'self'`, so the way on is a relative link in plain HTML; a
//! place on the page that was asked for is not lost with scripts on; no search engine lists it.

use serde::Serialize;

use super::escape::{self, Viewpoint};
use super::page::Around;
use super::theme::RenderError;
use crate::path::RelativePath;
use crate::site::PageId;

/// What the template `redirect.html` can say.
#[derive(Debug, Clone, Serialize)]
struct RedirectView<'a> {
    /// The site's title.
    site_title: &'a str,
    /// The title of the page it leads to.
    title: &'a str,
    /// Where that page is, seen from here.
    address: String,
    /// Where the theme's files are, with a final `/`.
    theme: String,
    /// Its address in full; only with a `base_url`.
    canonical: Option<String>,
}

impl Around<'_> {
    /// The page at `alias` that leads to the page `id`.
    pub(crate) fn redirect(&self, alias: &RelativePath, id: PageId) -> Result<String, RenderError> {
        let (page, config) = (self.site.page(id), &self.site.config);
        let viewpoint = Viewpoint::Folder(alias.folder().to_owned());
        let view = RedirectView {
            site_title: &config.title,
            title: &page.document.title,
            address: viewpoint.address(&page.output),
            theme: self.assets.address(&viewpoint),
            canonical: config.base_url.as_ref().map(|base_url| escape::absolute(base_url, &page.output)),
        };
        self.theme.render("redirect.html", &view)
    }
}
