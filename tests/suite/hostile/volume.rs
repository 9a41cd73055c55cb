//! Much of everything.

use expect_test::expect;

use super::site::{Site, hostile, raw};

#[test]
fn a_page_of_ten_thousand_snippets() {
    const SNIPPETS: usize = 10_000;
    let mut page = String::from("# Page\n\n```bash check\nn=0\n```\n");
    for number in 1..SNIPPETS - 1 {
        page.push_str(&match number % 3 {
            0 => "\n```bash check\n((++n))\n```\n".to_owned(),
            _ => format!("\n```sql check\nSELECT {number} AS n;\n```\n```output\n| n |\n| {number} |\n```\n"),
        });
    }
    page.push_str("\n```bash check\necho $n\n```\n```output\n3332\n```\n");
    Site::new().check([raw(
        "many",
        page,
        expect![[r#"
             proven  10000 passed
        "#]],
    )]);
}

#[test]
fn deep_wide_and_many() {
    Site::new().check([
        hostile(
            "deep-folders",
            r#"
            ```bash check
            perl -e 'for (1..3000) { mkdir "d" or die $!; chdir "d" or die $! }'
            ```
            "#,
            expect![[r#"
                 proven  1 passed
            "#]],
        ),
        hostile(
            "deep-folder-of-the-shell",
            r#"
            ```bash check
            for ((i = 0; i < 600; i++)); do mkdir folder; cd folder; done
            ```

            ```bash check
            exit 0
            ```

            ```bash check
            echo "${#PWD}" | wc -l
            ```
            "#,
            expect![[r#"
                 proven  3 passed
            "#]],
        ),
        hostile(
            "many-files",
            r#"
            ```bash check
            for ((i = 0; i < 10000; i++)); do : > file-$i; done
            echo file-* | wc -w
            ```
            ```output
            10000
            ```

            ```bash name=one effect=none
            touch one-more
            ```

            ```bash undo
            rm one-more
            ```
            "#,
            expect![[r#"
                 proven  3 passed
            "#]],
        ),
        hostile(
            "deep-undo",
            r#"
            ```bash name=deep effect=none
            perl -e 'for (1..1500) { mkdir "d" or die $!; chdir "d" or die $! }'
            ```

            ```bash undo
            rm -r d
            ```
            "#,
            expect![[r#"
                 proven  2 passed
            "#]],
        ),
        hostile(
            "many-variables",
            r#"
            ```bash check
            for ((i = 0; i < 20000; i++)); do declare "variable_$i=$i"; done
            for ((i = 0; i < 1000; i++)); do eval "function_$i() { echo $i; }"; done
            ```

            ```bash check
            exit 0
            ```

            ```bash check
            echo "$variable_19999"; function_999
            ```
            ```output
            19999
            999
            ```
            "#,
            expect![[r#"
                 proven  3 passed
            "#]],
        ),
        raw(
            "long-block",
            format!("# Page\n\n```bash\n{}false\n```\n", "echo a line of the block > /dev/null\n".repeat(5000)),
            expect![[r#"
                failed  1 failed
                FAILED :5004:1 step `snippet-1` on sqlite
                > 5004 │ false
                  `false` stopped the block with status 1; the page promises 0.
            "#]],
        ),
        raw(
            "long-line",
            format!("# Page\n\n```bash\ntrue {}\nfalse\n```\n", "x".repeat(300_000)),
            expect![[r#"
                failed  1 failed
                FAILED :5:1 step `snippet-1` on sqlite
                >   5 │ false
                  `false` stopped the block with status 1; the page promises 0.
            "#]],
        ),
    ]);
}
