//! What Markdown becomes on a page.

use std::collections::BTreeMap;

use super::{Surroundings, page};
use crate::document::{Strictness, parse};
use crate::path::RelativePath;
use crate::span::SourceFile;

/// The body of a page, its links shouted.
fn html(text: &str) -> String {
    let file = SourceFile::new("content/p.md", text);
    let (document, _) = parse(RelativePath::parse("p.md").unwrap(), &file, Strictness::ShownOnly);
    let heading_ids = document.headings.iter().map(|heading| (heading.event, heading.id.as_str())).collect();
    let fences =
        BTreeMap::from_iter(document.fences.first().map(|fence| (fence.event, "<div>a fence</div>\n".to_owned())));
    let size = |target: &str| target.strip_prefix("sized").map(|_| (640, 480));
    let address = |target: &str| target.to_uppercase();
    let surroundings = Surroundings { address: &address, size: &size, heading_ids, fences: &fences };
    page(&document.events, &document.title_events, &surroundings)
}

#[test]
fn headings_have_ids_and_anchors() {
    assert_eq!(
        html("# Title\n\n## A *b* {.big #own onclick=x}\n"),
        "<h2 id=\"own\" class=\"big\">A <em>b</em>\
         <a class=\"anchor\" href=\"#own\" aria-label=\"Link to this section\"></a></h2>\n"
    );
}

#[test]
fn tables_scroll_and_align_by_class() {
    assert_eq!(
        html("| | a | b |\n|---|:-:|--:|\n| x | `\\|` | 1 |\n"),
        "<div class=\"scroll\"><table>\n<thead>\n<tr><td></td><th scope=\"col\" class=\"center\">a</th>\
         <th scope=\"col\" class=\"right\">b</th></tr>\n</thead>\n<tbody>\n\
         <tr><td>x</td><td class=\"center\"><code>|</code></td><td class=\"right\">1</td></tr>\n</tbody>\n\
         </table></div>\n"
    );
}

#[test]
fn alerts_say_what_they_are() {
    for (kind, word) in
        [("NOTE", "Note"), ("TIP", "Tip"), ("IMPORTANT", "Important"), ("WARNING", "Warning"), ("CAUTION", "Caution")]
    {
        let html = html(&format!("> [!{kind}]\n> Mind the *gap*.\n"));
        assert!(html.contains(&format!("</svg>{word}</p>\n<p>Mind the <em>gap</em>.</p>\n</div>\n")), "{html}");
        assert!(html.starts_with(&format!("<div class=\"alert {}\" role=\"note\">", kind.to_lowercase())), "{html}");
    }
    assert_eq!(html("> plain\n"), "<blockquote>\n<p>plain</p>\n</blockquote>\n");
}

#[test]
fn footnotes_are_numbered_as_met_and_lead_back() {
    let html = html(
        "b[^b] a[^a] b[^B] none[^none]\n\n[^a]: A\n\n[^unused]: U\n\n[^b]: B, see[^a]\n\n    ```\n    x\n    ```\n",
    );
    let expected = "<p>b<sup class=\"footnote-ref\"><a id=\"fnref:1\" href=\"#fn:1\">1</a></sup> \
         a<sup class=\"footnote-ref\"><a id=\"fnref:2\" href=\"#fn:2\">2</a></sup> \
         b<sup class=\"footnote-ref\"><a id=\"fnref:1-2\" href=\"#fn:1\">1</a></sup> none[^none]</p>\n\
         <section class=\"footnotes\" aria-label=\"Footnotes\">\n<ol>\n";
    assert!(html.starts_with(expected), "{html}");
    let notes = &html[expected.len()..];
    assert!(notes.starts_with("<li id=\"fn:1\">\n<p>B, see<sup class=\"footnote-ref\"><a id=\"fnref:2-2\""), "{html}");
    assert!(notes.contains("<div>a fence</div>\n <a class=\"footnote-back\" href=\"#fnref:1\""), "{html}");
    assert!(notes.contains("aria-label=\"Back to reference 2, 2 of 2\""), "{html}");
    assert!(notes.ends_with("<li id=\"fn:3\">\n<p>U</p>\n</li>\n</ol>\n</section>\n"), "never lost: {html}");
}

