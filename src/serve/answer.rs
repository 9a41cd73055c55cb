//! What a request gets.
//!
//! Takes a request and what is shown, gives an answer. Must stay true: the address in `Host` is one of ours, so that a
//! foreign name that leads to this machine (DNS rebinding) reads nothing; a request that another site's page makes
//! (`Origin`, `Sec-Fetch-Site`) is refused, except that a person follows its link; only GET and HEAD; a path is looked
//! up among the site's files and nowhere else, part by part as it stands, without resolving `..` or anything like it.

use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use tiny_http::Method;

use super::Problem;
use super::board::Shown;
use super::http::{Answer, Request};
use crate::address;
use crate::path::RelativePath;

/// What the page may load and run: what a careful host allows, so that a writer sees at once what would not work there.
const POLICY: &str = "default-src 'self'";

/// Where the preview's own files are; no page of a site has a name that starts with `_`.
const OWN: &str = "/_proofbook/";

/// The names by which the preview may be asked.
#[derive(Debug)]
pub(super) struct Names {
    host: String,
    address: SocketAddr,
}

/// What a request gets.
#[derive(Debug)]
pub(super) enum Reply {
    /// This, and the connection may go on.
    Answer(Answer),
    /// The stream of events.
    Events,
}

impl Names {
    /// Of a preview asked to listen on `host`, which listens on `address`.
    pub(super) fn new(host: &str, address: SocketAddr) -> Self {
        Self { host: host.to_ascii_lowercase(), address }
    }

    /// The address to open in a browser.
    pub(super) fn url(&self) -> String {
        let port = self.address.port();
        match self.host.parse::<IpAddr>() {
            Ok(host) if host.is_unspecified() => format!("http://localhost:{port}/"),
            Ok(host) => format!("http://{}/", SocketAddr::new(host, port)),
            Err(_) => format!("http://{}:{port}/", self.host),
        }
    }

    /// Whether `authority` (`name:port`, as in `Host`) is us.
    fn hold(&self, authority: &str) -> bool {
        let (name, port) = match authority.rsplit_once(':') {
            // The colons of an IPv6 address stand in brackets.
            Some((name, port)) if !port.ends_with(']') => (name, port),
            _ => (authority, "80"),
        };
        let name = name.to_ascii_lowercase();
        let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(&name);
        let literal: Option<IpAddr> = bare.parse().ok();
        let ours = match literal {
            Some(ip) => {
                let loopback = ip == Ipv4Addr::LOCALHOST || ip == std::net::Ipv6Addr::LOCALHOST;
                loopback || ip == self.address.ip() || self.address.ip().is_unspecified()
            }
            None => name == "localhost" || name == self.host,
        };
        ours && port == self.address.port().to_string()
    }
}

/// Why `request` is refused whatever it asks for, if it is.
pub(super) fn refusal(request: &Request, names: &Names) -> Option<Answer> {
    let refuse = |text: String| Some(Answer::text(403, text));
    let mut hosts = request.headers("host");
    match (hosts.next(), hosts.next()) {
        (Some(host), None) if names.hold(host) => {}
        (Some(host), None) => {
            let url = names.url();
            return refuse(format!(
                "Refused: this preview is {url}, and was asked for as `{host}`.\n\
                 It answers to its own name only, so that no other site can read unpublished pages through a name\n\
                 that leads here. Open {url} instead."
            ));
        }
        (None, _) => return refuse("Refused: the request does not say by which name it asks (`Host`).".to_owned()),
        (Some(_), Some(_)) => return Some(Answer::text(400, "Refused: two `Host` headers.")),
    }
    let ours = |origin: &str| origin.strip_prefix("http://").is_some_and(|authority| names.hold(authority));
    if let Some(origin) = request.headers("origin").find(|origin| !ours(origin)) {
        return refuse(format!("Refused: a page of `{origin}` asks, and only the preview's own pages may."));
    }
    // A `<script>` of another site sends no `Origin`. Following a link from there to a page is fine.
    let from_elsewhere = request.header("sec-fetch-site").is_some_and(|from| !matches!(from, "same-origin" | "none"));
    if from_elsewhere && request.header("sec-fetch-mode") != Some("navigate") {
        return refuse("Refused: a page of another site asks, and only the preview's own pages may.".to_owned());
    }
    if !matches!(request.method, Method::Get | Method::Head) {
        let answer = Answer::text(405, "The preview only shows pages: GET and HEAD are all it knows.");
        return Some(answer.with("Allow", "GET, HEAD"));
    }
    if request.has_body() {
        return Some(Answer::text(400, "The preview takes no body."));
    }
    None
}

