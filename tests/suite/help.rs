//! The help texts, whole, as a newcomer reads them.

use expect_test::{Expect, expect};

use crate::support::Project;

fn check(arguments: &str, expected: Expect) {
    let ran = Project::new(&[]).command(arguments).variable("COLUMNS", "100").run().fine();
    assert_eq!(ran.stderr, "");
    // Between the values of an option and its default clap leaves a line of spaces.
    let lines: Vec<&str> = ran.stdout.lines().map(str::trim_end).collect();
    expected.assert_eq(&(lines.join("\n") + "\n"));
}

#[test]
fn the_program() {
    check(
        "--help",
        expect![[r#"
            Documentation whose runbooks are run: a static site generator that proves the shell and SQL snippets
            of its pages against a throwaway database

            Usage: proofbook [OPTIONS] <COMMAND>

            Commands:
              init   Make a small working site with a runbook
              build  Render the site into public/
              serve  Preview the site, reloading it on each save
              test   Run the snippets of the pages against a throwaway database
              check  Tell everything that can be told without running: links, anchors, front matter, snippet
                     words, sections
              list   List pages and snippets, which of them run, and what is proved
              proof  Work with recorded proofs

            Options:
                  --root <DIR>  The project's folder [default: the nearest one, from here up, with a
                                proofbook.toml; else this one]
              -h, --help        Print help
              -V, --version     Print version

            Exit status:
                0  fine
                1  the documents are wrong: a snippet failed, a link is dead, a word or key is unknown
                2  the command line or proofbook.toml is wrong
                3  the environment is wrong: an engine or a program could not start
                4  nothing ran that could have run
              130  somebody pressed Ctrl-C
        "#]],
    );
    check(
        "-h",
        expect![[r#"
            Documentation whose runbooks are run: a static site generator that proves the shell and SQL snippets
            of its pages against a throwaway database

            Usage: proofbook [OPTIONS] <COMMAND>

            Commands:
              init   Make a small working site with a runbook
              build  Render the site into public/
              serve  Preview the site, reloading it on each save
              test   Run the snippets of the pages against a throwaway database
              check  Tell everything that can be told without running: links, anchors, front matter, snippet
                     words, sections
              list   List pages and snippets, which of them run, and what is proved
              proof  Work with recorded proofs

            Options:
                  --root <DIR>  The project's folder [default: the nearest one, from here up, with a
                                proofbook.toml; else this one]
              -h, --help        Print help
              -V, --version     Print version

            Exit status:
                0  fine
                1  the documents are wrong: a snippet failed, a link is dead, a word or key is unknown
                2  the command line or proofbook.toml is wrong
                3  the environment is wrong: an engine or a program could not start
                4  nothing ran that could have run
              130  somebody pressed Ctrl-C
        "#]],
    );
}

#[test]
fn init() {
    check(
        "init --help",
        expect![[r#"
            Make a small working site with a runbook

            Usage: proofbook init [OPTIONS] [DIR]

            Arguments:
              [DIR]
                      Where to make it [default: here]

            Options:
                  --engine <ENGINE>
                      The engine its pages run on

                      Possible values:
                      - sqlite:   Embedded, the default
                      - mariadb:  A server of each page's own, from the installed programs
                      - postgres: A server of each page's own, from the installed programs

                      [default: sqlite]

                  --root <DIR>
                      The project's folder [default: the nearest one, from here up, with a proofbook.toml; else
                      this one]

              -h, --help
                      Print help (see a summary with '-h')
        "#]],
    );
}

#[test]
fn build() {
    check(
        "build --help",
        expect![[r#"
            Render the site into public/

            Usage: proofbook build [OPTIONS]

            Options:
                  --output <DIR>
                      Where to publish; a folder there is replaced only if Proofbook made it [default: public in
                      the project]

                  --root <DIR>
                      The project's folder [default: the nearest one, from here up, with a proofbook.toml; else
                      this one]

                  --verify
                      Run every runbook first, and publish only if all pass

                  --proof <FILE>
                      Show the results recorded in FILE [default: .proofbook/proof.json]

                  --deny <WHAT>
                      Fail if there is something that is not proved although nothing failed; a comma list, or
                      given several times

                      Possible values:
                      - unasserted: Steps of which nothing is demanded
                      - skipped:    Snippets that were left out: by their author, or because a program, an
                        engine or a case was not there
                      - stale:      Pages of the site that are not proved as they stand, whatever was run now

                  --jobs <N>
                      How many pages run at a time [default: the number of cores]

                  --keep
                      Leave each page's folder and database when it ends, and say how to open them

                  --require-sandbox <LAYERS>
                      Fail if this machine cannot enforce these: environment, files, net, processes, sockets

                  --allow-missing <PROGRAM>
                      Under CI=true, skip what needs this program instead of failing; may be given several times

                  --report <REPORT>
                      Write a report for others: junit=FILE, json=FILE, sarif=FILE, or `github` for annotations
                      and the job summary; may be given several times

              -h, --help
                      Print help (see a summary with '-h')

            Exit status:
                0  fine
                1  the documents are wrong: a snippet failed, a link is dead, a word or key is unknown
                2  the command line or proofbook.toml is wrong
                3  the environment is wrong: an engine or a program could not start
                4  nothing ran that could have run
              130  somebody pressed Ctrl-C
        "#]],
    );
}

#[test]
fn serve() {
    check(
        "serve --help",
        expect![[r#"
            Preview the site, reloading it on each save

            Usage: proofbook serve [OPTIONS]

            Options:
                  --port <N>        The port to listen on; 0 takes a free one [default: 4747]
                  --root <DIR>      The project's folder [default: the nearest one, from here up, with a
                                    proofbook.toml; else this one]
                  --host <ADDRESS>  The address to listen on; anything but a loopback address shows your drafts
                                    to the network [default: 127.0.0.1]
                  --open            Open the site in the browser
              -h, --help            Print help
        "#]],
    );
}

#[test]
fn test() {
    check(
        "test --help",
        expect![[r#"
            Run the snippets of the pages against a throwaway database

            Usage: proofbook test [OPTIONS] [PATH[:LINE]]...

            Arguments:
              [PATH[:LINE]]...
                      Pages or folders to run, as paths from here or below content/; with :LINE a page up to the
                      snippet there [default: all]

            Options:
                  --filter <WHAT=VALUE>
                      Run only pages with this path (a glob), kind, tag, owner, or snippet name:
                      `kind=runbook,drill`, `path=do/**`, `tag!=slow`; of several, all must hold

                  --root <DIR>
                      The project's folder [default: the nearest one, from here up, with a proofbook.toml; else
                      this one]

                  --partition <K/N>
                      Run one part of the pages, such as 2/5: each page is always in the same part

                  --rerun-failed
                      Run what failed the last time, and nothing else

                  --fail-fast
                      Begin no further page after one that failed

                  --engine <ENGINE>
                      Run on this engine instead of those the pages name; may be given several times

                      Possible values:
                      - sqlite:   Embedded, the default
                      - mariadb:  A server of each page's own, from the installed programs
                      - postgres: A server of each page's own, from the installed programs

                  --format <FORMAT>
                      How the result is written

                      Possible values:
                      - text: For people
                      - json: One JSON document on stdout

                      [default: text]

                  --accept[=<WHAT>]
                      Write what came into the pages as what is expected, and show the difference; with =effects
                      the counts of tables that `effect` names already, too. Never under CI=true

                      Possible values:
                      - outputs: `output` fences, and what transcripts show
                      - effects: Those, and the counts in `effect`

                  --deny <WHAT>
                      Fail if there is something that is not proved although nothing failed; a comma list, or
                      given several times

                      Possible values:
                      - unasserted: Steps of which nothing is demanded
                      - skipped:    Snippets that were left out: by their author, or because a program, an
                        engine or a case was not there
                      - stale:      Pages of the site that are not proved as they stand, whatever was run now

                  --jobs <N>
                      How many pages run at a time [default: the number of cores]

                  --keep
                      Leave each page's folder and database when it ends, and say how to open them

                  --require-sandbox <LAYERS>
                      Fail if this machine cannot enforce these: environment, files, net, processes, sockets

                  --allow-missing <PROGRAM>
                      Under CI=true, skip what needs this program instead of failing; may be given several times

                  --report <REPORT>
                      Write a report for others: junit=FILE, json=FILE, sarif=FILE, or `github` for annotations
                      and the job summary; may be given several times

              -h, --help
                      Print help (see a summary with '-h')

            Exit status:
                0  fine
                1  the documents are wrong: a snippet failed, a link is dead, a word or key is unknown
                2  the command line or proofbook.toml is wrong
                3  the environment is wrong: an engine or a program could not start
                4  nothing ran that could have run
              130  somebody pressed Ctrl-C
        "#]],
    );
}

#[test]
fn check_command() {
    check(
        "check --help",
        expect![[r#"
            Tell everything that can be told without running: links, anchors, front matter, snippet words,
            sections

            Usage: proofbook check [OPTIONS]

            Options:
                  --fix
                      Write what needs no decision: new addresses into published.txt, and where a page has
                      evidently moved its old address into its `aliases`. Never under CI=true

                  --root <DIR>
                      The project's folder [default: the nearest one, from here up, with a proofbook.toml; else
                      this one]

                  --format <FORMAT>
                      How the result is written

                      Possible values:
                      - text: For people
                      - json: One JSON document on stdout

                      [default: text]

              -h, --help
                      Print help (see a summary with '-h')

            Exit status:
                0  fine
                1  the documents are wrong: a snippet failed, a link is dead, a word or key is unknown
                2  the command line or proofbook.toml is wrong
                3  the environment is wrong: an engine or a program could not start
                4  nothing ran that could have run
              130  somebody pressed Ctrl-C
        "#]],
    );
}

#[test]
fn list() {
    check(
        "list --help",
        expect![[r#"
            List pages and snippets, which of them run, and what is proved

            Usage: proofbook list [OPTIONS]

            Options:
                  --coverage
                      Say of each snippet whether it is proved, on which engines, and why not

                  --root <DIR>
                      The project's folder [default: the nearest one, from here up, with a proofbook.toml; else
                      this one]

                  --format <FORMAT>
                      How the result is written; the JSON document holds the coverage, too

                      Possible values:
                      - text: For people
                      - json: One JSON document on stdout

                      [default: text]

                  --deny <WHAT>
                      Fail if there is something that is not proved although nothing failed; a comma list, or
                      given several times

                      Possible values:
                      - unasserted: Steps of which nothing is demanded
                      - skipped:    Snippets that were left out: by their author, or because a program, an
                        engine or a case was not there
                      - stale:      Pages of the site that are not proved as they stand, whatever was run now

              -h, --help
                      Print help (see a summary with '-h')

            Exit status:
                0  fine
                1  the documents are wrong: a snippet failed, a link is dead, a word or key is unknown
                2  the command line or proofbook.toml is wrong
                3  the environment is wrong: an engine or a program could not start
                4  nothing ran that could have run
              130  somebody pressed Ctrl-C
        "#]],
    );
}

#[test]
fn proof_merge() {
    check(
        "proof merge --help",
        expect![[r#"
        Join the proofs of runs that were shared out, by pages or by engines

        Usage: proofbook proof merge [OPTIONS] <FILE>...

        Arguments:
          <FILE>...  The proofs, as runs recorded them in .proofbook/proof.json

        Options:
              --output <FILE>  Where the joined proof is written; what is there takes part only if it is
                               named as a FILE, too [default: .proofbook/proof.json in the project]
              --root <DIR>     The project's folder [default: the nearest one, from here up, with a
                               proofbook.toml; else this one]
          -h, --help           Print help

        Exit status:
            0  fine
            1  the documents are wrong: a snippet failed, a link is dead, a word or key is unknown
            2  the command line or proofbook.toml is wrong
            3  the environment is wrong: an engine or a program could not start
            4  nothing ran that could have run
          130  somebody pressed Ctrl-C
    "#]],
    );
}
