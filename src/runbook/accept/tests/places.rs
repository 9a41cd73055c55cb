//! Where a fence stands, and what its text may do to the page around it.

use super::*;

#[test]
fn the_text_of_a_fence_is_exchanged_and_nothing_else() {
    becomes(
        "# A\n\n```bash\nx\n```\n```output\nold\n```\n\nend",
        prints("new\n  two\n\n"),
        "# A\n\n```bash\nx\n```\n```output\nnew\n  two\n\n```\n\nend",
    );
    becomes(
        "~~~bash\nx\n~~~\n\n~~~~output stderr\n~~~~\n",
        Came { stderr: "e".into(), ..Came::default() },
        "~~~bash\nx\n~~~\n\n~~~~output stderr\ne\n~~~~\n",
    );
    becomes("```bash\nx\n```\n```output\nold\n```", prints(""), "```bash\nx\n```\n```output\n```");
    becomes(
        "```bash\nx\n```\n   ```output\n   old\n   ```\n",
        prints("\tnew \n"),
        "```bash\nx\n```\n   ```output\n   \tnew \n   ```\n",
    );
}

#[test]
fn lists_and_quotes_keep_their_marks_and_files_their_line_endings() {
    becomes(
        "- a\n\n  ```bash\n  x\n  ```\n  ```output\n  old\n  ```\n- b\n",
        prints("one\n\n two\n"),
        "- a\n\n  ```bash\n  x\n  ```\n  ```output\n  one\n\n   two\n  ```\n- b\n",
    );
    becomes(
        "> 1. ```bash\n>    x\n>    ```\n>    ```output\n>    ```\n",
        prints("a\n\nb\n"),
        "> 1. ```bash\n>    x\n>    ```\n>    ```output\n>    a\n>\n>    b\n>    ```\n",
    );
    becomes(
        "> ```bash\r\n> x\r\n> ```\r\n> ```output\r\n> old\r\n> ```\r\nend\r\n",
        prints("a\nb\n"),
        "> ```bash\r\n> x\r\n> ```\r\n> ```output\r\n> a\r\n> b\r\n> ```\r\nend\r\n",
    );
    becomes(
        "-\t```bash\n\tx\n\t```\n\t```output\n\told\n\t```\n",
        prints("a\n"),
        "-\t```bash\n\tx\n\t```\n\t```output\n\ta\n\t```\n",
    );
}

#[test]
fn a_text_with_a_fence_in_it_makes_the_fence_longer() {
    becomes(
        "```bash\nx\n```\n``` output  unordered\nold\n```\n",
        prints("````\nb\n  ```\n"),
        "```bash\nx\n```\n````` output  unordered\n  ```\n````\nb\n`````\n",
    );
    becomes(
        "```bash\nx\n```\n~~~output\nold\n~~~\n",
        prints("```\n~~\n"),
        "```bash\nx\n```\n~~~output\n```\n~~\n~~~\n",
    );
}

#[test]
fn what_would_read_as_something_else_is_refused() {
    let page = "+++\n[parameters.arch]\ndefault = 'i586'\n+++\n\n```bash\nx\n```\n```output\nold\n```\n";
    refuses(page, Wish::Effects, prints("a\r\nb\n"), "what came holds carriage returns");
    refuses(page, Wish::Effects, prints("a\0b\n"), "NUL characters");
    refuses(page, Wish::Effects, prints("<arch>\n"), "read as something else");
    becomes(page, prints("<other> i586 \u{1b}[31m\u{2028}\n"), &page.replace("old", "<other> i586 \u{1b}[31m\u{2028}"));
    let glob = "```bash\nx\n```\n```output match=glob\nol*\n```\n";
    refuses(glob, Wish::Effects, prints("new\n"), "it is a pattern");
    let sql = "```sql\nSELECT 1;\n```\n```output\n| a |\n| 1 |\n```\n";
    refuses(sql, Wish::Effects, Came::default(), "gives no result any more");
    let mut came = prints("x");
    came.problems.push(Problem::NotWritten { message: "x".into() });
    refuses(
        "```bash\nx\n```\n```output\nold\n```\n",
        Wish::Effects,
        came,
        "it failed, and not only by what it printed",
    );
}

#[test]
fn tables_keep_what_still_holds() {
    becomes(
        "+++\n[parameters.arch]\ndefault = 'i586'\n+++\n\n```sql check\nSELECT name FROM t;\n```\n```output\n| NAME |\n| <arch> |\n| b |\n```\n",
        gives(&["i586", "c", "NULL"]),
        "+++\n[parameters.arch]\ndefault = 'i586'\n+++\n\n```sql check\nSELECT name FROM t;\n```\n```output\n+--------+\n| NAME   |\n+--------+\n| <arch> |\n| c      |\n| 'NULL' |\n+--------+\n```\n",
    );
    becomes(
        "```sql check\nSELECT 1;\n```\n```output\n| name |\n| 1 |\n```\n",
        gives(&[]),
        "```sql check\nSELECT 1;\n```\n```output\nEmpty set\n```\n",
    );
}

#[test]
fn transcripts_are_rewritten_below_their_command() {
    becomes(
        "- ```console\n  $ a \\\n  > b\n  old\n  [1]\n  $ c\n  ```\n",
        prints("new\n\nx\n"),
        "- ```console\n  $ a \\\n  > b\n  new\n\n  x\n  [1]\n  $ c\n  ```\n",
    );
    becomes("```console\n$ a\n```\n", prints("new\n"), "```console\n$ a\nnew\n```\n");
    becomes("> ```console\r\n> $ a\r\n> old\r\n> ```\r\n", prints(""), "> ```console\r\n> $ a\r\n> ```\r\n");
    for hostile in ["$ rm\n", "> x\n", "x\n[3]\n", "```\n"] {
        refuses("```console\n$ a\nold\n```\n", Wish::Effects, prints(hostile), "written into the page");
    }
}
