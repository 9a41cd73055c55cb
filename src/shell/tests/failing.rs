//! Where a block stops, and which line it is said to be.

use super::{LONG, Page, check, told};

#[test]
fn a_block_stops_at_its_first_unhandled_failure() {
    check("echo a\necho b", "status 0\nout: a\nout: b");
    check("", "status 0");
    check("# nothing", "status 0");
    check("echo a\nfalse\necho never", "status 1, line 12 `false` gave 1\nout: a");
    check("nosuch\necho never", "status 127, line 11 `nosuch` gave 127\nerr: bash: line 11: nosuch: command not found");
    check(
        "false && true\nfalse || true\n! true\nif false; then :; fi\nwhile false; do :; done\necho ok",
        "status 0\nout: ok",
    );
    check("true && false\necho never", "status 1, line 11 `false` gave 1");
    check(
        "for i in 1 2 3; do\n  echo $i\n  test $i = 1\ndone",
        "status 1, line 13 `test $i = 1` gave 1\nout: 1\nout: 2",
    );
    check("while read -r x; do\n  grep $x /dev/null\ndone <<< hello", "status 1, line 12 `grep $x /dev/null` gave 1");
    check("case x in\n  x) false;;\nesac\necho never", "status 1, line 12 `false` gave 1");
    check("[[ a == b ]]\necho never", "status 1, line 11 `[[ a == b ]]` gave 1");
    check("(( 0 ))\necho never", "status 1, line 11 `(( 0 ))` gave 1");
    check(
        "cat < /nonexistent",
        "status 1, line 11 `cat < /nonexistent` gave 1\nerr: bash: line 11: /nonexistent: No such file or directory",
    );
    check("eval 'echo a\nfalse\necho never'", "status 1, line 12 `false` gave 1\nout: a");
    check("{ echo a; false; } > kept\necho never", "status 1, line 11 `false` gave 1");
    check(
        "printf 'x\\nfalse\\n' > lib.sh\n. ./lib.sh\necho never",
        "status 127, line 12 `. ./lib.sh` gave 127\nerr: ./lib.sh: line 1: x: command not found",
    );
}

#[test]
fn a_failure_in_a_function_is_found_where_it_stands() {
    check("f() {\n  echo in\n  false\n  echo never\n}\nf\necho never", "status 1, line 13 `false` gave 1\nout: in");
    check("f() { false; echo on; }\nif f; then echo yes; fi\nf || echo no", "status 0\nout: on\nout: yes\nout: on");

    let mut page = Page::new();
    page.run_at(11, "f() {\n  false\n}\ng() { f; echo never; }", LONG);
    let end = page.run_at(31, "echo a\ng\necho never", LONG);
    assert_eq!(told(&end), "status 1, line 12 `false` gave 1\nout: a");
    assert_eq!(end.failed.unwrap().within, 32, "the line of this block that led there");
}

#[test]
fn a_failure_in_a_pipeline_is_the_pipelines() {
    check("true | false | true\necho never", "status 1, line 11 `true | false | true` gave 1");
    check("echo a |\n  grep b |\n  sort\necho never", "status 1, line 12 `grep b |` gave 1");
    check("echo a \\\n  | grep b \\\n  | sort", "status 1, line 12 `| grep b \\` gave 1");
    check(
        "f() { echo x; false; echo never; }\necho y |\n  cat\nf | cat",
        "status 1, line 11 `false` gave 1\nout: y\nout: x",
    );
    check("{ echo a\n  false; } | cat\necho never", "status 1, line 12 `false` gave 1\nout: a");
    check("yes | head -n 1 || echo handled", "status 0\nout: y\nout: handled");
}