/// What `request`, which is not refused, gets if it asks for one of the preview's own files.
pub(super) fn own(request: &Request) -> Option<Reply> {
    Some(match path_of(request).strip_prefix(OWN)? {
        "events" => Reply::Events,
        "reload.js" => Reply::Answer(file("reload.js", include_bytes!("reload.js").to_vec())),
        "reload.css" => Reply::Answer(file("reload.css", include_bytes!("reload.css").to_vec())),
        _ => Reply::Answer(Answer::text(404, "The preview has no such file.")),
    })
}

/// What `request`, which is not refused, gets of the site.
pub(super) fn page(request: &Request, shown: &Shown) -> Answer {
    let Some(site) = &shown.site else { return nothing_yet(shown) };
    let lookup = |path: &str| RelativePath::parse(path).ok().and_then(|path| site.files.get_key_value(&path));
    let html = |status, bytes: &[u8]| {
        let answer = Answer { status, ..file("x.html", with_script(bytes, &site.version)) };
        answer.with("Content-Security-Policy", POLICY)
    };
    match decode(path_of(request)) {
        Some(path) if path.ends_with('/') || path.is_empty() => {
            if let Some((_, bytes)) = lookup(&format!("{path}index.html")) {
                return html(200, bytes);
            }
        }
        Some(path) => {
            match lookup(&path) {
                Some((path, bytes)) if is_page(path) => return html(200, bytes),
                Some((path, bytes)) => return file(path.file_name(), bytes.clone()),
                None => {}
            }
            if let Some((index, _)) = lookup(&format!("{path}/index.html")) {
                let query = request.target.find('?').map_or("", |at| &request.target[at..]);
                let to = format!("/{}/{query}", encode(index.folder()));
                let answer = Answer::text(302, format!("The folder is {to}"));
                return answer.with("Location", to);
            }
        }
        None => {}
    }
    match lookup("404.html") {
        Some((_, bytes)) => html(404, bytes),
        None => html(404, NOT_FOUND.as_bytes()),
    }
}

/// The target up to its query.
fn path_of(request: &Request) -> &str {
    request.target.split(['?', '#']).next().unwrap_or_default()
}

const NOT_FOUND: &str = "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
    <meta name=\"viewport\" content=\"width=device-width\">\n<title>No such page</title>\n\
    <link rel=\"stylesheet\" href=\"/_proofbook/reload.css\">\n<body class=\"proofbook-alone\">\n<main>\n\
    <h1>No such page</h1>\n<p>This page appears by itself as soon as there is one. <a href=\"/\">Home</a></p>\n\
    </main>\n</body>\n</html>\n";

/// A page for the time before the first good build. Scripts put the problems over it; without them it lists them.
fn nothing_yet(shown: &Shown) -> Answer {
    let (title, text) = if shown.failed {
        ("The site cannot be built", "This page becomes the site as soon as what is wrong is corrected and saved.")
    } else {
        ("The site is being built", "This page becomes the site as soon as it is there.")
    };
    let mut list = String::new();
    for Problem { message, place, text } in shown.problems.iter() {
        // Writing to a text cannot fail.
        let _ = write!(list, "<h2>{}</h2>\n<p>{}</p>\n<pre>{}</pre>\n", escape(message), escape(place), escape(text));
    }
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n\
         <link rel=\"stylesheet\" href=\"/_proofbook/reload.css\">\n<body class=\"proofbook-alone\">\n<main>\n\
         <h1>{title}</h1>\n<p>{text}</p>\n<noscript>\n{list}</noscript>\n</main>\n</body>\n</html>\n"
    );
    let answer = Answer { status: 503, ..file("x.html", with_script(html.as_bytes(), "")) };
    answer.with("Content-Security-Policy", POLICY)
}

fn file(name: &str, body: Vec<u8>) -> Answer {
    Answer { status: 200, headers: vec![("Content-Type", content_type(name).into())], body }
}

fn is_page(path: &RelativePath) -> bool {
    content_type(path.file_name()).starts_with("text/html")
}

/// The page with the preview's script at the end of its body; `version` tells the script what it stands in.
fn with_script(page: &[u8], version: &str) -> Vec<u8> {
    const END: &[u8] = b"</body>";
    let script = format!("<script src=\"{OWN}reload.js\" data-version=\"{version}\" defer></script>\n");
    let end = page.windows(END.len()).rposition(|window| window.eq_ignore_ascii_case(END)).unwrap_or(page.len());
    [&page[..end], script.as_bytes(), &page[end..]].concat()
}

