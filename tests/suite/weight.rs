//! How much a reader on a phone has to load.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::support::Proved;

/// What a runbook page may weigh with everything it loads, compressed as a web server does it.
const MOST: usize = 45 * 1024;

/// How many bytes are left of `bytes` when they are compressed.
fn compressed(bytes: &[u8]) -> usize {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap().len()
}

/// The files that `html` loads, as it names them: style sheets, scripts, icons and pictures.
fn loaded(html: &str) -> Vec<String> {
    let tags = html.split('<').filter(|tag| ["link ", "script ", "img "].iter().any(|name| tag.starts_with(name)));
    let attribute = |tag: &str, name: &str| {
        let value = tag.split_once(&format!(" {name}=\""))?.1;
        Some(value.split('"').next()?.to_owned())
    };
    tags.filter_map(|tag| {
        let loads = !tag.starts_with("link ") || ["stylesheet", "icon"].contains(&attribute(tag, "rel")?.as_str());
        if loads { attribute(tag, "src").or_else(|| attribute(tag, "href")) } else { None }
    })
    .collect()
}

#[test]
fn a_runbook_page_is_light() {
    let published = &Proved::handbook().published;
    for page in ["do/remove-an-architecture.html", "operate/restore-a-deleted-architecture.html"] {
        let html = String::from_utf8(published[page].clone()).unwrap();
        let files = loaded(&html);
        let is_there = |end: &str| files.iter().any(|file| file.ends_with(end));
        assert!(is_there(".css") && is_there(".js") && is_there(".svg"), "{files:?}");
        let mut told = vec![format!("{page}: {} bytes", compressed(html.as_bytes()))];
        let mut sum = compressed(html.as_bytes());
        for file in &files {
            let path = file.strip_prefix("../").unwrap_or_else(|| panic!("{page} loads {file}"));
            let size = compressed(&published[path]);
            told.push(format!("{path}: {size} bytes"));
            sum += size;
        }
        assert!(sum < MOST, "{sum} bytes are more than {MOST}:\n{}", told.join("\n"));
    }
}