#[test]
fn a_failure_in_a_subshell_is_found_in_it() {
    check(
        "echo a\n(\n  echo b\n  false\n  echo never\n)\necho never",
        "status 1, line 14 `false` gave 1\nout: a\nout: b",
    );
    check("(\n  echo b\n  exit 3\n)\necho never", "status 3, line 11 `(` gave 3\nout: b");
    check("( ( true\n false ) )\necho never", "status 1, line 12 `false` gave 1");
    check("( false ) || echo handled", "status 0\nout: handled");
    check(
        "x=$(\n  echo a\n  ls /nonexistent 2>/dev/null\n  echo never\n)\necho never",
        "status 2, line 13 `ls /nonexistent 2> /dev/null` gave 2",
    );
    check("x=$(echo a; false; echo never)\necho never", "status 1, line 11 `false` gave 1");
    check("x=`false`", "status 1, line 11 `false` gave 1");
    check("f() {\n  false\n}\nx=$(f)", "status 1, line 12 `false` gave 1");
    // As under `set -e`: these are not failures, and not mistaken for the cause of a later one.
    check("echo \"<$(false)>\"\n( exit 0 )\ntest 1 = 2", "status 1, line 13 `test 1 = 2` gave 1\nout: <>");
    check("f() { local x=$(false); echo on; }\nf", "status 0\nout: on");
    check("( false ) &\nwait\ntest 1 = 2", "status 1, line 13 `test 1 = 2` gave 1");
    check("cat <(false)\necho on", "status 0\nout: on");
}

#[test]
fn a_block_may_handle_failures_itself() {
    check("set +e\nfalse\necho \"was $?\"\nset -e\nfalse\necho never", "status 1, line 15 `false` gave 1\nout: was 1");
    check("set +e\nfalse\necho on\n(exit 7)", "status 7\nout: on");
    check("set -euo pipefail\nfalse", "status 1, line 12 `false` gave 1");
    check("echo a\nreturn 5\necho never", "status 5\nout: a");
    check("false && true", "status 1");
    check("trap 'echo mine' ERR\nfalse || true\necho ok", "status 0\nout: ok");
    check("trap 'echo mine' ERR\nfalse\necho never", "shell exited 1\nout: mine");
    check("trap 'echo got' USR1\nkill -USR1 $$\necho after", "status 0\nout: got\nout: after");
}

#[test]
fn what_bash_cannot_read_is_told_with_its_line_and_nothing_of_it_runs() {
    check(
        "echo a\nif true; then\n  echo b",
        "status 2, line 13 `echo b` gave 2\nerr: bash: line 13: syntax error: unexpected end of file",
    );
    check(
        "echo a\nfi\necho b",
        "status 2, line 12 `fi` gave 2\nerr: bash: line 12: syntax error near unexpected token `fi'\nerr: bash: line 12: `fi'",
    );
    check(
        "echo a\necho 'open\necho b",
        "status 2, line 12 `echo 'open` gave 2\nerr: bash: line 12: unexpected EOF while looking for matching `''",
    );
    check(
        "echo a\ncat <<EOF\nb",
        "status 2, line 12 `cat <<EOF` gave 2\nerr: bash: line 13: warning: here-document at line 12 delimited by end-of-file (wanted `EOF')\nerr: bash: line 13: syntax error: unexpected end of file",
    );
    check(
        "echo 'ends in \\\\' \\",
        "status 2, line 11 `echo 'ends in \\\\' \\` gave 2\nerr: bash: line 11: syntax error: unexpected end of file",
    );
}

#[test]
fn an_error_in_an_expansion_cannot_be_stepped_over() {
    check(
        "echo a\necho $((1/0))\necho never",
        "status 1, line 12 `echo $((1/0))` gave 1\nout: a\nerr: bash: line 12: 1/0: division by 0 (error token is \"0\")",
    );
    check(
        "set -u\necho a\necho $unset\necho never",
        "shell exited 1, line 13 `echo $unset` gave 1\nout: a\nerr: bash: line 13: unset: unbound variable",
    );
    check(
        "readonly x=1\nx=2\necho never",
        "shell exited 1, line 12 `x=2` gave 1\nerr: bash: line 12: x: readonly variable",
    );
    check(
        "echo ${x:?is needed}",
        "shell exited 1, line 11 `echo ${x:?is needed}` gave 1\nerr: bash: line 11: x: is needed",
    );
    check("echo ${a b}", "shell exited 1, line 11 `echo ${a b}` gave 1\nerr: bash: line 11: ${a b}: bad substitution");
    check(
        ". /nonexistent",
        "shell exited 1, line 11 `. /nonexistent` gave 1\nerr: bash: line 11: /nonexistent: No such file or directory",
    );
    check("( echo $((1/0)) ) 2>/dev/null || echo handled", "status 0\nout: handled");
}