/// The path below the site that `target` names, `None` if it is not one that a file can have.
fn decode(target: &str) -> Option<String> {
    let path = target.strip_prefix('/')?;
    let parts: Vec<String> = path.split('/').map(decode_part).collect::<Option<_>>()?;
    let (last, folders) = parts.split_last()?;
    let odd = |part: &String| part.is_empty() || part == "." || part == "..";
    let holds_odd = folders.iter().any(odd) || last == "." || last == "..";
    (!holds_odd).then(|| parts.join("/"))
}

fn decode_part(part: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?].map(|digit| char::from(digit).to_digit(16));
            bytes.push(u8::try_from(digits[0]? * 16 + digits[1]?).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    let part = String::from_utf8(bytes).ok()?;
    // A slash that was encoded is part of a name, and no file has such a name.
    (!part.contains(|c: char| c == '/' || c == '\\' || c.is_control())).then_some(part)
}

fn encode(path: &str) -> String {
    address::path(path.as_bytes())
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn content_type(name: &str) -> &'static str {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension).to_ascii_lowercase();
    match extension.as_str() {
        "html" | "htm" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" | "map" => "application/json; charset=utf-8",
        "webmanifest" => "application/manifest+json; charset=utf-8",
        "xml" => "application/xml; charset=utf-8",
        "svg" => "image/svg+xml; charset=utf-8",
        "csv" => "text/csv; charset=utf-8",
        "md" => "text/markdown; charset=utf-8",
        "txt" | "sql" | "sh" | "toml" | "yaml" | "yml" | "log" | "diff" | "patch" | "rs" | "py" | "rb" => {
            "text/plain; charset=utf-8"
        }
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "ico" => "image/vnd.microsoft.icon",
        "woff" => "font/woff",
        "woff2" => "font/woff2",
        "ttf" => "font/ttf",
        "otf" => "font/otf",
        "mp4" => "video/mp4",
        "webm" => "video/webm",
        "mp3" => "audio/mpeg",
        "ogg" => "audio/ogg",
        "pdf" => "application/pdf",
        "zip" => "application/zip",
        "gz" | "tgz" => "application/gzip",
        "wasm" => "application/wasm",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_names_are_ours() {
        let names = |host: &str, address: &str| Names::new(host, address.parse().unwrap());
        let local = names("127.0.0.1", "127.0.0.1:4747");
        for ours in ["localhost:4747", "LocalHost:4747", "127.0.0.1:4747", "[::1]:4747"] {
            assert!(local.hold(ours), "{ours}");
        }
        for foreign in
            ["localhost", "localhost:80", "evil.example:4747", "127.0.0.1.evil.example:4747", "localhost.:4747", ""]
        {
            assert!(!local.hold(foreign), "{foreign}");
        }
        assert!(!local.hold("192.168.1.5:4747") && !local.hold("user@localhost:4747"));
        assert!(names("127.0.0.1", "127.0.0.1:80").hold("localhost"), "80 is what no port means");

        let named = names("Desk.example", "192.168.1.5:4747");
        assert!(named.hold("desk.example:4747") && named.hold("192.168.1.5:4747"));
        assert_eq!(named.url(), "http://desk.example:4747/");
        let every = names("0.0.0.0", "0.0.0.0:4747");
        assert!(every.hold("192.168.1.5:4747") && every.hold("[fe80::1]:4747"), "an address cannot be rebound");
        assert!(!every.hold("evil.example:4747"));
        assert_eq!(every.url(), "http://localhost:4747/");
        assert_eq!(names("::1", "[::1]:4747").url(), "http://[::1]:4747/");
    }

    #[test]
    fn a_path_is_taken_as_it_stands() {
        assert_eq!(decode("/a%20b/%C4%8D.html").as_deref(), Some("a b/č.html"));
        assert_eq!(decode("/").as_deref(), Some(""));
        assert_eq!(decode("/a/").as_deref(), Some("a/"));
        for odd in [
            "",
            "a",
            "//a",
            "/a//b",
            "/../a",
            "/a/..",
            "/a/../b",
            "/./a",
            "/%2e%2e/a",
            "/a%2fb",
            "/a\\b",
            "/a%5Cb",
            "/a%00",
            "/%",
            "/%4",
            "/%zz",
            "/%ff",
            "http://evil.example/",
        ] {
            assert_eq!(decode(odd), None, "{odd}");
        }
    }

    #[test]
    fn the_script_goes_to_the_end_of_the_body() {
        let page = |page: &str| String::from_utf8(with_script(page.as_bytes(), "v")).unwrap();
        let script = "<script src=\"/_proofbook/reload.js\" data-version=\"v\" defer></script>\n";
        assert_eq!(page("<body>a</BODY></html>"), format!("<body>a{script}</BODY></html>"));
        assert_eq!(page("<p>a"), format!("<p>a{script}"));
    }
}