#[test]
fn lists_of_tasks_and_definitions() {
    assert_eq!(
        html("- [x] done\n- [ ] open\n"),
        "<ul>\n<li class=\"task\"><input type=\"checkbox\" checked disabled aria-label=\"done\"> done</li>\n\
         <li class=\"task\"><input type=\"checkbox\" disabled aria-label=\"to do\"> open</li>\n</ul>\n"
    );
    assert_eq!(html("Term\n: What it *is*\n"), "<dl>\n<dt>Term</dt>\n<dd>What it <em>is</em></dd>\n</dl>\n");
    assert_eq!(html("~~gone~~\n"), "<p><del>gone</del></p>\n");
}

#[test]
fn links_images_and_raw_html_are_rewritten_and_proof_comments_dropped() {
    assert_eq!(html("[a](x.md \"t\\\"\")\n"), "<p><a href=\"X.MD\" title=\"t&quot;\">a</a></p>\n");
    assert_eq!(html("<me@x.org>\n"), "<p><a href=\"mailto:me@x.org\">me@x.org</a></p>\n");
    assert_eq!(
        html("![a *b* \"c\"](p.png)\n"),
        "<p><img src=\"P.PNG\" alt=\"a b &quot;c&quot;\" decoding=\"async\" /></p>\n"
    );
    assert_eq!(html("<div>\n<a\nhref=\"x.md\">y</a>\n</div>\n"), "<div>\n<a href=\"X.MD\">y</a>\n</div>\n");
    assert_eq!(html("a <img src='q.png'> b\n"), "<p>a <img src=\"Q.PNG\"> b</p>\n");
    assert_eq!(
        html("<!-- proof: skip=x -->\n```sql\nx\n```\n\n<!-- mine -->\n"),
        "<div>a fence</div>\n<!-- mine -->\n"
    );
}

#[test]
fn images_keep_their_room_and_only_the_first_is_not_put_off() {
    assert_eq!(
        html("![a](sized.png) ![b](b.png)\n\n![c](sized.png \"T\") x\n"),
        "<p><img src=\"SIZED.PNG\" alt=\"a\" width=\"640\" height=\"480\" decoding=\"async\" /> \
         <img src=\"B.PNG\" alt=\"b\" loading=\"lazy\" decoding=\"async\" /></p>\n\
         <p><img src=\"SIZED.PNG\" alt=\"c\" title=\"T\" width=\"640\" height=\"480\" loading=\"lazy\" \
         decoding=\"async\" /> x</p>\n"
    );
}

#[test]
fn an_image_with_a_title_that_stands_alone_is_a_figure() {
    assert_eq!(
        html("![a](b.png \"T & *t*\")\n\n> ![a](b.png)\n"),
        "<figure class=\"picture\"><img src=\"B.PNG\" alt=\"a\" decoding=\"async\" />\
         <figcaption>T &amp; *t*</figcaption></figure>\n\
         <blockquote>\n<p><img src=\"B.PNG\" alt=\"a\" loading=\"lazy\" decoding=\"async\" /></p>\n</blockquote>\n"
    );
    for text in
        ["![a](b.png \"T\") x\n", "x ![a](b.png \"T\")\n", "[![a](b.png \"T\")](c.md)\n", "- ![a](b.png \"T\")\n"]
    {
        assert!(!html(text).contains("<figure"), "{text}");
    }
    let fence = html("![a](b.png \"T\")\n```sql\nx\n```\n");
    assert!(fence.ends_with("</figure>\n<div>a fence</div>\n"), "{fence}");
}

#[test]
fn code_is_replaced_or_plain() {
    assert_eq!(html("```sql\nSELECT 1;\n```\n"), "<div>a fence</div>\n");
    assert_eq!(html("    <b>\n"), "<div class=\"code\"><pre><code>&lt;b&gt;\n</code></pre></div>\n");
}
